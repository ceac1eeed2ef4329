"""Training and fine-tuning: iterations, checkpoints, summaries, a clean end.

Every iteration is `critic_updates` updates of the critics and one of the generator,
each on its own pictures and masks, as one tf.function. What they are computed on
follows from the seed and the step, and a checkpoint holds the rest: a training that is
stopped, even killed, goes on from its newest checkpoint as if it had not been.
"""

import math
from functools import partial

import keras
import tensorflow as tf

from inpaint import config as settings
from inpaint.data import Unreadable
from inpaint.errors import InputError
from inpaint.models import build_model
from inpaint.training import devices, feed, steps
from inpaint.training.interrupts import on_signals
from inpaint.training.log import Log
from inpaint.training.snapshots import Snapshots
from inpaint.training.start import by_scope, initialise
from inpaint.training.summaries import Summaries, Validation, gradients, inspect
from inpaint.training.watch import Watch, require_finite


class Trainer:
    """One training of a model, in one process; a context that closes it.

    Args:
      config: a Config.
      strategy: see `devices.make_strategy`.
      pictures: flists.Pictures to train on.
      validation: flists.Pictures of the static views, or None.
      say: function of one line of text.
    """

    def __init__(self, config, strategy, pictures, validation=None, say=print):
        self.config = config
        self.strategy = strategy
        self.pictures, self.views = pictures, validation
        self.say = say
        self.unreadable = Unreadable(skip=config.skip_unreadable)
        feed.require_room(config)
        self.chief = devices.is_chief(strategy)
        seed = None if config.random_seed is False else int(config.random_seed)
        with strategy.scope():
            self.model = _build(config)
            self.optimizer = steps.build_adam(
                self.model,
                config.learning_rate,
                config.adam_beta1,
                config.adam_beta2,
            )
            self.snapshots = Snapshots(
                config.log_dir,
                self.model,
                self.optimizer,
                seed,
                config.max_to_keep,
                self.chief,
            )
        self.updates = self.model.critic_updates + 1
        self.batch_size = config.batch_size * strategy.num_replicas_in_sync
        self.summaries = (
            Summaries(config.log_dir, config.viz_max_out) if self.chief else None
        )
        self.validation = None
        if validation is not None and self.chief:
            self.validation = Validation(
                config, validation, self.model, self.unreadable
            )
        self._inspect = tf.function(partial(inspect, self.model), autograph=False)
        self._gradients = tf.function(partial(gradients, self.model), autograph=False)
        self._clip = config.gradient_clip_value if config.gradient_clip else None
        self._stopped_by = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the summaries' file."""
        if self.summaries is not None:
            self.summaries.close()

    def sizes(self):
        """How many trainable values each network has, by name."""
        networks = (self.model.generator, *self.model.critics)
        return {
            network.name: sum(math.prod(v.shape) for v in network.trainable_variables)
            for network in networks
        }

    def initialise(self, path):
        """Start from a checkpoint's weights, None: the package's; see `start`."""
        with self.strategy.scope():
            restored, missing, left_over = initialise(self.model, path)
        self.say(f"{path or 'bundled'}: restored {len(restored)} variables")
        if missing:
            self.say(f"not restored, fresh: {by_scope(missing)}")
        if left_over:
            self.say(f"in the checkpoint, not used: {by_scope(left_over)}")

    def resume(self):
        """Go on from the newest checkpoint in log_dir.

        Raises:
          InputError: it cannot be restored, or has another random_seed.
        """
        prefix = self.snapshots.restore()
        seed, wanted = int(self.snapshots.seed.numpy()), self.config.random_seed
        if wanted is not False and wanted != seed:
            raise InputError(
                f"random_seed: {wanted} cannot be set: the training in {prefix} goes "
                f"on with its own, {seed}"
            )
        self.say(f"resumed from {prefix} at step {int(self.snapshots.step.numpy())}")

    # No graph here needs AutoGraph, which would double the time of their tracing.
    @tf.function(autograph=False)
    def iteration(self, batches):
        """One iteration on `updates` batches; the mean of every scalar by tag."""
        scalars = {}
        for batch in batches[:-1]:
            scalars.update(self._critic_update(batch))
        scalars.update(self._generator_update(batches[-1]))
        mean = tf.distribute.ReduceOp.MEAN
        return {
            tag: self.strategy.reduce(mean, value, axis=None)
            for tag, value in scalars.items()
        }

    # Functions of their own, so that an update is traced once however many there are,
    # and runs after the one before: side by side they would take the memory of both.
    @tf.function(autograph=False)
    def _critic_update(self, batch):
        return self._replicated(steps.critic_update, batch)

    @tf.function(autograph=False)
    def _generator_update(self, batch):
        return self._replicated(steps.generator_update, batch)

    def _replicated(self, update, batch):
        arguments = (self.model, self.optimizer, batch, self._clip)
        return self.strategy.run(update, arguments)

    def batches(self):
        """Endless: the batches of each iteration from the current step on."""
        step = int(self.snapshots.step.numpy())
        first = -(-int(self.snapshots.pictures.numpy()) // self.batch_size)
        replicas = self.strategy.num_replicas_in_sync
        feeds = {}

        def next_of(context):
            replica = context.replica_id_in_sync_group
            if replica not in feeds:
                feeds[replica] = iter(
                    feed.update_batches(
                        self.config,
                        self.pictures,
                        int(self.snapshots.seed.numpy()),
                        self.updates,
                        step,
                        first,
                        (replica, replicas),
                        self.unreadable,
                        self.model.needs_distances,
                    )
                )
            return feed.to_batch(next(feeds[replica]))

        while True:
            with self.unreadable.raised():
                taken = [
                    self.strategy.experimental_distribute_values_from_function(next_of)
                    for _ in range(self.updates)
                ]
            yield taken

    def run(self):
        """Train to `max_iters`, or until SIGINT or SIGTERM.

        Raises:
          RunError: a loss is not finite, or a checkpoint cannot be saved.
          InputError: a picture cannot be read.
        """
        config, snapshots = self.config, self.snapshots
        step = saved = int(snapshots.step.numpy())
        log = Log(self._end(), self.say if self.chief else _silent)
        watch = Watch(self.batch_size)
        if step >= config.max_iters:
            log.line(
                f"{config.log_dir}: is at step {step} already, and max_iters is "
                f"{config.max_iters}: nothing is left to do"
            )
            return

        def save():
            watch.check()
            self._save(step)
            log.line(f"saved snap-{step}")

        feed_of_steps = self.batches()
        with on_signals(self._stop):
            while step < config.max_iters and not self._have_to_stop():
                watch.begin()
                try:
                    batches = next(feed_of_steps)
                except Exception:
                    if step != saved:
                        save()
                    raise
                scalars = self.iteration(batches)
                step += 1
                snapshots.step.assign(step)
                snapshots.pictures.assign_add(self.updates * self.batch_size)
                if watch.add(step, scalars):
                    log.step(step, watch.scalars, watch.rate)
                log.skipped(self.unreadable.skipped)
                if step % config.val_psteps == 0 and self.chief:
                    watch.check()
                    figures = self._summarise(step, batches[-1], watch)
                    if figures:
                        log.line(log.describe(step, figures))
                if step % config.train_spe == 0:
                    save()
                    saved = step
            if saved != step:
                save()
        if step < config.max_iters:
            by = self._stopped_by or "another worker"
            log.line(f"stopped by {by} after step {step}, saved")
        log.end(step, config.log_dir, self.unreadable.skipped)

    def _end(self):
        """The step that training ends with, None if nobody chose one."""
        unchosen = settings.from_dict({"model": self.config.model}, "").max_iters
        return None if self.config.max_iters == unchosen else self.config.max_iters

    def _save(self, step):
        """A checkpoint, if the weights are worth one."""
        values = {
            name: tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(variable)))
            for name, variable in self.model.variables_by_name().items()
        }
        require_finite({k: 0.0 if ok else math.nan for k, ok in values.items()}, step)
        self.snapshots.save()

    def _have_to_stop(self):
        """Whether this worker, or any other, was told to: all must stop at one step."""
        if not isinstance(self.strategy, tf.distribute.MultiWorkerMirroredStrategy):
            return self._stopped_by is not None
        told = tf.constant(0.0 if self._stopped_by is None else 1.0)
        values = self.strategy.experimental_distribute_values_from_function(
            lambda _: told
        )
        return float(self._sum(values)) > 0

    @tf.function(autograph=False)
    def _sum(self, values):
        return self.strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None)

    def _stop(self, name):
        self._stopped_by = name

    def _summarise(self, step, batch, watch):
        """Write a step's summaries; the validation's figures by tag, if any."""
        local = feed.Batch(
            *(
                None if x is None else self.strategy.experimental_local_results(x)[0]
                for x in batch
            )
        )
        # The critics' state must not depend on how often it is looked at.
        state = [
            v for critic in self.model.critics for v in critic.non_trainable_variables
        ]
        before = [v.numpy() for v in state]
        inspected, rows = self._inspect(local)
        if self.config.grads_summary:
            self.summaries.histograms(step, self._gradients(local))
        for variable, value in zip(state, before):
            variable.assign(value)
        scalars = {tag: value.numpy() for tag, value in inspected.items()}
        scalars |= watch.scalars
        scalars["images_per_second"] = watch.rate
        scalars["learning_rate"] = float(self.config.learning_rate)
        if self.unreadable.skip:
            scalars["skipped_pictures"] = len(self.unreadable.skipped)
        self.summaries.row(step, "raw_incomplete_completed_offsets", rows)
        figures = {}
        if self.validation is not None:
            figures, rows = self.validation.run(step)
            scalars.update(figures)
            self.summaries.row(step, "val/raw_incomplete_completed_offsets", rows)
        self.summaries.scalars(step, scalars)
        return figures


def _build(config):
    """The model, its layers computing in the precision that the settings ask for.

    Raises:
      InputError: if the pictures are too small for that precision.
    """
    if config.precision != "float32" and min(config.img_shapes[:2]) < 64:
        # oneDNN's gradient of a 5×5 kernel on a single bfloat16 pixel, which is what
        # the critic comes to, is not always finite.
        raise InputError(
            f"precision: {config.precision} needs pictures of at least 64 × 64, "
            f"img_shapes is {list(config.img_shapes)}"
        )
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(config.precision)
    try:
        return build_model(config)
    finally:
        keras.mixed_precision.set_global_policy(before)


def _silent(_):
    """What the workers beside the chief say."""

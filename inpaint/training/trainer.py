"""Training and fine-tuning: iterations, checkpoints, summaries, a clean end.

Every iteration is `critic_updates` updates of the critics and one of the generator,
each on its own pictures and masks, as one tf.function. What they are computed on
follows from the seed and the step, and a checkpoint holds the rest: a training that is
stopped, even killed, goes on from its newest checkpoint as if it had not been.
"""

import math
import time
from functools import partial

import keras
import tensorflow as tf

from inpaint.data import Unreadable
from inpaint.errors import InputError, RunError
from inpaint.models.building import build_model
from inpaint.models.network import precision
from inpaint.training import devices, feed, steps
from inpaint.training.interrupts import on_signals
from inpaint.training.snapshots import Snapshots
from inpaint.training.start import initialise
from inpaint.training.summaries import Summaries, Validation, gradients, inspect


class Trainer:
    """One training of a model, in one process.

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
        self.pictures = pictures
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

    def sizes(self):
        """How many trainable values each network has, by name."""
        networks = (self.model.generator, *self.model.critics)
        return {
            network.name: sum(math.prod(v.shape) for v in network.trainable_variables)
            for network in networks
        }

    def initialise(self, path):
        """Start from a checkpoint's weights; see `start.initialise`."""
        with self.strategy.scope():
            restored, missing, left_over = initialise(self.model, path)
        self.say(f"{path}: restored {len(restored)} variables")
        if missing:
            self.say(f"not restored, fresh: {', '.join(missing)}")
        if left_over:
            self.say(f"in the checkpoint, not used: {', '.join(left_over)}")

    def resume(self):
        """Go on from the newest checkpoint in log_dir."""
        prefix = self.snapshots.restore()
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
                        self.model.generator.to_network,
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
        bar = keras.utils.Progbar(
            config.max_iters - step, interval=1.0, verbose=int(self.chief)
        )
        feed_of_steps = self.batches()
        with on_signals(self._stop):
            while step < config.max_iters and not self._have_to_stop():
                begun = time.monotonic()
                try:
                    batches = next(feed_of_steps)
                except InputError:
                    if step != saved:
                        self._save(step)
                    raise
                scalars = self.iteration(batches)
                scalars = {tag: float(value) for tag, value in scalars.items()}
                step += 1
                _require_finite(scalars, step)
                snapshots.step.assign(step)
                snapshots.pictures.assign_add(self.updates * self.batch_size)
                scalars["images_per_second"] = self.batch_size / (
                    time.monotonic() - begun
                )
                self._show(bar, scalars)
                if step % config.val_psteps == 0 and self.chief:
                    self._summarise(step, batches[-1], scalars)
                if step % config.train_spe == 0:
                    self._save(step)
                    saved = step
            if saved != step:
                self._save(step)
        if step < config.max_iters and self.chief:
            self.say(
                f"\nstopped by {self._stopped_by or 'another worker'} after step "
                f"{step}, saved"
            )
        if self.unreadable.skipped:
            self.say(f"{len(self.unreadable.skipped)} pictures could not be read")

    def _save(self, step):
        """A checkpoint, if the weights are worth one."""
        values = {
            name: tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(variable)))
            for name, variable in self.model.variables_by_name().items()
        }
        _require_finite({k: 0.0 if ok else math.nan for k, ok in values.items()}, step)
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

    def _show(self, bar, scalars):
        shown = {}
        for tag, value in scalars.items():
            name = tag.rpartition("/")[2]
            shown[tag if name in shown else name] = value
        bar.stateful_metrics = set(shown)
        bar.add(1, list(shown.items()))

    def _summarise(self, step, batch, scalars):
        local = tf.nest.map_structure(
            lambda x: self.strategy.experimental_local_results(x)[0], batch
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
        scalars = {tag: value.numpy() for tag, value in inspected.items()} | scalars
        scalars["learning_rate"] = float(self.config.learning_rate)
        if self.unreadable.skip:
            scalars["skipped_pictures"] = len(self.unreadable.skipped)
        self.summaries.row(step, "raw_incomplete_completed_offsets", rows)
        if self.validation is not None:
            figures, rows = self.validation.run(step)
            scalars.update(figures)
            self.summaries.row(step, "val/raw_incomplete_completed_offsets", rows)
        self.summaries.scalars(step, scalars)


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
    with precision(config.precision):
        return build_model(config)


def _require_finite(scalars, step):
    broken = [f"{tag} is {v}" for tag, v in scalars.items() if not math.isfinite(v)]
    if broken:
        raise RunError(
            f"step {step}: {', '.join(broken)}; stopped, the checkpoints before it stay"
        )

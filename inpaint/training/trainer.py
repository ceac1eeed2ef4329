"""Training and fine-tuning: iterations, checkpoints, summaries, a clean end.

    model, optimizers, snapshots = build(config)      # inside the strategy's scope
    resume | initialise | model.prepare(pictures)     # from a folder, weights, nothing
    while step < max_iters:
        phase = the phase of the model that `step` lies in
        batches = as many as the phase's updates need, drawn from (seed, step)
        the optimizers' learning rates = those of their schedules at `step`
        for update in phase.updates:                  # one tf.function, traced once
            total, scalars = update.losses(batches[update.batch])
            gradients = tape.gradient(total, update.variables())
            optimizers[update.optimizer].apply_gradients(gradients)
        the averages of the generator's weights       # where there are any
        stop if a scalar is not finite                # nothing broken is saved
        step, pictures += 1, len(batches) · batch_size
        every val_psteps: summaries                   # looking changes nothing
        every train_spe, at the end, on SIGTERM: snapshots.save()

What an iteration is computed on follows from the seed and the step, and a checkpoint
holds the rest: weights, batch statistics, the optimizers' slots, counters. A training
that is stopped, even killed, goes on from its newest checkpoint as if it had not been.

Why not `keras.Model.fit`: an iteration takes several batches and updates several
networks by several optimizers, in phases; a step must be resumable bit for bit, which
`fit` is by epoch only; and one loop serves Keras 2.15 and Keras 3, whose `fit` differ.
"""

import dataclasses
import itertools
import math

import tensorflow as tf

from inpaint import config as settings
from inpaint.data import Unreadable
from inpaint.errors import InputError
from inpaint.training import devices, feed, steps
from inpaint.training.agreement import Agreement
from inpaint.training.average import Average
from inpaint.training.best import Best
from inpaint.training.interrupts import on_signals
from inpaint.training.iterations import Iterations
from inpaint.training.log import Log
from inpaint.training.phases import Phases
from inpaint.training.rates import LearningRates
from inpaint.training.review import Review
from inpaint.training.snapshots import Snapshots
from inpaint.training.start import build, by_scope, initialise
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
        self.chief = devices.is_chief(strategy)
        seed = None if config.random_seed is False else int(config.random_seed)
        # What an update takes, be it at once or in parts.
        self._drawn = dataclasses.replace(
            config, batch_size=config.batch_size * config.accumulate
        )
        with devices.scope(strategy):
            self.model = build(self._drawn)
            feed.require_room(config, self.model.sampler)
            self.optimizers, trained = steps.build_optimizers(self.model)
            self.rates = LearningRates(self.optimizers, self.model.learning_rates())
            self.average = Average(self.model.generator, config.ema)
            self.snapshots = Snapshots(
                config.log_dir,
                self.model,
                self.optimizers,
                trained,
                seed,
                config.max_to_keep,
                self.chief,
                self.average,
            )
        self.best = None
        if config.keep_best and validation is not None:
            self.best = Best(config, self.snapshots.state, self.chief)
        self.phases = Phases(self.model.phases(), config.max_iters)
        self.batch_size = self._drawn.batch_size * strategy.num_replicas_in_sync
        self._iterations = Iterations(
            strategy,
            self.optimizers,
            config.gradient_clip_value if config.gradient_clip else None,
            config.accumulate,
            [v for net in self.model.networks for v in net.non_trainable_variables],
        )
        self.review = None
        if self.chief:
            shown = (self.model, self.average, validation, self.unreadable)
            self.review = Review(config, strategy, *shown)
        self._agreement = Agreement(strategy)
        self._stopped_by = None
        self._fresh = True  # neither resumed nor initialised

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the summaries' file."""
        if self.review is not None:
            self.review.close()

    def sizes(self):
        """How many parameters each network trains, by name."""
        return {
            network.name: sum(math.prod(v.shape) for v in network.trainable_variables)
            for network in self.model.networks
        }

    def frozen_sizes(self):
        """How many parameters each frozen network has, by name."""
        return {
            network.name: sum(math.prod(v.shape) for v in network.weights)
            for network in self.model.frozen
        }

    def initialise(self, path):
        """Start from a checkpoint's weights, None: the package's; see `start`."""
        with self.strategy.scope():
            restored, missing, left_over = initialise(self.model, path)
        self._fresh = False
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
        prefix, averaged = self.snapshots.restore()
        self._fresh = False
        seed, wanted = int(self.snapshots.seed.numpy()), self.config.random_seed
        if wanted is not False and wanted != seed:
            raise InputError(
                f"random_seed: {wanted} cannot be set: the training in {prefix} goes "
                f"on with its own, {seed}"
            )
        self.say(f"resumed from {prefix} at step {int(self.snapshots.step.numpy())}")
        if self.average.variables and not averaged:
            self.average.begin()
            self.say(f"ema: {prefix} has no averages: they begin with its weights")
        if averaged and not self.average.variables:
            self.say(f"ema: 0: the averages of {prefix} end with it")
        other = None if self.best is None else self.best.resume()
        if other is not None:
            self.say(
                f"keep_best: {self.best.folder} was chosen by {other}: the next "
                "validation replaces it"
            )

    def iteration(self, batches, step=0):
        """One iteration of a step's phase on its batches; mean scalars by tag."""
        phase, _ = self.phases.at(step)
        return self._iterations.of(phase)(batches)

    def batches(self):
        """The batches of each iteration from the current step to its phase's end.

        Endless in a phase that goes on to the end.
        """
        step = int(self.snapshots.step.numpy())
        phase, left = self.phases.at(step)
        count = len(set(phase.batches()))
        taken = feed.distributed(
            self.strategy,
            count,
            config=self._drawn,
            model=self.model,
            pictures=self.pictures,
            seed=int(self.snapshots.seed.numpy()),
            first_step=step,
            first_batch=-(-int(self.snapshots.images_seen.numpy()) // self.batch_size),
            unreadable=self.unreadable,
        )
        return itertools.islice(taken, left)

    def _batches_of_all_phases(self):
        while True:  # the counters have moved on when a phase is at its end
            yield from self.batches()

    def run(self):
        """Train to `max_iters` or the last phase's end, or until SIGINT or SIGTERM.

        Raises:
          RunError: a loss is not finite, or a checkpoint cannot be saved.
          InputError: a picture cannot be read.
        """
        config, snapshots = self.config, self.snapshots
        step = saved = int(snapshots.step.numpy())
        end = self.phases.end
        log = Log(self._end(), self.say if self.chief else _silent)
        watch = Watch(self.batch_size)
        if step >= end:
            log.line(
                f"{config.log_dir}: is at step {step} already, and max_iters is "
                f"{config.max_iters}: nothing is left to do"
            )
            return
        if self._fresh and step == 0:
            self._prepare()
        if step == 0:
            self.average.begin()

        def save():
            watch.check()
            self._save(step)
            log.line(f"saved snap-{step}")

        feed_of_steps = self._batches_of_all_phases()
        with on_signals(self._stop):
            while step < end and not self._have_to_stop():
                watch.begin()
                try:
                    batches = next(feed_of_steps)
                except Exception:
                    if step != saved:
                        save()
                    raise
                self.rates.begin(step)
                scalars = self.iteration(batches, step)
                self.average.add(step)
                step += 1
                snapshots.step.assign(step)
                snapshots.images_seen.assign_add(len(batches) * self.batch_size)
                if watch.add(step, scalars):
                    log.step(step, watch.scalars, watch.rate, self.rates.scheduled())
                log.skipped(self.unreadable.skipped)
                if step % config.val_psteps == 0:
                    self._look(step, batches[-1], watch, log)
                if step % config.train_spe == 0:
                    save()
                    saved = step
            if saved != step:
                save()
        if step < end:
            by = self._stopped_by or "another worker"
            log.line(f"stopped by {by} after step {step}, saved")
        log.end(step, config.log_dir, self.unreadable.skipped)

    def _prepare(self):
        """What the model measures on the pictures before its first step."""
        seed = int(self.snapshots.seed.numpy())
        with self.strategy.scope():
            self.model.prepare(
                feed.every_picture(self.config, self.pictures, seed, self.unreadable)
            )

    def _end(self):
        """The step that training ends with, None if nobody chose one."""
        unchosen = settings.from_dict({"model": self.config.model}, "").max_iters
        return None if self.phases.end == unchosen else self.phases.end

    def _save(self, step):
        """A checkpoint, if the weights are worth one."""
        self._require_finite(step)
        self.snapshots.save()

    def _require_finite(self, step):
        values = {
            name: tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(variable)))
            for name, variable in self.model.variables_by_name().items()
        }
        require_finite({k: 0.0 if ok else math.nan for k, ok in values.items()}, step)

    def _look(self, step, batch, watch, log):
        """Summaries, the validation's figures, and what follows from them."""
        figures = {}
        if self.chief:
            watch.check()
            scalars = {**watch.scalars, "images_per_second": watch.rate}
            scalars |= self.rates.scalars()
            phase = self.phases.at(step - 1)[0] if self.config.grads_summary else None
            figures = self.review.of(step, batch, phase, scalars)
        if figures:
            log.line(log.describe(step, figures))
        if self.best is None:
            return
        value = figures.get(self.best.tag, math.nan)
        if self._agreement.any(self.best.beaten_by(value)):
            self._require_finite(step)
            self.best.save(step, value)
            log.line(f"{self.best.tag} {value:.4g} is the best so far: saved best")

    def _have_to_stop(self):
        """Whether this worker, or any other, was told to: all must stop at one step."""
        return self._agreement.any(self._stopped_by is not None)

    def _stop(self, name):
        self._stopped_by = name


def _silent(_):
    """What the workers beside the chief say."""

"""A phase's updates, one after the other, as one tf.function."""

from functools import partial

import tensorflow as tf

from inpaint.training import steps
from inpaint.training.parts import InParts


class Iterations:
    """The tf.functions of a training's phases, each made when it is first asked for.

    Args:
      strategy: a tf.distribute.Strategy.
      optimizers: by key, see `steps.build_optimizers`.
      clip: see `steps.clipped`, or None.
      parts: that an update takes its batch in, one after the other.
      state: the networks' variables that are not trained.
    """

    def __init__(self, strategy, optimizers, clip=None, parts=1, state=()):
        self._strategy = strategy
        self._optimizers = optimizers
        self._clip = clip
        self._parts = parts
        self._state = list(state)
        self._functions = {}  # by the phase's name

    def of(self, phase):
        """The phase's iteration: batches → mean scalars by tag."""
        if phase.name not in self._functions:
            # An update is a function of its own, so that it is traced once however
            # many there are, and runs after the one before: side by side they would
            # take the memory of both. No graph here needs AutoGraph, which would
            # double the time of their tracing.
            updates = {update.name: self._function(update) for update in phase.updates}
            numbers = phase.batches()

            def iteration(batches):
                scalars = {}
                for update, number in zip(phase.updates, numbers):
                    scalars.update(updates[update.name](batches[number]))
                mean = tf.distribute.ReduceOp.MEAN
                return {
                    tag: self._strategy.reduce(mean, value, axis=None)
                    for tag, value in scalars.items()
                }

            self._functions[phase.name] = tf.function(iteration, autograph=False)
        return self._functions[phase.name]

    def _function(self, update):
        if self._parts == 1:
            return tf.function(partial(self._replicated, update), autograph=False)
        optimizer = self._optimizers[update.optimizer]
        shared = (self._clip, self._parts, self._state)
        return InParts(self._strategy, update, optimizer, *shared)

    def _replicated(self, update, batch):
        arguments = (update, self._optimizers[update.optimizer], batch, self._clip)
        return self._strategy.run(steps.apply, arguments)

"""What one worker of a training has found, known to all: they must do as one."""

import tensorflow as tf


class Agreement:
    """Asks all workers.

    Args:
      strategy: a tf.distribute.Strategy.
    """

    def __init__(self, strategy):
        self._strategy = strategy
        self._alone = not isinstance(
            strategy, tf.distribute.MultiWorkerMirroredStrategy
        )

    def any(self, told):
        """Whether `told` is true here or on any other worker; all must call it."""
        if self._alone:
            return told
        share = tf.constant(float(told))
        values = self._strategy.experimental_distribute_values_from_function(
            lambda _: share
        )
        return float(self._sum(values)) > 0

    @tf.function(autograph=False)
    def _sum(self, values):
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, values, axis=None)

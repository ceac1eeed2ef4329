"""The generator's averaged weights: what a training's folder fills pictures with.

After each step n, counted from 0: average ← d·average + (1 − d)·weight, d the least of
the decay and (1 + n) / (10 + n), so that fresh weights are soon forgotten (as
tf.train.ExponentialMovingAverage does; Polyak and Juditsky, "Acceleration of Stochastic
Approximation by Averaging", 1992). Weights are those that are trained; batch
statistics, moving averages themselves, are taken as they are.
"""

import contextlib

import tensorflow as tf

from inpaint.models.network import tf_variable


class Average:
    """The exponential moving average of what is trained of a generator.

    To be made inside the strategy's scope.

    Args:
      generator: a `Generator`.
      decay: in (0, 1); 0 keeps no averages.

    Attributes:
      variables: the averages by the weights' names.
    """

    def __init__(self, generator, decay):
        trained = {id(variable) for variable in generator.trainable_variables}
        self._decay = decay
        self._weights = {
            name: tf_variable(variable)
            for name, variable in generator.variables_by_name().items()
            if decay and id(variable) in trained
        }
        self.variables = {
            name: tf.Variable(
                tf.zeros(weight.shape, weight.dtype),
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
            for name, weight in self._weights.items()
        }

    def begin(self):
        """The weights as they are: an average of one."""
        for name, average in self.variables.items():
            average.assign(tf.convert_to_tensor(self._weights[name]))

    def add(self, step):
        """Take in the weights that a step, counted from 0, has led to."""
        decay = min(self._decay, (1 + step) / (10 + step))
        if self.variables:
            self._add(tf.constant(1.0 - decay, tf.float32))

    @tf.function(autograph=False)
    def _add(self, share):
        for name, average in self.variables.items():
            weight, before = map(tf.convert_to_tensor, (self._weights[name], average))
            average.assign(before + share * (weight - before))

    @contextlib.contextmanager
    def applied(self):
        """A context in which the generator has the averages for weights."""
        trained = {name: weight.numpy() for name, weight in self._weights.items()}
        try:
            for name, average in self.variables.items():
                self._weights[name].assign(tf.convert_to_tensor(average))
            yield
        finally:
            for name, value in trained.items():
                self._weights[name].assign(value)

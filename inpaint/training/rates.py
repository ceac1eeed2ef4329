"""The optimizers' learning rates, set before each step as their schedules say."""

import tensorflow as tf

from inpaint.models.rates import rate_at


class LearningRates:
    """The rates of a training's optimizers.

    Args:
      optimizers: by key, see `steps.build_optimizers`.
      rates: by key, numbers or schedules, see `InpaintingModel.learning_rates`.
    """

    def __init__(self, optimizers, rates):
        self._optimizers = optimizers
        self._optimizers = optimizers
        self._schedules = {k: rate for k, rate in rates.items() if _changes(rate)}

    def begin(self, step):
        """Set the rates of a step, counted from 0."""
        for key, schedule in self._schedules.items():
            self._optimizers[key].learning_rate = rate_at(schedule, step)

    def scalars(self):
        """All rates by tag."""
        return {self._tag(k): self._rate(k) for k in self._optimizers}

    def scheduled(self):
        """The rates that follow a schedule, by tag."""
        return {self._tag(k): self._rate(k) for k in self._schedules}

    def _rate(self, key):
        return float(tf.convert_to_tensor(self._optimizers[key].learning_rate))

    def _tag(self, key):
        return "learning_rate" + f"/{key}" * (len(self._optimizers) > 1)


def _changes(rate):
    return isinstance(rate, tuple)

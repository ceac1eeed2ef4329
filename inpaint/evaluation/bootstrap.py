"""How far a mean over pictures can be trusted: the bootstrap's percentile interval.

Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979.
"""

from typing import NamedTuple

import numpy as np

RESAMPLES = 2000
_PERCENTILES = (2.5, 97.5)
_SEED = 0


class Mean(NamedTuple):
    """A mean over pictures with its 95% interval."""

    mean: float
    low: float
    high: float


def mean(values):
    """The mean over pictures, and the middle 95% of the means of 2000 resamples.

    A resample draws as many pictures as there are, with replacement. The draws are
    the same in every call with as many pictures. The interval tells of the choice of
    pictures alone, and of few pictures (under some twenty) too narrowly.

    Args:
      values: `[N]` floats, N ≥ 1.

    Returns:
      `Mean`.

    Example:
      >>> mean([2.0, 2.0])
      Mean(mean=2.0, low=2.0, high=2.0)
    """
    values = np.asarray(values, np.float64)
    # `random` alone: see `inpaint.masks`.
    rng = np.random.Generator(np.random.PCG64(_SEED))
    count = len(values)
    means = [
        values[(rng.random(count) * count).astype(np.intp)].mean()
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, _PERCENTILES)
    return Mean(float(values.mean()), float(low), float(high))

"""Learning rates that change while a training runs: piecewise, linear, cosine.

A schedule is a tuple of points, as settings have it (`config.kinds.RATE`): (step,
rate), or (step, rate, how it goes on to the next point's rate). Steps are the
training's.
"""

import math

from inpaint.config.kinds import Rate


def rate_at(rate: Rate, step: int) -> float:
    """A learning rate at a step.

    From a point on it is the point's, up to the next point; with "linear" or "cosine"
    it goes on to the next point's, on a line or on half a cosine's wave ("SGDR",
    Loshchilov and Hutter, ICLR 2017, arXiv 1608.03983, eq. 5). After the last point it
    stays.

    Args:
      rate: a number, or a schedule.
      step: how many steps of the training came before, from 0.

    Example:
      >>> rate_at(1e-4, 5000), rate_at(((0, 1e-4), (4000, 3e-5)), 4000)
      (0.0001, 3e-05)
      >>> warm = (0, 0.0, "linear"), (4, 1.0, "cosine"), (8, 0.0)
      >>> rate_at(warm, 1), rate_at(warm, 6)
      (0.25, 0.5)
    """
    if not isinstance(rate, tuple):
        return rate
    index = max(i for i, point in enumerate(rate) if point[0] <= step)
    begin, value, *how = rate[index]
    if not how:
        return value
    end, goal = rate[index + 1][:2]
    share = (step - begin) / (end - begin)
    if how[0] == "cosine":
        share = (1.0 - math.cos(math.pi * share)) / 2.0
    return value + share * (goal - value)

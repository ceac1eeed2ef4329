"""The scalars of the last steps: fetched to the host together, checked one by one.

A GPU computes on while Python prepares the next step, as long as nobody asks for a
number. So they are asked for every few steps, and before whatever depends on them.
"""

import math
import time

import tensorflow as tf

from inpaint.errors import RunError

ON_GPUS = 10  # steps; a CPU has done a step when Python goes on


class Watch:
    """Collects the scalars of steps, and stops a training that went astray.

    Args:
      images: pictures of one update's batch.
      every: steps from one look to the next; all workers look at the same steps. None:
        1, or `ON_GPUS` where there are any.
      clock: function that tells the time in seconds.

    Attributes:
      scalars: by tag, floats, of the newest step that was looked at.
      rate: pictures a second, of the steps of the last look.
    """

    def __init__(self, images, every=None, clock=time.monotonic):
        if every is None:
            every = ON_GPUS if tf.config.list_logical_devices("GPU") else 1
        self.scalars, self.rate = {}, 0.0
        self._images = images
        self._every = every
        self._clock = clock
        self._begun = None
        self._pending = []  # (step, tensors by tag)

    def begin(self):
        """A step begins."""
        if not self._pending:
            self._begun = self._clock()

    def add(self, step, scalars):
        """A step was computed, or is being computed.

        Args:
          step: its number.
          scalars: scalar tensors by tag.

        Returns:
          Whether the scalars have been looked at.

        Raises:
          RunError: as `check`.
        """
        self._pending.append((step, scalars))
        if len(self._pending) < self._every:
            return False
        self.check()
        return True

    def check(self):
        """Look at every step that has not been looked at yet.

        Raises:
          RunError: a scalar is not finite; the message names the first such step.
        """
        pending, self._pending = self._pending, []
        for step, scalars in pending:
            self.scalars = {tag: float(value) for tag, value in scalars.items()}
            require_finite(self.scalars, step)
        if pending:
            seconds = max(self._clock() - self._begun, 1e-9)
            self.rate = self._images * len(pending) / seconds


def require_finite(scalars, step):
    """Raises RunError if one of a step's floats by tag is not finite."""
    broken = [f"{tag} is {v}" for tag, v in scalars.items() if not math.isfinite(v)]
    if broken:
        raise RunError(
            f"step {step}: {', '.join(broken)}; stopped, the checkpoints before it stay"
        )

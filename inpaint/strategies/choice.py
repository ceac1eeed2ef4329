"""Which strategy a picture is filled by, and why, in one line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inpaint.strategies.scaling import DEPTH, depth_of, scale_for

STRATEGIES = ("auto", "exact", "windows", "scaled", "residual")
EXACT_PIXELS = 1_500_000  # above, windows are faster: docs/large.md


class Plan(NamedTuple):
    """What is done with a picture.

    Fields:
      strategy: one of `STRATEGIES` but auto.
      scale: by how much deep holes are made smaller; 1 where they are not.
      depth: pixels from the deepest hole pixel to the nearest known one.
      why: for the user, without a full stop.
    """

    strategy: str
    scale: int
    depth: int
    why: str

    def __str__(self):
        scaled = f" at 1/{self.scale} of the size" if self.scale > 1 else ""
        return f"{self.strategy}{scaled}: {self.why}"

    @property
    def remark(self) -> str | None:
        """What the user is told of it; None if there is nothing to tell."""
        if self.strategy != "exact":
            return f"filled by {self}"
        if self.depth > DEPTH:
            return (
                f"the hole is {self.depth} pixels deep, the network paints {DEPTH}: "
                "another strategy than exact may fill it better"
            )
        return None


def check(strategy: str) -> None:
    """Raise ValueError if there is no such strategy."""
    if strategy not in STRATEGIES:
        raise ValueError(
            f"`strategy` must be one of {', '.join(STRATEGIES)}. Received: {strategy!r}"
        )


def choose(mask: np.ndarray, strategy: str = "auto") -> Plan:
    """The plan for a picture with such a hole.

    Args:
      mask: bool `[H, W]`, True in the hole.
      strategy: one of `STRATEGIES`.

    Raises:
      ValueError: `strategy` is none of them.

    Example:
      >>> mask = np.zeros([600, 800], bool)
      >>> mask[100:500, 200:700] = True
      >>> str(choose(mask))
      'residual at 1/4 of the size: the hole is 200 pixels deep, the network paints 64'
    """
    check(strategy)
    depth = depth_of(mask)
    scale = scale_for(depth)
    if strategy in ("scaled", "residual"):
        why = "as asked"
        if scale == 1:
            why += f", though no hole is deeper than {DEPTH} pixels"
        return Plan(strategy, scale, depth, why)
    if strategy != "auto":
        return Plan(strategy, 1, depth, "as asked")
    if scale > 1:
        why = f"the hole is {depth} pixels deep, the network paints {DEPTH}"
        return Plan("residual", scale, depth, why)
    megapixels = mask.size / 1e6
    if mask.size > EXACT_PIXELS:
        return Plan("windows", 1, depth, f"{megapixels:.1f} megapixels")
    return Plan("exact", 1, depth, f"{megapixels:.1f} megapixels, shallow holes")

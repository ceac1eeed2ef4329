"""Which strategy a picture is filled by, and why, in one line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inpaint.strategies import scaling
from inpaint.strategies.grouping import Window, windows_of
from inpaint.strategies.scaling import DEPTH, depth_of, scale_for

STRATEGIES = ("auto", "exact", "windows", "scaled", "residual")
# `auto` is exact up to these: what the networks were trained and published with (holes
# of half of 256, and some more), and pictures that an exact fill takes seconds for.
EXACT_PIXELS = 1_500_000
EXACT_DEPTH = 128
CONTEXT = 24  # pixels that a window sees around its holes at least: docs/large.md
WINDOW = 512  # pixels, sides of a window


class Plan(NamedTuple):
    """What is done with a picture.

    Fields:
      strategy: one of `STRATEGIES` but auto.
      scale: by how much deep holes are made smaller; 1 where they are not.
      depth: pixels from the deepest hole pixel to the nearest known one.
      why: for the user, without a full stop.
      near, far: windows of the holes that are filled at their size, and of those that
        are made smaller; none of `exact`.
    """

    strategy: str
    scale: int
    depth: int
    why: str
    near: tuple[Window, ...] = ()
    far: tuple[Window, ...] = ()

    @property
    def calls(self) -> int:
        """How often the network is called."""
        return len(self.near) + len(self.far) or 1

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


def choose(mask: np.ndarray, strategy: str = "auto", context: int = CONTEXT) -> Plan:
    """The plan for a picture with such a hole.

    Args:
      mask: bool `[H, W]`, True in the hole.
      strategy: one of `STRATEGIES`.
      context: pixels that a window sees around its holes, at the size at which they
        are filled; it sees as many more as its picture's holes are deeper.

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
    chosen, scale, why = _chosen(strategy, mask.size, depth)
    if chosen == "exact":
        return Plan(chosen, scale, depth, why)
    deep = far_holes(chosen, scale, mask)
    shallow = mask & ~deep
    beyond = max(context, depth_of(shallow)) if shallow.any() else context
    near = windows_of(shallow, beyond, WINDOW)
    beyond = max(context, -(-depth // scale)) * scale
    far = windows_of(deep, beyond, WINDOW * scale)
    return Plan(chosen, scale, depth, why, tuple(near), tuple(far))


def far_holes(strategy: str, scale: int, mask: np.ndarray) -> np.ndarray:
    """The part of a hole that is filled at a smaller size: bool `[H, W]`."""
    if scale == 1:
        return np.zeros_like(mask)
    return mask if strategy == "scaled" else scaling.deep_holes(mask)


def _chosen(strategy, pixels, depth):
    """(strategy, scale, why)"""
    scale = scale_for(depth)
    if strategy in ("scaled", "residual"):
        why = "as asked"
        if scale == 1:
            why += f", though no hole is deeper than {DEPTH} pixels"
        return strategy, scale, why
    if strategy != "auto":
        return strategy, 1, "as asked"
    if depth > EXACT_DEPTH:
        why = f"the hole is {depth} pixels deep, the network paints {DEPTH}"
        return "residual", scale, why
    if pixels > EXACT_PIXELS:
        return "windows", 1, f"{pixels / 1e6:.1f} megapixels"
    return "exact", 1, f"{pixels / 1e6:.1f} megapixels, no hole of {EXACT_DEPTH} pixels"

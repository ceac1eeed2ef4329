"""How long a fill will take, and how much memory, before it is begun.

Counted in fills of 256×256, whose time is measured: convolutions cost as many as the
picture around the hole has of those squares, the attention the product of its queries
and keys.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from inpaint.strategies.choice import Plan

_FILL = 256**2  # pixels
_BEYOND = 160  # pixels around a hole that the convolutions see: docs/performance.md
_ENCODER = 0.15  # share of the convolutions that see the whole picture
_IN_WINDOWS = 1.15  # strokes are computed in smaller pieces than a box
_PAIRS = 6e6  # queries × keys that take as long as one fill: docs/large.md
_GB_PER_PIXEL = 170e-9  # of a picture filled exactly; of others, see below
_GB_PER_PIXEL_OUTSIDE = 15e-9
_GB = 1.1  # the libraries, the network and what a window takes


class Estimate(NamedTuple):
    """What a fill will take, about."""

    seconds: float
    gigabytes: float  # of the whole process

    def __str__(self):
        return f"about {self.seconds:.0f} s, {self.gigabytes:.1f} GB"


class Pace(NamedTuple):
    """How fast a network is on this machine, in seconds."""

    call: float  # that any call takes
    fill: float  # for 256×256 pixels


def fills(plan: Plan, mask: np.ndarray) -> float:
    """The work of a plan, in fills of 256×256.

    Args:
      plan: of `choose` for this mask.
      mask: bool `[H, W]`, True in the hole.
    """
    if plan.strategy == "exact":
        return _fills(mask.shape, *_spans(mask))
    near = sum(_fills(window.size, *window.size) for window in plan.near)
    sizes = ([side // plan.scale for side in window.size] for window in plan.far)
    twice = 1 + (plan.strategy == "residual")  # the attention once more
    far = twice * sum(_fills(size, *size) for size in sizes)
    return _IN_WINDOWS * (near + far)


def estimate(plan: Plan, mask: np.ndarray, pace: Pace) -> Estimate:
    """What a plan will take on this machine; `pace` as measured there."""
    seconds = plan.calls * pace.call + fills(plan, mask) * pace.fill
    each = _GB_PER_PIXEL if plan.strategy == "exact" else _GB_PER_PIXEL_OUTSIDE
    return Estimate(seconds, _GB + mask.size * each)


def measured_pace(fill, side: int = 256) -> Pace:
    """The pace of a network, from fills of a small picture and a larger one.

    Args:
      fill: (image `[H, W, 3]` uint8, mask `[H, W]` bool) → anything, when it is done.
      side: of the larger one; as large as what the network is called with.
    """
    took, least = [], 64
    for length in (least, least, side):  # the first of all takes longer
        image = np.zeros([length, length, 3], np.uint8)
        mask = np.zeros([length, length], bool)
        mask[length // 4 : -length // 4, length // 4 : -length // 4] = True
        start = time.perf_counter()
        fill(image, mask)
        took.append(time.perf_counter() - start)
    _, small, large = took
    each = max(large - small, 0.0) / ((side**2 - least**2) / _FILL)
    return Pace(max(small - each * least**2 / _FILL, 0.0), each)


def _spans(mask):
    """(height, width) of the hole's bounding box."""
    spans = []
    for axis in (1, 0):
        touched = np.flatnonzero(mask.any(axis))
        spans.append(touched[-1] + 1 - touched[0] if len(touched) else 0)
    return spans


def _fills(size, height, width):
    """Of a picture of `size` whose hole is so high and wide."""
    near = [min(span + 2 * _BEYOND, side) for span, side in zip((height, width), size)]
    pixels = size[0] * size[1]
    queries = min(height + 48, size[0]) * min(width + 48, size[1]) / 64
    convolutions = ((1 - _ENCODER) * near[0] * near[1] + _ENCODER * pixels) / _FILL
    return convolutions + queries * pixels / 64 / _PAIRS

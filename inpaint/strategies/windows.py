"""Holes filled window by window, each with bounded context around it.

What the attention sees grows with a picture, and its cost with the square of that. In
windows both are bounded: a picture's cost grows with its holes. A hole that is cut
between two windows shows no seam, since they are filled one after the other: the
second sees what the first has painted as known pixels.
"""

from __future__ import annotations

from typing import Callable

import numpy as np

from inpaint.strategies.grouping import Window

Progress = Callable[[int, int], None]  # (steps done, of how many)


def fill_windows(
    fill: Callable,
    image: np.ndarray,
    mask: np.ndarray,
    edge: np.ndarray | None,
    windows: list[Window],
    progress: Progress | None = None,
    wanted: np.ndarray | None = None,
) -> np.ndarray:
    """Fill a picture's holes window by window.

    Args:
      fill: (images `[B, h, w, C]`, masks `[B, h, w]` bool, edges likewise or None) →
        filled images, known pixels as they were.
      image: `[H, W, C]`, of any dtype that `fill` takes.
      mask: `[H, W]` bool, True in the hole.
      edge: `[H, W]` bool, or None for a network without sketches.
      windows: of `grouping.windows_of`; their cores hold what is wanted.
      progress: is told before each call of `fill` and at the end.
      wanted: `[H, W]` bool, the part of the hole to fill; None fills all of it.

    Returns:
      the filled picture, like `image`.
    """
    filled, hole = image.copy(), mask.copy()
    wanted = mask if wanted is None else wanted
    for done, window in enumerate(windows):
        if progress is not None:
            progress(done, len(windows))
        planes = [window.of_seen(filled)[None], window.of_seen(hole)[None]]
        planes.append(None if edge is None else window.of_seen(edge)[None])
        painted = window.core_in_seen(fill(*planes)[0])
        here = window.of_core(wanted)
        window.of_core(filled)[here] = painted[here]
        window.of_core(hole)[here] = False
    if progress is not None:
        progress(len(windows), len(windows))
    return filled

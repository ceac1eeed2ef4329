"""Windows that cover a picture's holes: what is filled together, and what it sees.

A picture is cut in two along a row or column, each part shrunk to the holes in it, as
long as its windows get cheaper by that or are larger than allowed. Cuts are made where
the fewest hole pixels lie on them, so most fall into the known pixels between holes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CELL = 8  # pixels: windows begin and end at multiples, as the networks' strides do


class Window(NamedTuple):
    """A region of the picture to fill, and the region around it that a fill sees.

    Both are (top, bottom, left, right) in pixels, ends excluded.
    """

    core: tuple[int, int, int, int]
    seen: tuple[int, int, int, int]

    def of_core(self, x):
        """The core's part of `[H, W, …]`, a view."""
        top, bottom, left, right = self.core
        return x[top:bottom, left:right]

    def of_seen(self, x):
        """The part of `[H, W, …]` that the fill sees, a view."""
        top, bottom, left, right = self.seen
        return x[top:bottom, left:right]

    @property
    def size(self):
        """(height, width) of what the fill sees."""
        return self.seen[1] - self.seen[0], self.seen[3] - self.seen[2]

    def core_in_seen(self, x):
        """The core's part of an array that is of the seen region, a view."""
        top, bottom, left, right = self.core
        down, along = self.seen[0], self.seen[2]
        return x[top - down : bottom - down, left - along : right - along]


def windows_of(mask, context, most=512):
    """Windows whose cores hold every hole pixel once.

    Args:
      mask: bool `[H, W]`, True in the hole.
      context: pixels that a fill sees around its core, at least; fewer only at the
        picture's border.
      most: sides of what a fill sees, in pixels; larger where twice the context
        leaves no room for a core of 64.

    Returns:
      list of `Window`, from top to bottom; empty if there is no hole.

    Example:
      >>> mask = np.zeros([64, 400], bool)
      >>> mask[30:34, 10:20] = mask[30:34, 380:390] = True
      >>> [window.core for window in windows_of(mask, context=16)]
      [(24, 40, 8, 24), (24, 40, 376, 392)]
    """
    cells = _cells(mask)
    room = max(most - 2 * context, 64) // CELL
    around = -(-context // CELL)
    boxes = []
    _divide(
        cells,
        _shrunk(cells, (0, cells.shape[0], 0, cells.shape[1])),
        room,
        around,
        boxes,
    )
    return sorted(_window(box, around, mask.shape) for box in boxes)


def _cells(mask):
    """How many hole pixels each cell has, `[⌈H/8⌉, ⌈W/8⌉]` int32."""
    height, width = mask.shape
    padded = np.pad(mask, [(0, -height % CELL), (0, -width % CELL)])
    rows, columns = padded.shape[0] // CELL, padded.shape[1] // CELL
    return padded.reshape(rows, CELL, columns, CELL).sum((1, 3), dtype=np.int32)


def _shrunk(cells, box):
    """The smallest box of the hole's cells in a box; None if it has none."""
    top, bottom, left, right = box
    rows, columns = (
        np.flatnonzero(cells[top:bottom, left:right].any(axis)) for axis in (1, 0)
    )
    if not len(rows):
        return None
    return top + rows[0], top + rows[-1] + 1, left + columns[0], left + columns[-1] + 1


def _divide(cells, box, room, around, found):
    """Append the boxes that `box` is best divided into."""
    if box is None:
        return
    top, bottom, left, right = box
    sides = bottom - top, right - left
    best = None
    for axis in (0, 1):
        first, last = (top, bottom) if axis == 0 else (left, right)
        if last - first < 2:
            continue
        counts = cells[top:bottom, left:right].sum(1 - axis)
        for cut in _candidates(counts, first, room):
            parts = _parts(box, axis, cut)
            parts = [_shrunk(cells, part) for part in parts]
            cost = sum(_cost(part, around) for part in parts)
            crossed = min(counts[cut - first - 1], counts[cut - first])
            # A cut through a hole may show, so it has to be worth it.
            cost *= 1.0 if crossed == 0 else 1.1
            if best is None or cost < best[0]:
                best = cost, parts
    if best is not None and (max(sides) > room or best[0] < _cost(box, around)):
        for part in best[1]:
            _divide(cells, part, room, around, found)
    else:
        found.append(box)


def _candidates(counts, first, room):
    """Where to cut: beside the emptiest places, and a room's length from the start."""
    length = len(counts)
    quiet = np.minimum(counts[:-1], counts[1:])
    order = np.argsort(quiet, kind="stable")[:8]
    middle = np.argsort(quiet + np.abs(np.arange(length - 1) - length // 2) / length)[
        :4
    ]
    chosen = {int(i) + 1 for i in (*order, *middle)}
    if length > room:
        parts = -(-length // room)
        chosen.add(-(-length // parts))
        chosen.add(room)
    return sorted(first + cut for cut in chosen if 0 < cut < length)


def _parts(box, axis, cut):
    top, bottom, left, right = box
    if axis == 0:
        return (top, cut, left, right), (cut, bottom, left, right)
    return (top, bottom, left, cut), (top, bottom, cut, right)


def _cost(box, around):
    """About what a window's fill costs: its convolutions, and attention's square."""
    if box is None:
        return 0.0
    top, bottom, left, right = box
    area = (bottom - top + 2 * around) * (right - left + 2 * around)
    return area + area**2 / _EQUAL + _EACH


_EQUAL = (768 // CELL) ** 2  # cells at which attention costs what convolutions do
_EACH = (96 // CELL) ** 2  # cells that a call costs beside


def _window(box, around, shape):
    seen = []
    for axis in (0, 1):
        first, last = box[2 * axis], box[2 * axis + 1]
        end = -(-shape[axis] // CELL)
        seen += [max(first - around, 0), min(last + around, end)]
    limits = [shape[0], shape[0], shape[1], shape[1]]
    core, seen = (
        tuple(int(min(x * CELL, limit)) for x, limit in zip(cells, limits))
        for cells in (box, seen)
    )
    return Window(core, seen)

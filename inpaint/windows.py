"""Windows around holes, for networks that take pictures of one size only.

A window is a square of the picture, scaled to the network's size, so that the hole
lies in the part that the network can paint. Pictures and masks are NumPy arrays.
"""

from typing import NamedTuple

import cv2
import numpy as np

from inpaint.errors import InputError


class Window(NamedTuple):
    """A square of a picture, and the hole in it that is to be filled; in pixels."""

    top: int
    left: int
    side: int
    hole: tuple  # top, bottom, left, right in the picture, ends excluded

    def cut(self, plane):
        """This part of `[H, W, …]`."""
        rows = slice(self.top, self.top + self.side)
        return plane[rows, self.left : self.left + self.side]

    def __str__(self):
        top, bottom, left, right = self.hole
        return (
            f"the hole of {right - left} × {bottom - top} pixels at ({left}, {top}): "
            f"a window of {self.side} × {self.side} at ({self.left}, {self.top})"
        )


def needed(generator, size, hole):
    """Whether a network of a fixed size does not take pictures as they are.

    Args:
      generator: an `inpaint.models.base.Generator`.
      size: (H, W) of the pictures.
      hole: `[B, H, W, 1]` bool, True in the hole.
    """
    fixed = generator.fixed_size
    if fixed is None:
        return False
    paintable = slice(*generator.paintable)
    outside = hole.copy()
    outside[:, paintable, paintable] = False
    return size != tuple(fixed) or bool(outside.any())


def around_holes(mask, size, paintable):
    """A window for each connected part of a mask, top to bottom.

    Where there is room the window is not scaled, or, if the network can paint all of
    it, twice as large as the hole; near the border it is smaller, so that the hole
    takes more of it.

    Args:
      mask: `[H, W]` bool, True in the hole.
      size: side of the network's pictures.
      paintable: (first, end) of the rows and columns there that it can paint.

    Returns:
      (list of `Window`, `[H, W]` int32): the parts' numbers, from 1 on, 0 elsewhere.

    Raises:
      InputError: if there is no such window of a hole.
    """
    count, parts, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    windows = []
    for left, top, width, height, _ in boxes[1:count]:
        hole = tuple(map(int, (top, top + height, left, left + width)))
        windows.append(_window(hole, mask.shape, size, paintable))
    return windows, parts


def _window(hole, shape, size, paintable):
    top, bottom, left, right = hole
    first, end = paintable
    largest = max(bottom - top, right - left)
    least = -(-largest * size // (end - first))
    wanted = size if end - first < size else max(size, 2 * largest)
    sides = [*range(max(wanted, least), least, -1), least, least + 1, least + 2]
    for side in sides:
        if side > min(shape):
            continue
        corner = [
            _start(ends, side * first / size, side * end / size, length - side)
            for ends, length in (((top, bottom), shape[0]), ((left, right), shape[1]))
        ]
        if None not in corner:
            return Window(*corner, side, hole)
    raise InputError(
        f"mask: the hole of {right - left} × {bottom - top} pixels at ({left}, {top}) "
        f"does not lie in the middle of a window of the picture: the network takes "
        f"{size} × {size} pixels and paints those from {first} to {end - 1}, and the "
        f"picture has {shape[1]} × {shape[0]}"
    )


def _start(ends, first, end, room):
    """Where a window may begin whose part from `first` to `end` holds the hole."""
    least = max(int(np.ceil(ends[1] - end)), 0)
    most = min(int(np.floor(ends[0] - first)), room)
    if least > most:
        return None
    middle = round((ends[0] + ends[1] - first - end) / 2)
    return min(max(middle, least), most)


def fill(paint, image, mask, size, paintable):
    """Fill the holes of a picture, window by window.

    A window sees what was filled before it; holes in it that are not yet filled are
    holes to the network.

    Args:
      paint: function of an image `[size, size, 3]` uint8 and a mask `[size, size]` bool
        that returns the picture that the network painted, uint8.
      image: `[H, W, 3]` uint8.
      mask: `[H, W]` bool, True in the hole.
      size, paintable: see `around_holes`.

    Returns:
      (`[H, W, 3]` uint8, list of `Window`); known pixels are those of the image.

    Raises:
      InputError: see `around_holes`.
    """
    windows, parts = around_holes(mask, size, paintable)
    filled, left = image.copy(), mask.copy()
    for number, window in enumerate(windows, start=1):
        seen, hole = window.cut(filled), window.cut(left)
        if window.side != size:
            seen = _scaled(seen, size)
            hole = _scaled(hole.astype(np.float32), size) > 0
        painted = paint(seen, hole)
        if window.side != size:
            painted = _scaled(painted, window.side)
        here = window.cut(parts) == number
        window.cut(filled)[here] = painted[here]
        window.cut(left)[here] = False
    return filled, windows


def _scaled(plane, side):
    smaller = side < plane.shape[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(plane), (side, side), interpolation=how)

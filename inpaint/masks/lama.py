"""LaMa's masks: strokes or boxes, in narrow, medium and wide sets.

Suvorov et al., "Resolution-robust Large Mask Inpainting with Fourier Convolutions",
WACV 2022, arXiv 2109.07161, §2.3, by the numbers of the authors' configurations. A mask
is either strokes or boxes. All numbers are pixels, whatever the picture's size: a set
is for pictures of the size in its name, 256 where there is none. Nothing but
`Generator.random` is used, as in `inpaint.masks.release`.
"""

import math
from typing import NamedTuple, Optional

import cv2
import numpy as np

SHORTEST, THINNEST = 10, 5  # of a stroke's segments
MOST_SEGMENTS = 5


class Strokes(NamedTuple):
    """Zigzags of thick lines."""

    fewest: int
    most: int  # one more may be drawn, as released
    length: int  # longest segment, beyond the shortest
    width: int  # widest segment, beyond the thinnest


class Boxes(NamedTuple):
    """Rectangles."""

    probability: float  # that a mask is made of these
    fewest: int
    most: int
    shortest: int  # side
    longest: int
    margin: int  # to the picture's edge


class Set(NamedTuple):
    """A distribution of masks."""

    strokes: Strokes
    boxes: Optional[Boxes] = None


SETS = {
    "lama": Set(Strokes(1, 5, 200, 100), Boxes(1 / 2, 1, 4, 30, 150, 10)),
    "lama_small": Set(Strokes(4, 12, 80, 40), Boxes(1 / 2, 1, 1, 30, 128, 0)),
    "narrow": Set(Strokes(4, 50, 40, 10)),
    "medium": Set(Strokes(4, 5, 100, 50), Boxes(0.3 / 1.3, 1, 5, 10, 50, 0)),
    "wide": Set(Strokes(1, 5, 200, 100), Boxes(0.3 / 1.3, 1, 3, 30, 150, 10)),
    "wide_512": Set(Strokes(1, 5, 450, 250), Boxes(0.3 / 1.3, 1, 4, 30, 300, 10)),
}


def draw(rng, height, width, name):
    """One mask.

    Args:
      rng: NumPy generator.
      height, width: of the picture.
      name: in `SETS`; "lama" is what the published networks were trained on.

    Returns:
      `[height, width]` bool, True in the hole.

    Example:
      >>> draw(np.random.default_rng(0), 256, 256, "wide").shape
      (256, 256)
    """
    strokes, boxes = SETS[name]
    if boxes is not None and rng.random() < boxes.probability:
        return random_boxes(rng, height, width, boxes)
    return random_strokes(rng, height, width, strokes)


def random_strokes(rng, height, width, strokes):
    """Zigzags, each of one to five segments with widths of their own."""
    mask = np.zeros((height, width), np.uint8)
    for number in range(_integer(rng, strokes.fewest, strokes.most + 1)):
        x, y = _integer(rng, 0, width - 1), _integer(rng, 0, height - 1)
        for _ in range(_integer(rng, 1, MOST_SEGMENTS)):
            angle = 0.01 + _integer(rng, 0, 3)  # radians
            if number % 2 == 0:
                angle = 2 * math.pi - angle
            length = SHORTEST + _integer(rng, 0, strokes.length - 1)
            brush = THINNEST + _integer(rng, 0, strokes.width - 1)
            end_x = min(max(int(x + length * math.sin(angle)), 0), width)
            end_y = min(max(int(y + length * math.cos(angle)), 0), height)
            cv2.line(mask, (x, y), (end_x, end_y), 1, brush)
            x, y = end_x, end_y
    return mask.astype(bool)


def random_boxes(rng, height, width, boxes):
    """Rectangles within the margins, fewer pixels a side where there is no room."""
    mask = np.zeros((height, width), bool)
    for _ in range(_integer(rng, boxes.fewest, boxes.most)):
        rows, top = _side(rng, height, boxes)
        columns, left = _side(rng, width, boxes)
        mask[top : top + rows, left : left + columns] = True
    return mask


def _side(rng, size, boxes):
    """Length and first pixel of a box along one axis."""
    room = max(size - 2 * boxes.margin, 1)
    length = _integer(rng, min(boxes.shortest, room), min(boxes.longest, room))
    margin = min(boxes.margin, (size - length) // 2)
    return length, _integer(rng, margin, size - margin - length)


def _integer(rng, low, high):
    """An integer in [low, high], both ends included."""
    return low + int((high - low + 1) * rng.random())

"""Holes of any picture's size, drawn without OpenCV.

A drawn mask follows from the generator and the picture's size, byte for byte on any
NumPy and OpenCV: strokes are not drawn by OpenCV, whose thick lines changed with
version 5. The shapes are those of the release's 256×256 pictures ("Free-Form Image
Inpainting with Gated Convolution", arXiv 1806.03589, §3.2; numbers in
`inpaint.masks`), stretched to the picture's size.
"""

import math

import numpy as np

from inpaint.masks import release as masks

_RELEASE_SIZE = 256  # a power of two: scaling by it rounds nothing


def center(rng, height, width):
    """A box of half of each side in the middle, `[height, width]` bool."""
    rows, columns = max(height // 2, 1), max(width // 2, 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    return masks.rectangle_mask(
        masks.Rectangle(top, left, rows, columns), height, width
    )


def random_box(rng, height, width):
    """A box of half of each side anywhere, shrunk by up to a quarter of itself.

    At 256×256 it is the release's: 128 pixels, shrunk by up to 32.
    """
    box = masks.BoxSettings(
        max(height // 2, 1), max(width // 2, 1), height // 8, width // 8
    )
    rectangle = masks.random_rectangle(rng, height, width, box)
    return masks.rectangle_mask(masks.shrunk(rng, rectangle, box), height, width)


def free_form(rng, height, width):
    """The release's one to three strokes, over the whole picture."""
    side = _RELEASE_SIZE
    mask = np.zeros((height, width), bool)
    for vertices, brush_width in masks.random_strokes(rng, side, side):
        points = [(x * width / side, y * height / side) for x, y in vertices]
        radius = brush_width / 2 * math.sqrt(height * width) / side
        for start, end in zip(points, points[1:]):
            _draw_capsule(mask, start, end, radius)
    if not mask.any():  # a picture of few pixels, between which the strokes run
        x, y = points[0]
        mask[min(int(y), height - 1), min(int(x), width - 1)] = True
    return mask


def _draw_capsule(mask, start, end, radius):
    """Set the pixels within a radius of a segment, ends given as (x, y).

    Sums, products and quotients alone, one at a time: IEEE 754 fixes every bit.
    """
    height, width = mask.shape
    (x1, y1), (x2, y2) = start, end
    left, right = (max(int(min(x1, x2) - radius), 0), int(max(x1, x2) + radius) + 2)
    top, bottom = (max(int(min(y1, y2) - radius), 0), int(max(y1, y2) + radius) + 2)
    x = np.arange(left, min(right, width), dtype=np.float64)[np.newaxis] - x1
    y = np.arange(top, min(bottom, height), dtype=np.float64)[:, np.newaxis] - y1
    across, down = x2 - x1, y2 - y1
    length = across * across + down * down
    along = x * across + y * down
    share = np.clip(along / length if length else 0 * along, 0.0, 1.0)
    dx, dy = x - share * across, y - share * down
    within = dx * dx + dy * dy <= radius * radius
    mask[top : top + within.shape[0], left : left + within.shape[1]] |= within


DRAWN = {"center": center, "random_box": random_box, "free_form": free_form}

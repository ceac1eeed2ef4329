"""Masks for training: a box, brush strokes, and their union, as the release draws them.

A mask is `[H, W]` bool, True in the hole. Everything is drawn by a NumPy generator
that the caller hands in; `rng` makes the one of a training step, so any step's
mask can be made again. Only `Generator.random` is used, whose doubles follow from
PCG64's documented bits: other methods may change from one NumPy to the next.

"Generative Image Inpainting with Contextual Attention" (boxes, arXiv 1801.07892) and
"Free-Form Image Inpainting with Gated Convolution" (strokes, arXiv 1806.03589, §3.2).
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from inpaint.errors import InputError

VERTICES = (4, 12)  # of a stroke after its start: 4 to 11
MEAN_ANGLE = 2 * math.pi / 5
ANGLE_RANGE = 2 * math.pi / 15
BRUSH_WIDTH = (12, 40)  # pixels


class BoxSettings(NamedTuple):
    """What boxes may be drawn; the fields are the keys of inpaint.yml. In pixels.

    Example:
      >>> BoxSettings(height=64, width=64).max_delta_height
      32
    """

    height: int = 128  # before it shrinks
    width: int = 128
    max_delta_height: int = 32  # that it shrinks by
    max_delta_width: int = 32
    vertical_margin: int = 0  # to the picture's edge
    horizontal_margin: int = 0


def box_of(settings):
    """The boxes that a Config asks for.

    Example:
      >>> from inpaint.config import Config
      >>> box_of(Config(height=64)).height
      64
    """
    return BoxSettings(*(getattr(settings, field) for field in BoxSettings._fields))


class Rectangle(NamedTuple):
    """A part of a picture, in pixels.

    Example:
      >>> Rectangle(top=0, left=1, height=2, width=1).left
      1
    """

    top: int
    left: int
    height: int
    width: int


def rng(seed, step, phase=0, replica=0):
    """The NumPy generator of one draw; the same key gives the same draws, anywhere.

    Args:
      seed: of the run, any integer.
      step: the iteration, from 0.
      phase: which update within the iteration, from 0.
      replica: which of the replicas that train together, from 0.

    Example:
      >>> rng(seed=1, step=5).random() == rng(seed=1, step=5).random()
      True
    """
    key = [seed % 2**64, step, phase, replica]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


class Holes(NamedTuple):
    """The masks of a batch, and what they were made of.

    Example:
      >>> draw_masks(rng(0, 0), 256, 256, count=2).boxes.shape
      (2, 4)
    """

    masks: np.ndarray  # [count, height, width, 1] float32, 1 in the hole, 0 elsewhere
    boxes: np.ndarray  # [count, 4] int32, `Rectangle`s before they shrank


def draw_masks(rng, height, width, box=None, count=1, brush_strokes=True):
    """Masks to train with: a box and brush strokes (v2), or a box alone (v1).

    Args:
      rng: NumPy generator.
      height, width: of the pictures.
      box: a `BoxSettings`; its defaults if None.
      count: 1 for a mask that a whole batch shares, or the batch's size.
      brush_strokes: whether there are any.

    Returns:
      `Holes`.

    Raises:
      InputError: if the box does not fit into the pictures.

    Example:
      >>> draw_masks(rng(0, 0), 256, 256).masks.shape
      (1, 256, 256, 1)
    """
    box = box or BoxSettings()
    drawn, boxes = [], []
    for _ in range(count):
        boxes.append(random_rectangle(rng, height, width, box))
        mask = rectangle_mask(shrunk(rng, boxes[-1], box), height, width)
        drawn.append(mask | strokes(rng, height, width) if brush_strokes else mask)
    masks = np.stack(drawn).astype(np.float32)[..., np.newaxis]
    return Holes(masks, np.array(boxes, np.int32))


def static(rng, height, width, box, brush_strokes=True):
    """The mask of a validation picture: a box that stays, and brush strokes.

    The box begins at half of its own height and width, which is the centre of a
    picture twice its size; what lies outside the picture is cut off.

    Example:
      >>> int(static(rng(0, 0), 256, 256, BoxSettings(), brush_strokes=False).sum())
      16384
    """
    rectangle = Rectangle(box.height // 2, box.width // 2, box.height, box.width)
    mask = rectangle_mask(rectangle, height, width)
    return mask | strokes(rng, height, width) if brush_strokes else mask


def distances(masks):
    """How far the pixels of holes are from the nearest known pixel.

    Args:
      masks: `[count, height, width, 1]`, not 0 in the hole.

    Returns:
      like `masks`, float32: 0 where known, 1 beside it, Euclidean in between. Pixels
      outside the picture are not known ones.

    Example:
      >>> distances(np.array([0, 1, 1, 1, 0]).reshape(1, 1, 5, 1)).ravel().tolist()
      [0.0, 1.0, 2.0, 1.0, 0.0]
    """
    planes = [
        cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        for mask in (masks[..., 0] != 0).astype(np.uint8)
    ]
    # OpenCV's last bit differs from one call to the next; squares are whole numbers.
    squares = np.rint(np.stack(planes).astype(np.float64) ** 2)
    return np.sqrt(squares).astype(np.float32)[..., np.newaxis]


def random_rectangle(rng, height, width, box):
    """A `Rectangle` of the box's full size anywhere within the margins.

    As released, it touches the lower and right margin only where it has no choice.

    Raises:
      InputError: if there is no room for it.

    Example:
      >>> random_rectangle(rng(0, 0), 128, 128, BoxSettings())
      Rectangle(top=0, left=0, height=128, width=128)
    """
    rows = height - box.height - 2 * box.vertical_margin
    columns = width - box.width - 2 * box.horizontal_margin
    if rows < 0 or columns < 0:
        raise InputError(
            f"a box of {box.height} × {box.width} pixels (height × width) and margins "
            f"of {box.vertical_margin} above and below, {box.horizontal_margin} left "
            f"and right, do not fit into a picture of {height} × {width}"
        )
    top = box.vertical_margin + _integer(rng, 0, max(rows, 1))
    left = box.horizontal_margin + _integer(rng, 0, max(columns, 1))
    return Rectangle(top, left, box.height, box.width)


def shrunk(rng, rectangle, box):
    """The rectangle less up to max_delta / 2 on either side, as much above as below.

    Example:
      >>> shrunk(rng(0, 0), Rectangle(0, 0, 9, 9), BoxSettings(9, 9, 0, 0))
      Rectangle(top=0, left=0, height=9, width=9)
    """
    rows = _integer(rng, 0, box.max_delta_height // 2 + 1)
    columns = _integer(rng, 0, box.max_delta_width // 2 + 1)
    return Rectangle(
        rectangle.top + rows,
        rectangle.left + columns,
        max(rectangle.height - 2 * rows, 0),
        max(rectangle.width - 2 * columns, 0),
    )


def rectangle_mask(rectangle, height, width):
    """`[height, width]` bool, True in the `Rectangle`.

    Example:
      >>> rectangle_mask(Rectangle(0, 1, 2, 1), 2, 3).astype(int).tolist()
      [[0, 1, 0], [0, 1, 0]]
    """
    top, left, rows, columns = rectangle
    mask = np.zeros((height, width), bool)
    mask[top : top + rows, left : left + columns] = True
    return mask


def strokes(rng, height, width):
    """One to three brush strokes: `[height, width]` bool.

    Example:
      >>> strokes(rng(0, 0), 64, 64).shape
      (64, 64)
    """
    mask = np.zeros((height, width), np.uint8)
    for vertices, brush_width in random_strokes(rng, height, width):
        draw_stroke(mask, vertices, brush_width)
    return mask.astype(bool)


def random_strokes(rng, height, width):
    """Yields (vertices, brush width) of one to three strokes; see `stroke_vertices`.

    Example:
      >>> 1 <= len(list(random_strokes(rng(0, 0), 64, 64))) <= 3
      True
    """
    for _ in range(_integer(rng, 1, 4)):
        vertices = stroke_vertices(rng, height, width)
        yield vertices, int(_uniform(rng, *BRUSH_WIDTH))


def stroke_vertices(rng, height, width):
    """The corners of a stroke: a zigzag, since every other angle is turned round.

    As released, x lies in [0, height] and y in [0, width], not the other way round:
    in a picture that is not square, strokes keep to the square at its top left, and
    those that run out of the picture may leave it without a mark.

    Returns:
      list of 5 to 12 (x, y), integers.

    Example:
      >>> 5 <= len(stroke_vertices(rng(0, 0), 64, 64)) <= 12
      True
    """
    mean_length = math.hypot(height, width) / 8
    count = _integer(rng, *VERTICES)
    lowest = MEAN_ANGLE - _uniform(rng, 0.0, ANGLE_RANGE)
    highest = MEAN_ANGLE + _uniform(rng, 0.0, ANGLE_RANGE)
    vertices = [(_integer(rng, 0, height), _integer(rng, 0, width))]
    for i in range(count):
        angle = _uniform(rng, lowest, highest)
        if i % 2 == 0:
            angle = 2 * math.pi - angle
        length = _normal(rng, mean_length, mean_length // 2)
        length = _clip(length, 2 * mean_length)
        x, y = vertices[-1]
        x = _clip(x + length * math.cos(angle), height)
        y = _clip(y + length * math.sin(angle), width)
        vertices.append((int(x), int(y)))
    return vertices


def draw_stroke(mask, vertices, brush_width):
    """Draw lines of the brush's width, joined by discs, into `[H, W]` uint8.

    Example:
      >>> mask = np.zeros((9, 9), np.uint8)
      >>> draw_stroke(mask, [(4, 4), (4, 4)], brush_width=2)
      >>> int(mask[4, 4])
      1
    """
    for start, end in zip(vertices, vertices[1:]):
        # OpenCV draws thick lines about a pixel wider than it is told to.
        cv2.line(mask, start, end, 1, brush_width - 1)
    for vertex in vertices:
        cv2.circle(mask, vertex, brush_width // 2, 1, cv2.FILLED)


def _uniform(rng, low, high):
    return low + (high - low) * rng.random()


def _integer(rng, low, high):
    """An integer in [low, high)."""
    return low + int((high - low) * rng.random())


def _normal(rng, mean, deviation):
    radius = math.sqrt(-2.0 * math.log(1.0 - rng.random()))  # Box and Muller's
    return mean + deviation * radius * math.cos(2.0 * math.pi * rng.random())


def _clip(value, highest):
    return min(max(value, 0.0), highest)

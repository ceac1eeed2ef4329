"""Deep holes filled at a smaller size, where the network sees across them.

The networks were trained on pictures of 256 pixels with holes of 128: from a hole's rim
they paint some 64 pixels inwards before they lose what to paint. A picture is scaled by
the whole number that brings its deepest hole within that depth, filled, and only the
hole's pixels are enlarged.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

CELL = 8  # pixels: sides of what the networks work on are multiples
DEPTH = 64  # pixels from a hole's rim that the networks were trained to paint


def depth_of(mask: np.ndarray) -> int:
    """Pixels from the deepest hole pixel to the nearest known one.

    Args:
      mask: bool `[H, W]`, True in the hole. The picture's border is no rim.

    Example:
      >>> mask = np.zeros([9, 9], bool)
      >>> mask[2:7, 2:7] = True
      >>> depth_of(mask)
      3
    """
    if mask.all():
        return max(mask.shape)
    distances = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    return math.ceil(distances.max() - 1e-3)


def scale_for(depth: int) -> int:
    """The whole number, ≥ 1, by which a hole so deep has to shrink to `DEPTH`."""
    return max(math.ceil(depth / DEPTH), 1)


def deep_holes(mask: np.ndarray) -> np.ndarray:
    """Those holes, as wholes, that are deeper somewhere than `DEPTH`: bool `[H, W]`."""
    distances = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    deep = np.zeros(labels.max() + 1, bool)
    deep[labels[distances > DEPTH]] = True
    deep[0] = False
    return deep[labels]


class Scaled(NamedTuple):
    """A picture and its hole at 1/scale of the size, padded to whole blocks."""

    scale: int
    image: np.ndarray  # [h, w, C], the image's dtype
    mask: np.ndarray  # [h, w] bool: blocks with any hole pixel
    edge: np.ndarray | None  # [h, w] bool: blocks with any edge pixel


def shrunk(image, mask, edge, scale: int) -> Scaled:
    """The mean of every block of scale×scale pixels.

    Sides that are no multiple of the scale are padded by mirroring at the bottom and
    right, as filling does.

    Args:
      image: `[H, W, C]` uint8 or uint16.
      mask: `[H, W]` bool; a block with any hole pixel is hole.
      edge: `[H, W]` bool or None.
      scale: at least 1.
    """
    height, width = mask.shape
    size = -(-width // scale), -(-height // scale)
    padded = padded_to(image, scale)
    small = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
    return Scaled(
        scale,
        small.reshape(*small.shape[:2], image.shape[2]),
        _any_of_blocks(mask, scale),
        None if edge is None else _any_of_blocks(edge, scale),
    )


def padded_to(x: np.ndarray, multiple: int) -> np.ndarray:
    """`[H, W, …]` with rows and columns mirrored up to the next multiple."""
    below, beside = -x.shape[0] % multiple, -x.shape[1] % multiple
    if not below and not beside:
        return x
    return np.pad(x, [(0, below), (0, beside)] + [(0, 0)] * (x.ndim - 2), "symmetric")


def enlarged(small: np.ndarray, scale: int, shape) -> np.ndarray:
    """`[h, w, C]` at scale times its size, bicubic, cut to `shape` (H, W)."""
    size = small.shape[1] * scale, small.shape[0] * scale
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return large.reshape(*large.shape[:2], -1)[: shape[0], : shape[1]]


def _any_of_blocks(plane, scale):
    padded = padded_to(plane, scale)
    rows, columns = padded.shape[0] // scale, padded.shape[1] // scale
    return padded.reshape(rows, scale, columns, scale).any((1, 3))

"""The files of one picture to fill: read, and checked to fit together."""

from typing import NamedTuple, Optional

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import images


class Picture(NamedTuple):
    """A picture, its hole and its sketch."""

    image: np.ndarray  # uint8 RGB [H, W, 3] or RGBA [H, W, 4]
    mask: np.ndarray  # bool [H, W], True in the hole
    edge: Optional[np.ndarray] = None  # uint8 [H, W], high on the sketch's lines


def read(image, mask, edge=None, size=None):
    """Reads a picture, its mask and, for a guided network, its sketch.

    Args:
      image, mask, edge: paths.
      size: (height, width) to resize all of them to, as the original's batch_test.py
        does; None: they must be of one size, which stays.

    Raises:
      InputError: if one cannot be read, or their sizes differ.
    """
    try:
        pixels = images.read_image(image)
        if size:
            pixels = images.resize(pixels, *size)
        hole = images.read_mask(mask, size)
        lines = None if edge is None else images.read_channel(edge, size)
    except (MemoryError, cv2.error) as error:
        raise InputError(f"{image}: needs more memory than there is") from error
    for other, plane in ((mask, hole), (edge, lines)):
        if plane is not None and pixels.shape[:2] != plane.shape:
            raise InputError(
                f"{other} is {_size(plane)} but {image} is {_size(pixels)}: expected "
                "one size"
            )
    return Picture(pixels, hole, lines)


def _size(array):
    height, width = array.shape[:2]
    return f"{width} × {height} pixels"

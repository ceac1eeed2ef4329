"""The files of one picture to fill: read, and checked to fit together."""

from typing import NamedTuple, Optional

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import holes, images
from inpaint.pictures.metadata import Metadata


class Picture(NamedTuple):
    """A picture, its hole and its sketch."""

    image: np.ndarray  # as of `images.read_photograph`
    mask: np.ndarray  # bool [H, W], True in the hole
    edge: Optional[np.ndarray] = None  # uint8 [H, W], high on the sketch's lines
    doubt: Optional[str] = None  # what speaks against the mask, see `holes.doubt`
    metadata: Optional[Metadata] = None  # what else the picture's file says


def read(image, mask, edge=None, size=None, max_pixels=images.MAX_PIXELS):
    """Reads a picture, its mask and, for a guided network, its sketch.

    Args:
      image, mask, edge: paths.
      size: (height, width) to resize all of them to, as the original's batch_test.py
        does; None: they must be of one size, which stays.
      max_pixels: see `images.read_image`.

    Raises:
      InputError: if one cannot be read, or their sizes differ.
    """
    try:
        pixels, said = images.read_photograph(image, max_pixels)
        if size:
            pixels = images.resize(pixels, *size)
        levels = images.read_levels(mask, size, max_pixels)
        lines = None
        if edge is not None:
            lines = images.read_channel(edge, size, max_pixels)
    except (MemoryError, cv2.error) as error:
        raise InputError(f"{image}: needs more memory than there is") from error
    for other, plane in ((mask, levels), (edge, lines)):
        if plane is not None and pixels.shape[:2] != plane.shape:
            raise InputError(
                f"{other} is {_size(plane)} but {image} is {_size(pixels)}: expected "
                "one size, or --image_height and --image_width to resize both to"
            )
    hole = holes.hole(levels)
    return Picture(pixels, hole, lines, holes.doubt(hole, levels), said)


def _size(array):
    height, width = array.shape[:2]
    return f"{width} × {height} pixels"

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


class Reading(NamedTuple):
    """How the files of all pictures of a command are read.

    `size`: (height, width) to resize all of them to, as the original's batch_test.py
    does; None: they must be of one size, which stays. `max_pixels`: of
    `images.read_image`. `invert_mask`: whether the hole is black. `dilate`: by how many
    pixels it grows.
    """

    size: Optional[tuple[int, int]] = None
    max_pixels: int = images.MAX_PIXELS
    invert_mask: bool = False
    dilate: int = 0


def read(image, mask, edge=None, reading=None):
    """Reads a picture, its mask and, for a guided network, its sketch.

    Args:
      image, mask, edge: paths.
      reading: a `Reading`.

    Raises:
      InputError: if one cannot be read, or their sizes differ.
    """
    size, max_pixels, invert_mask, dilate = reading = reading or Reading()
    try:
        pixels, said = images.read_photograph(image, max_pixels)
        if size:
            pixels = images.resize(pixels, *size)
        levels = images.read_levels(mask, size, max_pixels)
    except (MemoryError, cv2.error) as error:
        raise _too_large(image) from error
    _require_one_size(image, pixels, mask, levels)
    if invert_mask:
        levels = 255 - levels
    hole = holes.hole(levels)
    doubt = holes.doubt(hole, levels)
    if dilate:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, [2 * dilate + 1] * 2)
        hole = cv2.dilate(hole.astype(np.uint8), kernel) > 0
    picture = Picture(pixels, hole, None, doubt, said)
    return picture if edge is None else with_sketch(picture, image, edge, reading)


def with_sketch(picture, image, edge, reading):
    """The `Picture` with the sketch of a file; arguments as of `read`."""
    try:
        lines = images.read_channel(edge, reading.size, reading.max_pixels)
    except (MemoryError, cv2.error) as error:
        raise _too_large(image) from error
    _require_one_size(image, picture.image, edge, lines)
    return picture._replace(edge=lines)


def _too_large(image):
    return InputError(f"{image}: needs more memory than there is")


def _require_one_size(image, pixels, other, plane):
    if pixels.shape[:2] != plane.shape:
        raise InputError(
            f"{other} is {_size(plane)} but {image} is {_size(pixels)}: expected "
            "one size, or --image_height and --image_width to resize both to"
        )


def _size(array):
    height, width = array.shape[:2]
    return f"{width} × {height} pixels"

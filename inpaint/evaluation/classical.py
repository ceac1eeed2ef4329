"""Filling without a network, as baselines.

Telea, "An Image Inpainting Technique Based on the Fast Marching Method", 2004;
Bertalmio, Bertozzi, Sapiro, "Navier-Stokes, Fluid Dynamics, and Image and Video
Inpainting", 2001, both as OpenCV has them; and PatchMatch, see `patch_match`.
"""

from functools import partial

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.evaluation import patch_match

_RADIUS = 3  # pixels around a pixel to fill that count


def _by_opencv(flag, image, mask):
    known = np.where(mask[..., np.newaxis], np.uint8(0), image)
    return cv2.inpaint(known, mask.astype(np.uint8), _RADIUS, flag)


METHODS = {  # by name: functions of what `fill` takes
    "telea": partial(_by_opencv, cv2.INPAINT_TELEA),
    "navier_stokes": partial(_by_opencv, cv2.INPAINT_NS),
    "patch_match": patch_match.fill,
}


def fill(method, image, mask):
    """Fill the hole of a picture; known pixels come back byte for byte.

    Args:
      method: a name in `METHODS`.
      image: uint8 RGB `[H, W, 3]`.
      mask: bool `[H, W]`, True in the hole.

    Returns:
      uint8 RGB `[H, W, 3]`.

    Raises:
      InputError: if the hole covers all of the picture.

    Example:
      >>> image, mask = np.full((8, 8, 3), 9, np.uint8), np.zeros((8, 8), bool)
      >>> mask[2:4, 2:4] = True
      >>> bool((fill("telea", image, mask) == image)[~mask].all())
      True
    """
    if mask.all():
        raise InputError(f"the hole covers the whole picture: {method} needs pixels")
    return np.where(mask[..., np.newaxis], METHODS[method](image, mask), image)

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
    known = np.where(mask[..., np.newaxis], image.dtype.type(0), image)
    hole = mask.astype(np.uint8)
    if image.dtype == np.uint8:
        return cv2.inpaint(known, hole, _RADIUS, flag)
    planes = [cv2.inpaint(x, hole, _RADIUS, flag) for x in cv2.split(known)]
    return cv2.merge(planes)


def _by_patches(image, mask):
    if image.dtype == np.uint8:
        return patch_match.fill(image, mask)
    coarse = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return patch_match.fill(coarse, mask).astype(np.uint16) * 257


METHODS = {  # by name: functions of what `fill` takes
    "telea": partial(_by_opencv, cv2.INPAINT_TELEA),
    "navier_stokes": partial(_by_opencv, cv2.INPAINT_NS),
    "patch_match": _by_patches,
}


def fill(method, image, mask):
    """Fill the hole of a picture; known pixels come back byte for byte.

    Args:
      method: a name in `METHODS`.
      image: uint8 or uint16 RGB `[H, W, 3]`; of uint16 PatchMatch fills the hole with
        levels of 8 bits.
      mask: bool `[H, W]`, True in the hole.

    Returns:
      RGB `[H, W, 3]` of its type.

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

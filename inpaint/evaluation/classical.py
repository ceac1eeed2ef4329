"""Filling without a network: what OpenCV has, as baselines.

Telea, "An Image Inpainting Technique Based on the Fast Marching Method", 2004;
Bertalmio, Bertozzi, Sapiro, "Navier-Stokes, Fluid Dynamics, and Image and Video
Inpainting", 2001.
"""

import cv2
import numpy as np

METHODS = {"telea": cv2.INPAINT_TELEA, "navier_stokes": cv2.INPAINT_NS}

_RADIUS = 3  # pixels around a pixel to fill that count


def fill(method, image, mask):
    """Fill the hole of a picture; known pixels come back byte for byte.

    Args:
      method: a name in `METHODS`.
      image: uint8 RGB `[H, W, 3]`.
      mask: bool `[H, W]`, True in the hole.

    Returns:
      uint8 RGB `[H, W, 3]`. Where no pixel is known, OpenCV leaves the picture as it
      is; then the hole is black.
    """
    known = np.where(mask[..., np.newaxis], np.uint8(0), image)
    filled = cv2.inpaint(known, mask.astype(np.uint8), _RADIUS, METHODS[method])
    return np.where(mask[..., np.newaxis], filled, image)

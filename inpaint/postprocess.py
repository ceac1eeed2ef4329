"""Poisson blending of what was filled, after "Global&Local" §4.3 (SIGGRAPH 2017).

The hole is filled by fast marching (Telea 2004), which takes its colours from the rim,
and the network's picture is cloned into that seamlessly (Pérez, Gangnet, Blake 2003):
it keeps its gradients and takes on the rim's colours. Both are OpenCV's.
"""

import cv2
import numpy as np

_RADIUS = 1  # of fast marching, in pixels, as released
_ERODED = 3  # OpenCV clones what is left when so many pixels are off all round
_MARGIN = 4  # mirrored around, since OpenCV clones nothing at a picture's border


def blend(filled, mask):
    """A filled picture with the hole's colours fitted to its rim.

    Args:
      filled: `[H, W, 3]` uint8.
      mask: `[H, W]` bool, True in the hole.

    Returns:
      `[H, W, 3]` uint8; known pixels are those of `filled`, and all are where the hole
      is nowhere more than six pixels wide.

    Example: `blend(inpainter(image, mask), mask > 127)`.
    """
    source, hole = (
        np.pad(x, [(_MARGIN, _MARGIN)] * 2 + [(0, 0)] * (x.ndim - 2), "symmetric")
        for x in (filled, mask)
    )
    hole[[0, -1]] = hole[:, [0, -1]] = False
    hole = hole.astype(np.uint8) * 255
    if mask.all() or not cv2.erode(hole, None, iterations=_ERODED).any():
        return filled.copy()
    marched = cv2.inpaint(source, hole, _RADIUS, cv2.INPAINT_TELEA)
    left, top, width, height = cv2.boundingRect(hole)
    center = (left + width // 2, top + height // 2)
    cloned = cv2.seamlessClone(source, marched, hole, center, cv2.NORMAL_CLONE)
    cloned = cloned[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return np.where(mask[..., np.newaxis], cloned, filled)

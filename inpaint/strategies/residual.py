"""What scaling lost, copied from the known patches that the hole resembles.

A hole filled at a small size has no detail at full size. The picture's own detail is
its residual: what is left of it when the small picture, enlarged, is taken off. The
attention that was computed at the small size copies the residual of the attended
patches into the hole (contextual residual aggregation, Yi et al., CVPR 2020, arXiv
2005.09704, §3.2).
"""

from __future__ import annotations

from typing import Callable

import numpy as np

from inpaint.strategies.scaling import enlarged, padded_to

FEATURES = 4  # pixels of the small picture in a position of the features


def blocks_of(picture: np.ndarray, side: int) -> np.ndarray:
    """`[H, W, C]` as `[H/side, W/side, side·side·C]`, a copy."""
    height, width, channels = picture.shape
    rows, columns = height // side, width // side
    x = picture.reshape(rows, side, columns, side, channels)
    return x.transpose(0, 2, 1, 3, 4).reshape(rows, columns, -1)


def picture_of(blocks: np.ndarray, side: int) -> np.ndarray:
    """The picture whose `blocks_of` these are."""
    rows, columns, depth = blocks.shape
    x = blocks.reshape(rows, columns, side, side, depth // side**2)
    return x.transpose(0, 2, 1, 3, 4).reshape(rows * side, columns * side, -1)


def with_residual(
    copy: Callable, image: np.ndarray, mask: np.ndarray, small: np.ndarray, scale: int
) -> np.ndarray:
    """The small filled picture enlarged, with the residual of the attended patches.

    Args:
      copy: (values `[h/4, w/4, D]` float32) → the same, pasted where the hole is.
      image: `[H, W, C]`, the picture; sides are multiples of 4·scale.
      mask: `[H, W]` bool, True in the hole.
      small: `[H/scale, W/scale, C]` float32 levels, the filled small picture.
      scale: how much smaller it is.

    Returns:
      `[H, W, C]` float32 levels, meant for the hole.
    """
    base = enlarged(small, scale, mask.shape)
    residual = np.subtract(image, base, dtype=np.float32)
    residual[mask] = 0.0
    side = FEATURES * scale
    pasted = copy(blocks_of(residual, side))
    base += picture_of(pasted, side)
    return base


__all__ = ["blocks_of", "padded_to", "picture_of", "with_residual"]

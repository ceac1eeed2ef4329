"""What scaling lost, copied from the known patches that the hole resembles.

A hole filled at a small size has no detail at full size. The picture's own detail is
its residual: what is left of it when the small picture, enlarged, is taken off. Where
the attention pointed at the small size, the residual is taken from at full size
(contextual residual aggregation, Yi et al., CVPR 2020, arXiv 2005.09704, §3.2). There
the residual is the mean that the attention weighs; here it is that of the patch
attended most, since a mean of many patches, or of patches that overlap, has lost the
detail again (docs/large.md).
"""

from __future__ import annotations

import numpy as np

from inpaint.strategies.scaling import enlarged

POSITION = 8  # pixels of the small picture between positions of the attention


def with_residual(
    image: np.ndarray,
    mask: np.ndarray,
    small: np.ndarray,
    scale: int,
    offsets: np.ndarray,
) -> np.ndarray:
    """The small filled picture enlarged, with the residual of the attended patches.

    Args:
      image: `[H, W, C]`, the picture; sides are multiples of 8·scale.
      mask: `[H, W]` bool, True in the hole.
      small: `[H/scale, W/scale, C]` float32 levels, the filled small picture.
      scale: how much smaller it is.
      offsets: `[H/(8·scale), W/(8·scale), 2]` int32, rows and columns from each
        position to the one it attends to most; used where it touches the hole.

    Returns:
      `[H, W, C]` float32 levels, meant for the hole.
    """
    base = enlarged(small, scale, mask.shape)
    residual = np.subtract(image, base, dtype=np.float32)
    base += copied(residual, mask, offsets, POSITION * scale, feather=2 * scale)
    return base


def copied(
    residual: np.ndarray, mask: np.ndarray, offsets: np.ndarray, side: int, feather: int
) -> np.ndarray:
    """Blocks of a residual put where they are attended to, their seams feathered.

    What a block would take from the hole itself is left out.

    Args:
      residual: `[H, W, C]` float32.
      mask: `[H, W]` bool, where blocks are wanted.
      offsets: `[H/side, W/side, 2]` int32, in blocks.
      side: of a block, in pixels.
      feather: pixels that a block reaches into its neighbours, fading out.

    Returns:
      `[H, W, C]` float32, 0 far from the hole.
    """
    height, width, channels = residual.shape
    weights = _weights(side, feather)
    total = np.zeros([height, width, channels + 1], np.float32)
    blocks = mask.reshape(height // side, side, width // side, side).any((1, 3))
    for row, column in np.argwhere(blocks):
        down, along = offsets[row, column] * side
        top, left = row * side - feather, column * side - feather
        ends = []
        for start, shift, size in ((top, down, height), (left, along, width)):
            first = max(start, 0, -shift)
            last = min(start + side + 2 * feather, size, size - shift)
            ends.append((first, last, start, shift))
        (y, y_end, top, down), (x, x_end, left, along) = ends
        rows = slice(y + down, y_end + down)
        columns = slice(x + along, x_end + along)
        weight = weights[y - top : y_end - top, x - left : x_end - left, None]
        weight = weight * ~mask[rows, columns, None]
        source = residual[rows, columns]
        total[y:y_end, x:x_end, :-1] += weight * source
        total[y:y_end, x:x_end, -1:] += weight
    return total[..., :-1] / np.maximum(total[..., -1:], 1e-6)


def _weights(side, feather):
    """Of a block and its surroundings, `[side + 2·feather] * 2`: 1, fading to 0."""
    ramp = (np.arange(2 * feather, dtype=np.float32) + 0.5) / (2 * feather)
    line = np.concatenate([ramp, np.ones(side - 2 * feather, np.float32), ramp[::-1]])
    return line[:, None] * line[None, :]

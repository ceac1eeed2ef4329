"""A picture filled by a strategy: what `Inpainter` calls.

    exact     the published definition, the whole picture at once
    windows   window by window, each with bounded context (see `windows`)
    scaled    the holes at a smaller size, enlarged (see `scaling`)
    residual  the same, and the detail of the attended patches (see `residual`)

Beside `exact`, all work in windows, so that memory does not grow with the picture.
"""

from __future__ import annotations

from functools import partial
from typing import Callable, NamedTuple

import numpy as np

from inpaint.strategies import residual, scaling
from inpaint.strategies.choice import Plan
from inpaint.strategies.windows import Progress, fill_windows

CONTEXT = 96  # pixels that a window sees around its holes: docs/large.md
WINDOW = 512  # pixels, sides of a window


class Network(NamedTuple):
    """What a strategy needs of a generator; arrays in and out.

    Fields:
      fill: (images `[B, h, w, C]`, masks `[B, h, w]` bool, edges like masks or None) →
        the images, filled.
      copy: (image `[h, w, C]`, mask, edge, filled `[h, w, C]`, values `[h/4, w/4, D]`
        float32) → the values pasted where the hole is; sides are multiples of 8.
    """

    fill: Callable
    copy: Callable


def run(
    network: Network,
    plan: Plan,
    image: np.ndarray,
    mask: np.ndarray,
    edge: np.ndarray | None = None,
    context: int = CONTEXT,
    progress: Progress | None = None,
) -> np.ndarray:
    """Fill one picture as planned.

    Args:
      network: see `Network`.
      plan: of `choice.choose` for this mask.
      image: `[H, W, C]` uint8 or uint16.
      mask: `[H, W]` bool, True in the hole.
      edge: `[H, W]` bool or None.
      context: pixels that a window sees around its holes, at the size at which the
        network works.
      progress: (steps done, of how many), see `windows.fill_windows`.

    Returns:
      the filled picture; known pixels byte for byte.
    """
    if plan.strategy == "exact":
        edges = None if edge is None else edge[None]
        return network.fill(image[None], mask[None], edges)[0]
    if plan.scale == 1:
        return fill_windows(network.fill, image, mask, edge, context, WINDOW, progress)
    fill = partial(_shrunk_fill, network, plan)
    context, most = context * plan.scale, WINDOW * plan.scale
    if plan.strategy == "scaled":
        return fill_windows(fill, image, mask, edge, context, most, progress)
    deep = scaling.deep_holes(mask)
    shallow = mask & ~deep
    if shallow.any():
        image = fill_windows(
            network.fill, image, mask, edge, CONTEXT, WINDOW, progress, shallow
        )
    return fill_windows(fill, image, deep, edge, context, most, progress)


def _shrunk_fill(network, plan, images, masks, edges):
    """One window filled at 1/scale of its size; as `Network.fill`, of one picture."""
    image, mask = images[0], masks[0]
    edge = None if edges is None else edges[0]
    block = scaling.CELL * plan.scale
    planes = [
        None if x is None else scaling.padded_to(x, block) for x in (image, mask, edge)
    ]
    small = scaling.shrunk(*planes, plan.scale)
    small_edges = None if edge is None else small.edge[None]
    filled = network.fill(small.image[None], small.mask[None], small_edges)[0]
    if plan.strategy == "residual":
        copy = partial(network.copy, small.image, small.mask, small.edge, filled)
        large = residual.with_residual(
            copy, planes[0], planes[1], filled.astype(np.float32), plan.scale
        )
    else:
        large = scaling.enlarged(filled.astype(np.float32), plan.scale, planes[1].shape)
    levels = np.iinfo(image.dtype).max
    large = np.clip(np.rint(large[: mask.shape[0], : mask.shape[1]]), 0, levels)
    painted = np.where(mask[..., None], large.astype(image.dtype), image)
    return painted[None]

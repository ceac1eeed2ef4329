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
from inpaint.strategies.choice import Plan, far_holes
from inpaint.strategies.windows import Progress, fill_windows


class Network(NamedTuple):
    """What a strategy needs of a generator; arrays in and out.

    Fields:
      fill: (images `[B, h, w, C]`, masks `[B, h, w]` bool, edges like masks or None) →
        the images, filled.
      offsets: (images, masks, edges, the filled images) → `[B, h/8, w/8, 2]` int32,
        see `residual.with_residual`; sides are multiples of 8.
    """

    fill: Callable
    offsets: Callable


def run(
    network: Network,
    plan: Plan,
    image: np.ndarray,
    mask: np.ndarray,
    edge: np.ndarray | None = None,
    progress: Progress | None = None,
) -> np.ndarray:
    """Fill one picture as planned.

    Args:
      network: see `Network`.
      plan: of `choice.choose` for this mask.
      image: `[H, W, C]` uint8 or uint16.
      mask: `[H, W]` bool, True in the hole.
      edge: `[H, W]` bool or None.
      progress: (steps done, of how many): told before each step and at the end. A step
        is a window, or the whole picture.

    Returns:
      the filled picture; known pixels byte for byte.
    """
    if plan.strategy == "exact":
        return _whole(network.fill, image, mask, edge, progress)
    fill = partial(_shrunk_fill, network, plan)
    deep = far_holes(plan.strategy, plan.scale, mask)
    shallow = mask & ~deep
    near, far = plan.near, plan.far
    steps = len(near) + len(far)

    def told(before):
        return progress and (lambda done, _: progress(before + done, steps))

    if near:
        image = fill_windows(
            network.fill, image, mask, edge, near, told(0), wanted=shallow
        )
    if not far:
        return image
    return fill_windows(fill, image, deep, edge, far, told(len(near)))


def _whole(fill, image, mask, edge, progress):
    """The picture in one step."""
    if progress is not None:
        progress(0, 1)
    filled = fill(image[None], mask[None], None if edge is None else edge[None])[0]
    if progress is not None:
        progress(1, 1)
    return filled


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
    inputs = small.image[None], small.mask[None], small_edges
    filled = network.fill(*inputs)
    levels = filled[0].astype(np.float32)
    if plan.strategy == "residual":
        offsets = network.offsets(*inputs, filled)[0]
        large = residual.with_residual(
            planes[0], planes[1], levels, plan.scale, offsets
        )
    else:
        large = scaling.enlarged(levels, plan.scale, planes[1].shape)
    white = np.iinfo(image.dtype).max
    large = np.clip(np.rint(large[: mask.shape[0], : mask.shape[1]]), 0, white)
    painted = np.where(mask[..., None], large.astype(image.dtype), image)
    return painted[None]

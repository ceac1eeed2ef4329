"""A generator's calls: which are eager and which a graph, and how long they take."""

from __future__ import annotations

from functools import partial

import numpy as np
import tensorflow as tf

from inpaint import filling, strategies
from inpaint.graphs import GRAPH_PIXELS, WORTH_A_GRAPH, FirstEagerly
from inpaint.models.base import Generator

WORTH_AN_ESTIMATE = 20  # fills of 256×256


class Calls:
    """What `Inpainter` and its strategies call a generator for.

    Args:
      generator: a `inpaint.models.base.Generator`.

    Attributes:
      fill: `inpaint.filling.fill` of the generator.
      fill_in_detail: `inpaint.filling.fill_in_detail` of it.
      offsets: `inpaint.filling.offsets` of it.
    """

    def __init__(self, generator: Generator) -> None:
        self._guided = generator.takes_edge
        channels = generator.channels
        dtype = tf.float32 if channels == 1 else tf.uint8
        picture = tf.TensorSpec([None, None, None, channels], dtype)
        plane = tf.TensorSpec([None, None, None, 1], tf.bool)
        signature = [picture, plane] + [plane] * self._guided
        self.fill, self.fill_in_detail = (
            FirstEagerly(partial(function, generator), signature)
            for function in (filling.fill, filling.fill_in_detail)
        )
        signature.insert(2, picture)  # the filled one
        self.offsets = FirstEagerly(partial(filling.offsets, generator), signature)
        self._paces = {}

    def trace(self) -> None:
        """Makes the graph of `fill`; all of them are graphs from the first call on."""
        self.fill.trace()
        self.fill.never_eagerly()
        self.offsets.never_eagerly()

    def network(self, calls: int) -> strategies.Network:
        """What strategies need, for so many calls in a row."""
        fill = self.fill.in_a_row(calls)

        def filled(images, masks, edges):
            return fill(images, *_with_channels(masks, edges)).numpy()

        def offsets(images, masks, edges, filled):
            mask, *edge = _with_channels(masks, edges)
            return self.offsets(images, mask, filled, *edge).numpy()

        return strategies.Network(filled, offsets)

    def estimate(
        self, plan: strategies.Plan, mask: np.ndarray
    ) -> strategies.Estimate | None:
        """What a plan for a mask, bool `[H, W]`, will take; None where it is little.

        The pace is measured once each for eager calls and for the graph's, by filling
        small pictures.
        """
        if strategies.fills(plan, mask) < WORTH_AN_ESTIMATE:
            return None
        large = plan.strategy == "exact" and mask.size > GRAPH_PIXELS
        if large or plan.calls >= WORTH_A_GRAPH:
            self.fill.trace()  # the fill is going to
        eager = not self.fill.traced
        if eager not in self._paces:
            fill = self.fill.eagerly if eager else self.fill
            self._paces[eager] = strategies.measured_pace(
                partial(self._trial, fill), 512 if eager else 256
            )
        return strategies.estimate(plan, mask, self._paces[eager])

    def _trial(self, fill, image, mask):
        """`fill` of one picture, `[H, W, 3]`; what it paints is not looked at."""
        plane = mask[np.newaxis, ..., np.newaxis]
        fill(image[np.newaxis], *[plane] * (1 + self._guided)).numpy()


def _with_channels(masks, edges):
    """Those planes that there are, `[B, H, W, 1]` of `[B, H, W]`."""
    return [plane[..., np.newaxis] for plane in (masks, edges) if plane is not None]

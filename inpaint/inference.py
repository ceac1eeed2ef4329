"""Filling holes in pictures: uint8 RGB in, uint8 RGB out."""

import threading
import warnings
from functools import partial
from typing import NamedTuple, Optional

import numpy as np
import tensorflow as tf

from inpaint import checkpoints
from inpaint.errors import InputError, MaskWarning
from inpaint.filling import EDGE_THRESHOLD, fill, fill_in_detail
from inpaint.pictures import arrays, holes


class Details(NamedTuple):
    """What the networks made of a picture: uint8 RGB, all of the picture's size."""

    completed: np.ndarray
    coarse: np.ndarray  # the first stage's answer, whole picture
    refined: np.ndarray  # the second stage's answer, whole picture
    # where attention points, hue is direction, colour is distance; None without one
    offsets: Optional[np.ndarray]


class Inpainter:
    """Fills the holes of photographs with a DeepFill generator.

        from inpaint.pictures.images import read_image, read_mask, write_image

        inpainter = Inpainter.load("model_logs/release_places2_256")
        completed = inpainter(read_image("photo.png"), read_mask("mask.png"))
        write_image("completed.png", completed)

    The first call runs eagerly, operation by operation, since TensorFlow takes longer
    to make a graph than to fill a picture. The second call makes one graph for
    pictures of any size and number, which later calls use: they agree but for float
    rounding. `trace` makes it at once.

    The result has the size of the input: where a side is no multiple of 8 the picture
    is padded by mirroring at the bottom and right and cut back (the original crops it
    instead). Known pixels come back byte for byte. Safe to call from several threads.

    Args:
      generator: a `inpaint.models.base.Generator`.
      edge_threshold: share of 255 above which a sketch's pixel is an edge.
    """

    def __init__(self, generator, edge_threshold=EDGE_THRESHOLD):
        self.generator = generator
        self.edge_threshold = edge_threshold
        picture = tf.TensorSpec([None, None, None, 3], tf.uint8)
        plane = tf.TensorSpec([None, None, None, 1], tf.bool)
        signature = [picture, plane] + [plane] * self.guided
        self._fill, self._fill_in_detail = (
            _FirstEagerly(partial(function, generator), signature)
            for function in (fill, fill_in_detail)
        )

    @classmethod
    def load(
        cls,
        path=None,
        padding="same",
        edge_threshold=None,
        attention_memory=384,
        precision="float32",
    ):
        """An Inpainter with the weights of a checkpoint or export.

        Args:
          path: a checkpoint of the original release (folder or prefix), an export of
            `inpaint export` or a `.weights.h5` file. What network it holds is read
            from its variables. None: the weights that come with the package.
          padding: of the convolutions, as the network was trained, where the file
            does not tell.
          edge_threshold: see `Inpainter`; None is the file's, or 0.6.
          attention_memory: megabytes that the attention's scores may take at a time.
          precision: "float32" or "bfloat16", whatever Keras's global policy is.
            bfloat16 is faster on processors that multiply it; docs/performance.md
            says how far its levels are off.

        Raises:
          InputError: if the path holds no readable checkpoint of a known network, or
            the precision is neither.
        """
        stored = checkpoints.open_stored(path)
        generator = checkpoints.generator_from(stored, padding, precision)
        if generator.attention is not None:
            generator.attention.scratch_bytes = attention_memory * 2**20
        if edge_threshold is None:
            edge_threshold = stored.edge_threshold
        if edge_threshold is None:
            edge_threshold = EDGE_THRESHOLD
        return cls(generator, edge_threshold)

    @property
    def guided(self):
        """Whether the network takes a sketch."""
        return self.generator.guided

    def trace(self):
        """Make the graph now, where many pictures are to come."""
        self._fill.trace()

    def __call__(self, image, mask, edge=None, return_details=False):
        """Fill the holes of one picture or of a batch.

        Args:
          image: uint8 RGB `[H, W, 3]`, RGBA `[H, W, 4]` (alpha is handed back as it
            is), grey `[H, W]`, `[H, W, 1]` or, with alpha, `[H, W, 2]` (handed back
            grey), or a batch of either, `[B, H, W, …]`; or a picture of Pillow's,
            whose palette or CMYK becomes RGB.
          mask: hole where True, 1 or 255 (above 127): `[H, W]` or `[H, W, 1]` for
            all pictures, or `[B, H, W]`, `[B, H, W, 1]`, one each. Of uint8 colours,
            3 or 4 channels, the brightest counts: the rule is that of
            `inpaint.pictures.holes`, for files too.
          edge: the sketch of a guided network, shaped and valued like the mask, an
            edge above 0.6·255; only what lies in the hole is used.
          return_details: also return what the stages made.

        Returns:
          uint8, shaped like `image`; or `Details` of such arrays (always RGB but for
          `completed`).

        Warns:
          MaskWarning: the mask has no hole, or looks inverted or like a photograph.

        Raises:
          InputError: if shapes or types do not fit, or a sketch is missing or one
            too many.
        """
        image = arrays.as_array(image, "image")
        pictures, single = arrays.as_batch(image)
        shape = pictures.shape[:3]
        if self.guided != (edge is not None):
            raise InputError(
                "this network is guided: it needs an edge"
                if self.guided
                else "this network is not guided: it takes no edge"
            )
        mask = arrays.as_array(mask, "mask")
        hole, levels = arrays.as_planes(mask, shape, "mask", 0.5)
        planes = [hole]
        if self.guided:
            edge = arrays.as_array(edge, "edge")
            planes += arrays.as_planes(edge, shape, "edge", self.edge_threshold)[:1]
        doubt = holes.doubt(hole, levels)
        if doubt:
            warnings.warn(f"the mask {doubt}", MaskWarning, stacklevel=2)
        if not hole.any() and not return_details:
            return pictures.reshape(image.shape).copy()

        rgb = arrays.in_colour(pictures)
        if not return_details:
            filled = self._fill(rgb, *planes).numpy()
            return arrays.like(pictures, filled, hole).reshape(image.shape)
        filled, *others = self._fill_in_detail(rgb, *planes)
        completed = arrays.like(pictures, filled.numpy(), hole).reshape(image.shape)
        others = (x if x is None else x.numpy() for x in others)
        return Details(
            completed, *(x[0] if single and x is not None else x for x in others)
        )


class _FirstEagerly:
    """A function of tensors that runs eagerly when first called, then as a graph."""

    def __init__(self, function, signature):
        self._function = function
        self._first = threading.Lock()  # taken by the first call, for good
        self.graph = tf.function(function, signature, autograph=False)

    def __call__(self, *arrays):
        if self._first.acquire(blocking=False):
            return self._function(*map(tf.convert_to_tensor, arrays))
        return self.graph(*arrays)

    def trace(self):
        self._first.acquire(blocking=False)
        self.graph.get_concrete_function()

"""Filling holes in pictures: uint8 RGB in, uint8 RGB out."""

import threading
import warnings
from functools import partial
from typing import NamedTuple, Optional

import cv2
import numpy as np
import tensorflow as tf

from inpaint import checkpoints
from inpaint.errors import InputError
from inpaint.filling import EDGE_THRESHOLD, fill, fill_in_detail


class Details(NamedTuple):
    """What the networks made of a picture: uint8 RGB, all of the picture's size."""

    completed: np.ndarray
    coarse: np.ndarray  # the first stage's answer, whole picture
    refined: np.ndarray  # the second stage's answer, whole picture
    # where attention points, hue is direction, colour is distance; None without one
    offsets: Optional[np.ndarray]


class Inpainter:
    """Fills the holes of photographs with a DeepFill generator.

        inpainter = Inpainter.load("model_logs/release_places2_256")
        completed = inpainter(image, mask)

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
            `inpaint export`, a `.weights.h5` file, a file of PyTorch, safetensors,
            Torch7 or Keras that docs/weights.md lists, or `hf://USER/REPO[@REVISION]`
            on a model hub. What network it holds is read from its variables. None:
            the weights that come with the package.
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
            is), grey `[H, W]` or `[H, W, 1]` (handed back grey), or a batch of
            either, `[B, H, W, …]`.
          mask: hole where True, 1 or 255 (above 127): `[H, W]` or `[H, W, 1]` for
            all pictures, or `[B, H, W]`, `[B, H, W, 1]`, one each.
          edge: the sketch of a guided network, shaped and valued like the mask, an
            edge above 0.6·255; only what lies in the hole is used.
          return_details: also return what the stages made.

        Returns:
          uint8, shaped like `image`; or `Details` of such arrays (always RGB but for
          `completed`).

        Raises:
          InputError: if shapes or types do not fit, or a sketch is missing or one
            too many.
        """
        image = np.asarray(image)
        pictures, single = _as_batch(image)
        shape = pictures.shape[:3]
        if self.guided != (edge is not None):
            raise InputError(
                "this network is guided: it needs an edge"
                if self.guided
                else "this network is not guided: it takes no edge"
            )
        planes = [_as_planes(mask, shape, "mask", 127.5)]
        if self.guided:
            planes.append(_as_planes(edge, shape, "edge", 255.0 * self.edge_threshold))
        hole = planes[0]
        if not hole.any():
            warnings.warn("the mask has no hole: nothing to fill", stacklevel=2)
            if not return_details:
                return image.copy()

        rgb = pictures[..., :3] if pictures.shape[-1] > 1 else pictures.repeat(3, -1)
        if not return_details:
            filled = self._fill(rgb, *planes).numpy()
            return _like(pictures, filled, hole).reshape(image.shape)
        filled, *others = self._fill_in_detail(rgb, *planes)
        completed = _like(pictures, filled.numpy(), hole).reshape(image.shape)
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


def _as_batch(image):
    """`[B, H, W, 1, 3 or 4]` uint8 from any accepted shape; whether it was single."""
    accepted = "[H, W], [H, W, 1, 3 or 4], [B, H, W] or [B, H, W, 1, 3 or 4]"
    if image.dtype != np.uint8:
        raise InputError(f"image: expected uint8, got {image.dtype}")
    if image.size == 0 or not 2 <= image.ndim <= 4:
        raise InputError(f"image: expected {accepted}, got {list(image.shape)}")
    channels_last = image.ndim > 2 and image.shape[-1] in (1, 3, 4)
    batch = image if channels_last else image[..., np.newaxis]
    if image.ndim == 4 and not channels_last:
        raise InputError(f"image: expected {accepted}, got {list(image.shape)}")
    single = batch.ndim == 3
    return (batch[np.newaxis] if single else batch), single


def _as_planes(mask, shape, name, level):
    """bool `[1 or B, H, W, 1]` from bool, 0/1 or 0/255 of any accepted shape."""
    mask = np.asarray(mask)
    batch, height, width = shape
    accepted = {
        (height, width),
        (height, width, 1),
        (1, height, width),
        (1, height, width, 1),
        (batch, height, width),
        (batch, height, width, 1),
    }
    if mask.shape not in accepted or mask.dtype.kind not in "buif":
        raise InputError(
            f"{name}: expected [H, W], [H, W, 1], [B, H, W] or [B, H, W, 1] of the "
            f"image's {batch} × {height} × {width} pixels, bool or numbers; got "
            f"{mask.dtype} {list(mask.shape)}"
        )
    if mask.dtype != bool:
        # Resizing may carry a mask of 0 … 1 a little above 1.
        mask = mask > (level if mask.max() > 2 else level / 255.0)
    return mask.reshape(-1, height, width, 1)


def _like(pictures, filled, hole):
    """The filled RGB with the channels that the pictures have."""
    channels = pictures.shape[-1]
    if channels == 3:
        return filled
    if channels == 4:
        return np.concatenate([filled, pictures[..., 3:]], axis=-1)
    grey = np.stack([cv2.cvtColor(x, cv2.COLOR_RGB2GRAY) for x in filled])
    return np.where(hole, grey[..., np.newaxis], pictures)

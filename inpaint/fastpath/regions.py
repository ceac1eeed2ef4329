"""Regions of pictures, receptive fields of parts of a network, bands.

A part of a network is a stack of convolution layers that know the input rows of an
output row (`input_range`). So a part can run on a region of the picture: what lies its
receptive field inside the region, or at the picture's own border, comes out as from
the whole picture, to float rounding. Regions begin at multiples of 8 pixels, where
all strides begin anew. Kernels are square: what holds for rows holds for columns.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from inpaint.tensors import SIZE_MULTIPLE


class Stack(NamedTuple):
    """Some layers of a part, one after the other."""

    layers: Any

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def input_range(part, first, last):
    """The input rows of a part's output rows `first` … `last`: its receptive field."""
    for layer in reversed(part.layers):
        first, last = layer.input_range(first, last)
    return first, last


def receptive_margin(part, scale_in=1, scale_out=1):
    """How far beyond its own position an output sees the input, in picture pixels.

    Args:
      part: a Keras model or a `Stack`, its `layers` convolutions.
      scale_in, scale_out: picture pixels in a pixel of its input and output.

    Returns:
      int, a multiple of 8.
    """
    first, last = input_range(part, 0, SIZE_MULTIPLE // scale_out - 1)
    halo = max(-first, last + 1 - SIZE_MULTIPLE // scale_in) * scale_in
    return -(-halo // SIZE_MULTIPLE) * SIZE_MULTIPLE


class Region(NamedTuple):
    """A rectangle of a picture, in pixels: int32 scalars; ends excluded.

    Example:
      >>> Region(8, 16, 0, 8).grown(4, size=(64, 64)).top.numpy().tolist()
      4
      >>> print(Region(8, 16, 0, 8).cut(tf.zeros([1, 64, 64, 3])).shape)
      (1, 8, 8, 3)
    """

    top: Any
    bottom: Any
    left: Any
    right: Any

    @classmethod
    def whole(cls, size):
        """All of a picture of `size`, (H, W)."""
        return cls(0, size[0], 0, size[1])

    def grown(self, pixels, size):
        """With so many more pixels all round, as far as the picture goes."""
        return Region(
            tf.maximum(self.top - pixels, 0),
            tf.minimum(self.bottom + pixels, size[0]),
            tf.maximum(self.left - pixels, 0),
            tf.minimum(self.right + pixels, size[1]),
        )

    def cut(self, x, scale=1, origin=None):
        """This region of `[B, H, W, C]`.

        Args:
          x: of the picture, or of the region `origin` of it.
          scale: picture pixels in a pixel of `x`.
          origin: a Region, or None for the whole picture.
        """
        top, left = (0, 0) if origin is None else (origin.top, origin.left)
        return x[
            :,
            (self.top - top) // scale : (self.bottom - top) // scale,
            (self.left - left) // scale : (self.right - left) // scale,
        ]

    def put(self, x, size):
        """A picture of `size` with `x` in this region, zeros elsewhere."""
        rows = [self.top, size[0] - self.bottom]
        columns = [self.left, size[1] - self.right]
        return tf.pad(x, [[0, 0], rows, columns, [0, 0]])


def around(mask):
    """The smallest Region that holds all holes of a batch, at least 8×8.

    It begins at multiples of 8, and ends there or with the picture.

    Args:
      mask: `[B, H, W, 1]` float, 1 in the hole.
    """
    ends = []
    for axes in ([0, 2, 3], [0, 1, 3]):
        occupied = tf.reduce_max(mask, axis=axes) > 0.5  # [H] or [W]
        size = tf.size(occupied)
        first = tf.argmax(occupied, output_type=tf.int32)
        last = size - 1 - tf.argmax(occupied[::-1], output_type=tf.int32)
        last = tf.maximum(tf.where(tf.reduce_any(occupied), last, 0), first)
        ends += [
            first // SIZE_MULTIPLE * SIZE_MULTIPLE,
            tf.minimum((last // SIZE_MULTIPLE + 1) * SIZE_MULTIPLE, size),
        ]
    return Region(*ends)


def in_bands(part, x, scale_in, scale_out, pixels, required=None):
    """A part's output, computed in chunks so that memory is bounded.

    A chunk is as many whole samples as there is room for or, where there is none for
    one, a band of a sample's rows.

    Args:
      part: a Keras model or a `Stack`, its `layers` convolutions; or, with
        `required`, an `active_tiles.TrailingLayers`, whose second argument it is.
      x: `[B, h, w, C]`.
      scale_in, scale_out: see `receptive_margin`.
      pixels: picture pixels in a chunk, about, a band's halo not counted. A band is no
        narrower than its halo.
      required: `[B or 1, H, W, 1]`, as large as the output; or None.

    Returns:
      as `part(x)`.
    """
    halo = receptive_margin(part, scale_in, scale_out) // scale_in
    batch, height, width, _ = tf.unstack(tf.shape(x))
    room = pixels // scale_in**2
    unit = SIZE_MULTIPLE // scale_in
    samples = tf.clip_by_value(room // (height * width), 1, batch)
    band = tf.maximum(room // width // unit * unit, max(2 * halo, unit))
    band = tf.minimum(band, height)
    bands = -(-height // band)
    count = -(-batch // samples) * bands
    if required is not None:
        required += tf.zeros([batch, 1, 1, 1])

    def out(rows):
        return rows * scale_in // scale_out

    def step(i, chunks):
        sample, top = i // bands * samples, i % bands * band
        bottom = tf.minimum(top + band, height)
        first = tf.maximum(top - halo, 0)
        last = tf.minimum(bottom + halo, height)
        here = slice(sample, sample + samples)
        if required is None:
            y = part(x[here, first:last])
        else:
            y = part(x[here, first:last], required[here, out(first) : out(last)])
        y = y[:, out(top - first) : out(bottom - first)]
        return i + 1, chunks.write(i, tf.reshape(y, [-1, out(width), channels]))

    last_layer = part.layers[-1]
    channels = last_layer.output_channels
    chunks = tf.TensorArray(
        last_layer.compute_dtype,
        count,
        infer_shape=False,
        element_shape=[None, None, channels],
    )
    _, chunks = tf.while_loop(
        lambda i, _: i < count, step, (0, chunks), parallel_iterations=1
    )
    return tf.reshape(chunks.concat(), [batch, out(height), out(width), channels])

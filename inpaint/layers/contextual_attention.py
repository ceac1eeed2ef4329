"""Contextual attention, "Generative Image Inpainting with Contextual Attention" §4.

Every patch of the foreground is repainted as a softmax-weighted sum of background
patches, compared by cosine similarity; `inpaint.layers.attention` has the algorithms.
"""

import keras
import tensorflow as tf

from inpaint.layers import portability
from inpaint.layers.attention import batched, portable, streaming


@keras.utils.register_keras_serializable(package="inpaint")
class ContextualAttention(keras.layers.Layer):
    """Paints the foreground with the background patches that resemble it.

    Computed in float32 whatever the layer's dtype.

    Args:
      kernel_size: side of the compared patches, odd.
      rate: the features are compared at 1/rate of their size; pasted patches are
        2·rate wide.
      fuse: whether neighbouring positions are made to attend to neighbouring patches
        (§4.2, "attention propagation").
      fuse_kernel_size: reach of that propagation, odd.
      softmax_scale: factor on the scores before the softmax.
      scratch_bytes: about how much memory the streaming form may use for scores.
      portable: compute with operations that other runtimes have, without loops and
        branches, in inference, as within `portable_operations`; all shapes must be
        known when the graph is made.
        Else inference goes tile by tile. Training, which keeps the scores for the
        gradient anyway, computes the whole batch at once.

    Call arguments:
      foreground: `[B, h, w, C]` float features to repaint.
      background: `[B, h', w', C]` float features to paint with.
      mask: `[B, h', w', 1]` (or `[1, h', w', 1]` for all), 1 where the background
        must not be used (the hole); None uses all of it.
      required: `[⌈h/rate⌉, ⌈w/rate⌉]` bool, the positions to compute, None for all;
        elsewhere nothing is pasted and the offsets are undefined.
      with_offsets: False lets the form that goes tile by tile return None for them.

    Returns:
      (output, offsets): output like `foreground`; offsets int32
      `[B, ⌈h/rate⌉, ⌈w/rate⌉, 2]`, how many (rows, columns) away the most attended
      patch lies.

    Reference:
      Yu et al., CVPR 2018, arXiv 1801.07892, §4. As released: a masked patch still
      adds exp(0) to the softmax's denominator, and overlaps are divided by 4
      whatever the rate.

    Example:
      >>> features, hole = tf.zeros([1, 16, 24, 8]), tf.zeros([1, 16, 24, 1])
      >>> output, offsets = ContextualAttention()(features, features, hole)
      >>> print(output.shape, offsets.shape)
      (1, 16, 24, 8) (1, 8, 12, 2)
    """

    def __init__(
        self,
        kernel_size=3,
        rate=2,
        fuse=True,
        fuse_kernel_size=3,
        softmax_scale=10.0,
        scratch_bytes=384 * 2**20,
        portable=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.supports_jit = False  # XLA has no gradient of the corner-aligned resize
        for name, size in (
            ("kernel_size", kernel_size),
            ("fuse_kernel_size", fuse_kernel_size),
        ):
            if size < 1 or size % 2 == 0:
                raise ValueError(f"`{name}` must be odd. Received: {size!r}")
        if rate < 1:
            raise ValueError(f"`rate` must be at least 1. Received: {rate!r}")
        self.kernel_size = kernel_size
        self.rate = rate
        self.fuse = fuse
        self.fuse_kernel_size = fuse_kernel_size
        self.softmax_scale = softmax_scale
        self.scratch_bytes = scratch_bytes
        self.portable = portable

    def call(
        self,
        foreground,
        background,
        mask=None,
        required=None,
        with_offsets=True,
        training=None,
    ):
        dtype = foreground.dtype
        arguments = (
            tf.cast(foreground, tf.float32),
            tf.cast(background, tf.float32),
            None if mask is None else tf.cast(mask, tf.float32),
            self,
        )
        if required is None and training:
            output, offsets = batched.attend(*arguments)
        elif required is None and (self.portable or portability.wanted()):
            output, offsets = portable.attend(*arguments)
        else:
            output, offsets = streaming.attend(*arguments, required, with_offsets)
        output.set_shape(foreground.shape)
        return tf.cast(output, dtype), offsets

    def compute_mask(self, *_, **__):
        """`mask` is the hole, not Keras's mask of timesteps: it is not propagated."""

    def get_config(self):
        config = super().get_config()
        config.update(
            kernel_size=self.kernel_size,
            rate=self.rate,
            fuse=self.fuse,
            fuse_kernel_size=self.fuse_kernel_size,
            softmax_scale=self.softmax_scale,
            scratch_bytes=self.scratch_bytes,
            portable=self.portable,
        )
        return config

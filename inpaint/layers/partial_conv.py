"""Partial convolution: known features only, scaled by their share of the window.

"Image Inpainting for Irregular Holes Using Partial Convolutions", Liu, Reda, Shih,
Wang, Tao, Catanzaro, ECCV 2018, arXiv 1804.07723, §3.1; the border's rule is that of
"Partial Convolution based Padding", arXiv 1811.11718. As NVIDIA's layer with a mask of
as many channels as the features. Tensors are `[B, H, W, C]`; masks are **1 where known
and 0 in the hole**, as in the paper and unlike in the rest of the package.
"""

import keras
import tensorflow as tf

from inpaint.layers.conv_arguments import check_positive

_TINY = 1e-8  # added to the known share of a window


@keras.utils.register_keras_serializable(package="inpaint")
class PartialConv2D(keras.layers.Layer):
    """A convolution of the known features only, scaled by their share of each window.

    y = W·(x ⊙ m)·N / Σm + b where a window holds anything known, and 0, not b, where
    it does not; N is the size of a window, Σm how much of it is known.
    The padding counts as hole, so even in a picture without holes what is computed at
    the border is scaled up. Masks have no gradient. Since the new mask has one value a
    position, a mask is one channel, and a window's sum one box filter of it.

    Args:
      filters: channels of the output.
      kernel_size: side of the square kernel, odd.
      strides: the same in both directions.
      dilation_rate: the same in both directions.
      use_bias: whether there is a b.
      kernel_initializer: of W.

    Call arguments:
      inputs: `[B, H, W, C]` float; or a tuple of such features, convolved as if
        concatenated, each with a mask of its own.
      known: the mask, 1 where known: `[B or 1, H, W, 1]`, or `[B or 1, H, W, C]` with
        a plane for each channel; a tuple where `inputs` is one; None: all is known.

    Returns:
      (features, mask): `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters]`, and the new mask of
      one channel, 1 where the window holds anything known.

    Example:
      >>> x, known = tf.ones([1, 8, 8, 3]), tf.zeros([1, 8, 8, 1])
      >>> features, known = PartialConv2D(4, use_bias=True)(x, known)
      >>> float(tf.reduce_max(tf.abs(features)))  # nothing known: 0, not the bias
      0.0
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation_rate=1,
        use_bias=False,
        kernel_initializer="he_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("filters", filters),
            ("kernel_size", kernel_size),
            ("strides", strides),
            ("dilation_rate", dilation_rate),
        ):
            check_positive(name, value)
        if kernel_size % 2 == 0:
            raise ValueError(f"`kernel_size` must be odd. Received: {kernel_size!r}")
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        shapes = input_shape if _is_several(input_shape) else [input_shape]
        size = self.kernel_size
        self.kernel = self.add_weight(
            name="kernel",
            shape=(size, size, sum(shape[-1] for shape in shapes), self.filters),
            initializer=self.kernel_initializer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.filters,), initializer="zeros"
            )
        self.built = True

    def call(self, inputs, known=None):
        several = isinstance(inputs, (tuple, list))
        parts = list(inputs) if several else [inputs]
        masks = list(known) if several and known is not None else [known] * len(parts)
        masks = [
            tf.ones_like(part[:1, ..., :1]) if mask is None else mask
            for part, mask in zip(parts, masks)
        ]
        x = tf.concat(
            [part * tf.cast(mask, part.dtype) for part, mask in zip(parts, masks)], -1
        )
        count, values = 0.0, 0  # of what is known at a position, of all its channels
        for part, mask in zip(parts, masks):
            planes = tf.reduce_sum(tf.cast(mask, tf.float32), -1, keepdims=True)
            count += planes * (part.shape[-1] // mask.shape[-1])
            values += part.shape[-1]
        count = tf.stop_gradient(self._convolved(count, self._box()))
        new_mask = tf.minimum(count, 1.0)
        ratio = self.kernel_size**2 * values / (count + _TINY) * new_mask
        y = self._convolved(x, tf.cast(tf.convert_to_tensor(self.kernel), x.dtype))
        y *= tf.cast(ratio, y.dtype)
        if self.bias is not None:
            bias = tf.cast(tf.convert_to_tensor(self.bias), y.dtype)
            y += bias * tf.cast(new_mask, y.dtype)
        return y, new_mask

    def _box(self):
        return tf.ones([self.kernel_size, self.kernel_size, 1, 1])

    def _convolved(self, x, kernel):
        """With zeros around, as many on either side whatever the strides."""
        edge = [self.dilation_rate * (self.kernel_size // 2)] * 2
        x = tf.pad(x, [[0, 0], edge, edge, [0, 0]])
        # Unlike conv2d, this has a gradient of dilated convolutions on any device.
        return tf.nn.convolution(
            x, kernel, self.strides, "VALID", dilations=self.dilation_rate
        )

    def compute_mask(self, *_, **__):
        """The new mask is an output, and no mask of timesteps: none is propagated."""

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            use_bias=self.use_bias,
            kernel_initializer=keras.initializers.serialize(self.kernel_initializer),
        )
        return config


def _is_several(shape):
    return isinstance(shape[0], (tuple, list, tf.TensorShape))

"""Gated convolution, "Free-Form Image Inpainting with Gated Convolution" §3.1.

One convolution makes features and gates together (equation 2 there, with the two
weight sets stacked): output = φ(features) · σ(gates), so a layer with `filters`
filters hands on `filters / 2` channels. Tensors are `[B, H, W, C]`.
"""

import keras
import tensorflow as tf

from inpaint.layers.plain_conv import PlainConv2D, PlainUpsample2D


@tf.custom_gradient
def elu_gate(x):
    """elu(features) · σ(gates), `[B, H, W, filters // 2]`, sparing of memory.

    With y the output and s = σ(gates), y ≤ 0 means elu(features) = y / s and so
    elu'(features) = y / s + 1. Hence ∂/∂features is s where y > 0, y + s elsewhere,
    and ∂/∂gates is y·(1 − s): besides y, which the next layer keeps anyway, only s has
    to be kept for the gradient, neither features nor gates.
    """
    features, gates = tf.split(x, 2, axis=-1)
    s = tf.sigmoid(gates)
    y = tf.nn.elu(features) * s

    def gradient(dy):
        with tf.control_dependencies([dy]):  # not during the forward pass already
            slope = tf.where(y > 0, s, y + s)
            return tf.concat([dy * slope, dy * (y * (1.0 - s))], axis=-1)

    return y, gradient


@keras.utils.register_keras_serializable(package="inpaint")
class GatedConv2D(PlainConv2D):
    """2-D convolution whose output is gated by its own second half.

    Args:
      filters: filters of the convolution, features and gates together: even. The
        layer returns `filters // 2` channels. As in the release, 3 filters (the
        layer that paints RGB) or `activation=None` make a plain convolution that
        returns all its channels, without activation.
      kernel_size, strides, dilation_rate, padding: see `PlainConv2D`.
      activation: φ, a Keras activation; "elu" in the paper's networks.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters // 2]` (`filters` where plain).

    Reference:
      Yu et al., ICCV 2019, arXiv 1806.03589, §3.1.
    """

    def __init__(self, filters, *args, **kwargs):
        super().__init__(filters, *args, **kwargs)
        self.gated = self.activation is not None and filters != 3
        if self.gated and filters % 2:
            raise ValueError(
                f"`filters` of a gated convolution must be even. Received: {filters!r}"
            )

    def activated(self, convolve, training=None):
        kernel, bias = map(tf.convert_to_tensor, (self.kernel, self.bias))
        if not self.gated:
            return convolve(kernel, bias)
        if training and self.activation is keras.activations.elu:
            return elu_gate(convolve(kernel, bias))
        # Convolved apart, so that each convolution adds its bias and activates its
        # features by itself, and none of their channels are copied.
        features, gates = zip(tf.split(kernel, 2, axis=-1), tf.split(bias, 2))
        return self.activation(convolve(*features)) * tf.sigmoid(convolve(*gates))

    @property
    def channels(self):
        return self.filters // 2 if self.gated else self.filters


@keras.utils.register_keras_serializable(package="inpaint")
class GatedUpsample2D(PlainUpsample2D):
    """Nearest-neighbour ×2, then a 3×3 gated convolution.

    The inner convolution is named `NAME_conv`, as in the release.

    Args:
      filters, padding, activation: of the gated convolution.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters // 2]`.
    """

    convolution_type = GatedConv2D

"""Gated convolution, "Free-Form Image Inpainting with Gated Convolution" §3.1.

One convolution makes features and gates together (equation 2 there, with the two
weight sets stacked): output = φ(features) · σ(gates), so a layer with `filters`
filters hands on `filters / 2` channels. Tensors are `[B, H, W, C]`.
"""

import keras
import tensorflow as tf

from inpaint.layers.plain_conv import PlainConv2D, PlainUpsample2D, convolve


def gated(x, kernel, bias, options, activation):
    """φ(features) · σ(gates), `[B, H', W', filters // 2]`.

    Features and gates are convolved apart, so that each convolution adds its bias and
    activates its features by itself, and none of their channels are copied.

    Args:
      x: `[B, H, W, C]`.
      kernel, bias: of the features, then of the gates.
      options: see `PlainConv2D.activated`.
      activation: φ.

    Returns:
      The product, and σ(gates).
    """
    features, gates = zip(tf.split(kernel, 2, axis=-1), tf.split(bias, 2))
    s = tf.sigmoid(convolve(x, *gates, options))
    return activation(convolve(x, *features, options)) * s, s


def elu_gated(x, kernel, bias, options):
    """`gated` with φ = ELU, for training: its gradient is sparing of memory and time.

    With y the output and s = σ(gates), y ≤ 0 means elu(features) = y / s and so
    elu'(features) = y / s + 1. Hence ∂/∂features is s where y > 0, y + s elsewhere,
    and ∂/∂gates is y·(1 − s): besides y, which the next layer keeps anyway, only s has
    to be kept for the gradient, neither features nor gates. The convolution's own
    gradient takes both halves at once.
    """
    strides, padding, dilation_rate = options
    along = {
        "strides": [1, strides, strides, 1],
        "padding": padding,
        "dilations": [1, dilation_rate, dilation_rate, 1],
    }

    @tf.custom_gradient
    def compute(x, kernel, bias):
        y, s = gated(x, kernel, bias, options, tf.nn.elu)

        def gradient(dy):
            with tf.control_dependencies([dy]):  # not during the forward pass already
                slope = s + tf.minimum(y, 0)
                share = dy * y
                slopes = tf.concat([dy * slope, share - share * s], axis=-1)
            return (
                tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(x),
                    filter=kernel,
                    out_backprop=slopes,
                    **along,
                ),
                tf.raw_ops.Conv2DBackpropFilter(
                    input=x,
                    filter_sizes=tf.shape(kernel),
                    out_backprop=slopes,
                    **along,
                ),
                tf.raw_ops.BiasAddGrad(out_backprop=slopes),
            )

        return y, gradient

    return compute(x, kernel, bias)


@keras.utils.register_keras_serializable(package="inpaint")
class GatedConv2D(PlainConv2D):
    """2-D convolution whose output is gated by its own second half.

    Args:
      filters: filters of the convolution, features and gates together: even. The
        layer returns `filters // 2` channels. As in the release, 3 filters (the
        layer that paints RGB) or `activation=None` make a plain convolution that
        returns all its channels, without activation.
      kernel_size, strides, dilation_rate, padding, stride_padding: see
        `PlainConv2D`.
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

    def activated(self, x, kernel, bias, options, training=None):
        if not self.gated:
            return convolve(x, kernel, bias, options)
        if training and self.activation is keras.activations.elu:
            return elu_gated(x, kernel, bias, options)
        return gated(x, kernel, bias, options, self.activation)[0]

    @property
    def parts(self):
        return 2 if self.gated else 1

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

"""Gated convolution, "Free-Form Image Inpainting with Gated Convolution" §3.1.

One convolution makes features and gates together (equation 2 there, with the two
weight sets stacked): output = φ(features) · σ(gates), so a layer with `filters`
filters returns `filters / 2` channels. Tensors are `[B, H, W, C]`.
"""

from typing import Any

import keras
import tensorflow as tf

from inpaint.layers import portability
from inpaint.layers.conv_arguments import Sizes
from inpaint.layers.plain_conv import PlainConv2D, convolve
from inpaint.layers.plain_upsample import PlainUpsample2D


def convolved(x, kernel, bias, options, activation):
    """φ(features) and gates, `[B, H', W', filters // 2]` each.

    Features and gates are convolved apart, so that each convolution adds its bias and
    activates its features by itself, and none of their channels are copied.

    Args:
      x: `[B, H, W, C]`.
      kernel, bias: of the features, then of the gates.
      options: see `PlainConv2D.convolve_and_activate`.
      activation: φ, None for none.
    """
    features, gates = zip(tf.split(kernel, 2, axis=-1), tf.split(bias, 2))
    gates = convolve(x, *gates, options)
    features = convolve(x, *features, options)
    return features if activation is None else activation(features), gates


def gate(features, gates, training=None):
    """features · σ(gates).

    TensorFlow has it in one pass, under the name of what else it is: softplus's
    gradient. σ and a product take twice the time on CPUs, but less than that for the
    gradient, and other runtimes have them.
    """
    if training or portability.wanted():
        return features * tf.sigmoid(gates)
    return tf.raw_ops.SoftplusGrad(gradients=features, features=gates)


def elu_gated(x, kernel, bias, options):
    """elu(features) · σ(gates) for training: its gradient spares memory and time.

    With y the output and s = σ(gates), y ≤ 0 means elu(features) = y / s and so
    elu'(features) = y / s + 1. Hence ∂/∂features is s where y > 0, y + s elsewhere,
    and ∂/∂gates is y·(1 − s): besides y, which the next layer keeps anyway, only s has
    to be kept for the gradient, neither features nor gates. The convolution's own
    gradient takes both halves at once.
    """
    strides, padding, dilation_rate = options
    along = {
        "strides": [1, *strides, 1],
        "padding": padding,
        "dilations": [1, *dilation_rate, 1],
    }

    @tf.custom_gradient
    def compute(x, kernel, bias):
        features, gates = convolved(x, kernel, bias, options, tf.nn.elu)
        s = tf.sigmoid(gates)
        y = features * s

        def gradient(dy):
            with tf.control_dependencies([dy]):  # not during the forward pass already
                derivative = s + tf.minimum(y, 0)
                share = dy * y
                gradients = tf.concat([dy * derivative, share - share * s], axis=-1)
            return (
                tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(x),
                    filter=kernel,
                    out_backprop=gradients,
                    **along,
                ),
                tf.raw_ops.Conv2DBackpropFilter(
                    input=x,
                    filter_sizes=tf.shape(kernel),
                    out_backprop=gradients,
                    **along,
                ),
                tf.raw_ops.BiasAddGrad(out_backprop=gradients),
            )

        return y, gradient

    return compute(x, kernel, bias)


@keras.utils.register_keras_serializable(package="inpaint")
class GatedConv2D(PlainConv2D):
    """2-D convolution whose output is gated by its own second half.

    Args:
      filters: filters of the convolution, features and gates together: even. The
        layer returns `filters // 2` channels.
      kernel_size, strides, dilation_rate, padding: see `PlainConv2D`.
      activation: φ, a Keras activation or None; "elu" in the paper's networks.
      gated: False makes a `PlainConv2D`, such as the layer that paints RGB: all
        filters are features.
      use_bias and the rest, stride_padding too: see `PlainConv2D`.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters // 2]` (`filters` without gates).

    For LiteRT or ONNX, call it within `portable_operations`.

    Reference:
      Yu et al., ICCV 2019, arXiv 1806.03589, §3.1.

    Example:
      >>> features = GatedConv2D(32, 5, strides=2)(tf.zeros([1, 64, 96, 5]))
      >>> print(features.shape)  # 16 features, 16 gates
      (1, 32, 48, 16)
      >>> print(GatedConv2D(3, activation=None, gated=False)(features).shape)
      (1, 32, 48, 3)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes = 3,
        strides: Sizes = 1,
        dilation_rate: Sizes = 1,
        padding: str = "same",
        activation: Any = "elu",
        gated: bool = True,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            dilation_rate,
            padding,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            kernel_constraint,
            bias_constraint,
            **kwargs,
        )
        self.gated = gated
        if gated and filters % 2:
            raise ValueError(
                "`filters` of a gated convolution must be even (`gated=False` has no "
                f"gates). Received: {filters!r}"
            )

    def convolve_and_activate(self, x, kernel, bias, options, training=None):
        if not self.gated:
            return super().convolve_and_activate(x, kernel, bias, options, training)
        if training and self.activation is keras.activations.elu:
            return elu_gated(x, kernel, bias, options)
        return gate(*convolved(x, kernel, bias, options, self.activation), training)

    @property
    def filter_groups(self):
        return 2 if self.gated else 1

    @property
    def output_channels(self):
        return self.filters // 2 if self.gated else self.filters

    def get_config(self):
        return {**super().get_config(), "gated": self.gated}


@keras.utils.register_keras_serializable(package="inpaint")
class GatedUpsample2D(PlainUpsample2D):
    """Nearest-neighbour ×2, then a 3×3 gated convolution.

    The inner convolution is named `NAME_conv`, as in the release.

    Args:
      filters, padding, activation, gated and the rest: of the gated convolution, see
        `GatedConv2D`.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters // 2]`.

    Example:
      >>> print(GatedUpsample2D(16)(tf.zeros([1, 16, 24, 4])).shape)
      (1, 32, 48, 8)
    """

    convolution_type = GatedConv2D
    further = ("gated",)

"""Convolutions of the DeepFill networks: their paddings, their activations.

"Generative Image Inpainting with Contextual Attention" (CVPR 2018), Yu, Lin, Yang,
Shen, Lu, Huang, arXiv 1801.07892, §3.1: mirror padding, ELU. The gated ones of the
second paper are in `gated_conv`. Tensors are `[B, H, W, C]`.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from inpaint.layers.conv_arguments import (
    PADDINGS,
    STRIDE_PADDINGS,
    Sizes,
    check_choice,
    check_positive,
    check_sizes,
    kernel_and_bias_config,
    pair,
)
from inpaint.tensors import mirror_pad


def convolve(x, kernel, bias, options):
    """The convolution of `[B, H, W, C]`; see `PlainConv2D.convolve_and_activate`."""
    strides, padding, dilation_rate = options
    x = tf.nn.conv2d(x, kernel, strides, padding, dilations=dilation_rate)
    return tf.nn.bias_add(x, bias)


@keras.utils.register_keras_serializable(package="inpaint")
class PlainConv2D(keras.layers.Layer):
    """2-D convolution and its activation, with the paddings of the release.

    Args:
      filters: channels of the output.
      kernel_size: height and width of the kernel: an integer for both, or a pair.
      strides: likewise.
      dilation_rate: likewise.
      padding: "same" (zeros), "symmetric" or "reflect" (mirrored by
        dilation_rate·(kernel_size − 1)/2 on each side, any picture size).
      activation: a Keras activation, or None.
      use_bias: whether there is a bias.
      kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        kernel_constraint, bias_constraint: as of `keras.layers.Conv2D`.
      stride_padding: where the zeros of padding "same" lie if there are strides:
        "same", as in TensorFlow, so that those after are one more where their number
        is odd; or "symmetric", dilation_rate·(kernel_size − 1)/2 on each side, as in
        PyTorch.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters]`.

    Reference:
      Yu et al., CVPR 2018, arXiv 1801.07892, §3.1.

    Example:
      >>> layer = PlainConv2D(16, 5, strides=2, padding="symmetric")
      >>> print(layer(tf.zeros([1, 64, 96, 3])).shape)
      (1, 32, 48, 16)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes = 3,
        strides: Sizes = 1,
        dilation_rate: Sizes = 1,
        padding: str = "same",
        activation: Any = "elu",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        stride_padding: str = "same",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = check_positive("filters", filters)
        self.kernel_size = check_sizes("kernel_size", kernel_size)
        self.strides = check_sizes("strides", strides)
        self.dilation_rate = check_sizes("dilation_rate", dilation_rate)
        self.padding = check_choice("padding", padding, PADDINGS)
        self.activation = activation and keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)
        self.stride_padding = check_choice(
            "stride_padding", stride_padding, STRIDE_PADDINGS
        )

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*pair(self.kernel_size), input_shape[-1], self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def call(self, inputs, training=None):
        if not self._centred:
            return self._convolved(inputs, "SAME", training)
        reach = self._reach()
        before = tuple(r // 2 for r in reach)
        after = tuple(r - r // 2 for r in reach)
        if self.padding == "same":
            inputs = tf.pad(inputs, [(0, 0), *zip(before, after), (0, 0)])
        else:
            inputs = mirror_pad(inputs, before, after, self.padding == "symmetric")
        return self._convolved(inputs, "VALID", training)

    @property
    def _centred(self):
        """Whether as much is padded before as after, whatever the strides."""
        if self.padding == "same":
            return max(pair(self.strides)) > 1 and self.stride_padding == "symmetric"
        return True

    def call_valid(self, inputs):
        """The VALID convolution: `inputs` already has the padding, or the halo."""
        return self._convolved(inputs, "VALID")

    def _convolved(self, inputs, padding, training=None):
        options = pair(self.strides), padding, pair(self.dilation_rate)
        weights = self.weights_to_use(inputs.dtype)
        return self.convolve_and_activate(inputs, *weights, options, training)

    def weights_to_use(self, dtype):
        """Kernel and bias as tensors of a precision, 0 without a bias."""
        kernel = tf.cast(self.kernel, dtype)
        if self.use_bias:
            return kernel, tf.cast(self.bias, dtype)
        return kernel, tf.zeros([self.filters], dtype)

    def _reach(self):
        """The receptive field less one: rows, columns."""
        sizes = zip(pair(self.dilation_rate), pair(self.kernel_size))
        return [rate * (size - 1) for rate, size in sizes]

    def convolve_and_activate(self, x, kernel, bias, options, training=None):
        """A convolution of this layer's kind, then its activation.

        Args:
          x: `[B, H, W, C]`.
          kernel, bias: `[h, w, C, g·n]` and `[g·n]`, g the `filter_groups`.
          options: (strides, "SAME" or "VALID", dilation rates); pairs.
        """
        x = convolve(x, kernel, bias, options)
        return x if self.activation is None else self.activation(x)

    filter_groups = 1  # concatenated; a gated layer has 2: features, gates
    scale = 1  # factor of the output's size, before any strides

    @property
    def output_channels(self):
        """Channels of the output."""
        return self.filters

    @property
    def multiply_adds(self):
        """Multiply-adds (MACs) of an output pixel."""
        return int(np.prod(self.kernel.shape))

    def input_range(self, first, last):
        """The input rows of output rows `first` … `last`: their receptive field.

        With a square kernel, the columns too. Of an input whose size is a multiple of
        the strides; rows outside it are the padding.
        """
        reach, stride = self._reach()[0], pair(self.strides)[0]
        before = reach // 2
        if not self._centred:
            before = max(reach + 1 - stride, 0) // 2
        return first * stride - before, last * stride - before + reach

    def compute_output_shape(self, input_shape):
        batch, *sizes, _ = input_shape
        sizes = [
            None if size is None else -(-size // stride)
            for size, stride in zip(sizes, pair(self.strides))
        ]
        return (batch, *sizes, self.output_channels)

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            padding=self.padding,
            stride_padding=self.stride_padding,
            activation=self.activation and keras.activations.serialize(self.activation),
            **kernel_and_bias_config(self),
        )
        return config

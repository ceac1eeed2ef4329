"""Upsampling of the DeepFill networks: nearest-neighbour ×2, then a convolution."""

from typing import Any

import keras
import tensorflow as tf

from inpaint.layers.phases import from_phases, from_phases_in_training, to_phases
from inpaint.layers.plain_conv import PlainConv2D


@keras.utils.register_keras_serializable(package="inpaint")
class PlainUpsample2D(keras.layers.Layer):
    """Nearest-neighbour ×2, then a 3×3 convolution.

    Computed as four 2×2 convolutions of the small picture, one for each phase of the
    doubled one, whose kernels are sums of the 3×3 kernel's: 16 products instead of 36,
    and no doubled picture. The inner convolution is named `NAME_conv`, as released.

    Args:
      filters, padding, activation, use_bias and the rest: of the convolution, see
        `PlainConv2D`.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters]`.

    Example:
      >>> print(PlainUpsample2D(8)(tf.zeros([1, 16, 24, 4])).shape)
      (1, 32, 48, 8)
    """

    convolution_type = PlainConv2D

    def __init__(
        self,
        filters: int,
        padding: str = "same",
        activation: Any = "elu",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        options = {name: kwargs.pop(name) for name in self.further if name in kwargs}
        super().__init__(**kwargs)
        self.convolution = self.convolution_type(
            filters,
            kernel_size=3,
            padding=padding,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            name=f"{self.name}_conv",
            dtype=self.dtype_policy if hasattr(self, "dtype_policy") else self.dtype,
            **options,
        )

    further = ()  # arguments of the convolution that a subclass takes too

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.built = True

    scale = 2

    @property
    def padding(self):
        # A doubled picture mirrors its border pixel in either way of mirroring.
        return "same" if self.convolution.padding == "same" else "symmetric"

    @property
    def output_channels(self):
        """Channels of the output."""
        return self.convolution.output_channels

    @property
    def multiply_adds(self):
        """Multiply-adds (MACs) of an output pixel."""
        return self.convolution.multiply_adds * 4 // 9

    def call(self, inputs, training=None):
        mode = "CONSTANT" if self.padding == "same" else "SYMMETRIC"
        padded = tf.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode)
        return self.call_valid(padded, training)

    def call_valid(self, inputs, training=None):
        """The output of `inputs` that already have the padding, or the halo."""
        inner = self.convolution
        x = inner.convolve_and_activate(
            inputs,
            *to_phases(*inner.weights_to_use(inputs.dtype), inner.filter_groups),
            ((1, 1), "VALID", (1, 1)),
            training,
        )
        size = tf.shape(inputs)[1:3] - 2
        return (from_phases_in_training if training else from_phases)(x, size)

    def input_range(self, first, last):
        """The input rows (or columns) of output rows `first` … `last`."""
        first, last = self.convolution.input_range(first, last)
        return first // 2, last // 2

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        doubled = [None if size is None else 2 * size for size in (height, width)]
        return self.convolution.compute_output_shape((batch, *doubled, channels))

    def get_config(self):
        config = super().get_config()
        inner = self.convolution.get_config()
        config.update({k: v for k, v in inner.items() if k in _SETTABLE})
        return config


# What an upsampling layer's configuration says of its convolution.
_SETTABLE = {
    "filters",
    "padding",
    "activation",
    "gated",
    "use_bias",
    *(
        f"{part}_{kind}"
        for part in ("kernel", "bias")
        for kind in ("initializer", "regularizer", "constraint")
    ),
}

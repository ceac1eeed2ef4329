"""Gated convolution, "Free-Form Image Inpainting with Gated Convolution" §3.1.

One convolution makes features and gates together (equation 2 there, with the two
weight sets stacked): output = φ(features) · σ(gates), so a layer with `filters`
filters hands on `filters / 2` channels. Tensors are `[B, H, W, C]`.
"""

import keras
import tensorflow as tf

from inpaint.tensors import mirror_pad

PADDINGS = ("same", "symmetric", "reflect")


def _check(name, value, accepted):
    if value not in accepted:
        raise ValueError(f"`{name}` must be one of {accepted}. Received: {value!r}")
    return value


def _check_positive(name, value):
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {value!r}")
    return value


@keras.utils.register_keras_serializable(package="inpaint")
class GatedConv2D(keras.layers.Layer):
    """2-D convolution whose output is gated by its own second half.

    Args:
      filters: filters of the convolution, features and gates together: even. The
        layer returns `filters // 2` channels. As in the release, 3 filters (the
        layer that paints RGB) or `activation=None` make a plain convolution that
        returns all its channels, without activation.
      kernel_size: side of the square kernel.
      strides: the same in both directions.
      dilation_rate: the same in both directions.
      padding: "same" (zeros), "symmetric" or "reflect" (mirrored by
        dilation_rate·(kernel_size − 1)/2 on each side, any picture size).
      activation: φ, a Keras activation; "elu" in the paper's networks.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters // 2]` (`filters` where plain).

    Reference:
      Yu et al., ICCV 2019, arXiv 1806.03589, §3.1.
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation_rate=1,
        padding="same",
        activation="elu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = _check_positive("filters", filters)
        self.kernel_size = _check_positive("kernel_size", kernel_size)
        self.strides = _check_positive("strides", strides)
        self.dilation_rate = _check_positive("dilation_rate", dilation_rate)
        self.padding = _check("padding", padding, PADDINGS)
        self.activation = activation and keras.activations.get(activation)
        self.gated = activation is not None and filters != 3
        if self.gated and filters % 2:
            raise ValueError(
                f"`filters` of a gated convolution must be even. Received: {filters!r}"
            )

    def build(self, input_shape):
        size = self.kernel_size
        self.kernel = self.add_weight(
            name="kernel",
            shape=(size, size, input_shape[-1], self.filters),
            initializer="glorot_uniform",
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.filters,), initializer="zeros"
        )
        self.built = True

    def call(self, inputs):
        padding = "SAME"
        if self.padding != "same":
            reach = self.dilation_rate * (self.kernel_size - 1)
            before, after = reach // 2, reach - reach // 2
            inputs = mirror_pad(
                inputs, (before, before), (after, after), self.padding == "symmetric"
            )
            padding = "VALID"
        x = tf.nn.conv2d(
            inputs,
            tf.convert_to_tensor(self.kernel),
            self.strides,
            padding,
            dilations=self.dilation_rate,
        )
        x = tf.nn.bias_add(x, tf.convert_to_tensor(self.bias))
        if not self.gated:
            return x
        features, gates = tf.split(x, 2, axis=-1)
        return self.activation(features) * tf.sigmoid(gates)

    def source(self, first, last):
        """The input rows (or columns) that output rows `first` … `last` read.

        Of an input whose size is a multiple of the strides; rows outside it are the
        padding.
        """
        reach = self.dilation_rate * (self.kernel_size - 1)
        before = reach // 2
        if self.padding == "same":
            before = max(reach + 1 - self.strides, 0) // 2
        return first * self.strides - before, last * self.strides - before + reach

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        channels = self.filters // 2 if self.gated else self.filters
        return (batch, self._strided(height), self._strided(width), channels)

    def _strided(self, size):
        return None if size is None else -(-size // self.strides)

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            padding=self.padding,
            activation=self.activation and keras.activations.serialize(self.activation),
        )
        return config


@keras.utils.register_keras_serializable(package="inpaint")
class GatedUpsample2D(keras.layers.Layer):
    """Nearest-neighbour ×2, then a 3×3 gated convolution.

    The inner convolution is named `NAME_conv`, as in the release.

    Args:
      filters, padding, activation: of the gated convolution.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters // 2]`.
    """

    def __init__(self, filters, padding="same", activation="elu", **kwargs):
        super().__init__(**kwargs)
        self.convolution = GatedConv2D(
            filters,
            kernel_size=3,
            padding=padding,
            activation=activation,
            name=f"{self.name}_conv",
            dtype=self.dtype_policy if hasattr(self, "dtype_policy") else self.dtype,
        )

    def build(self, input_shape):
        self.convolution.build(input_shape)
        self.built = True

    def call(self, inputs):
        shape = tf.shape(inputs)
        channels = inputs.shape[-1]
        doubled = tf.reshape(inputs, [shape[0], shape[1], 1, shape[2], 1, channels])
        doubled = tf.tile(doubled, [1, 1, 2, 1, 2, 1])
        doubled = tf.reshape(doubled, [shape[0], 2 * shape[1], 2 * shape[2], channels])
        return self.convolution(doubled)

    def source(self, first, last):
        """The input rows (or columns) that output rows `first` … `last` read."""
        first, last = self.convolution.source(first, last)
        return first // 2, last // 2

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        doubled = [None if size is None else 2 * size for size in (height, width)]
        return self.convolution.compute_output_shape((batch, *doubled, channels))

    def get_config(self):
        config = super().get_config()
        inner = self.convolution.get_config()
        config.update({key: inner[key] for key in ("filters", "padding", "activation")})
        return config

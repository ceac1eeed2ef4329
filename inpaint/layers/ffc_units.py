"""The layers of LaMa: fast Fourier convolutions with norms, a decoder's, a painter.

Suvorov et al., WACV 2022, arXiv 2109.07161 [1], figure 2. Layers that are convolutions
tell which rows they read (`source`), so that they can run on parts of a picture.
"""

import keras
import tensorflow as tf

from inpaint.layers import BatchNorm, FastFourierConv2D
from inpaint.layers.fourier import UNIFORM, reflected


@keras.utils.register_keras_serializable(package="inpaint")
class FFCUnit(keras.layers.Layer):
    """A fast Fourier convolution, batch normalisation and ReLU ([1] figure 2).

    Args, call arguments and result: as of `FastFourierConv2D`, but for the result where
    `global_filters` is 0: the local features alone.
    """

    scale = 1  # factor of the output's size

    def __init__(
        self, local_filters, global_filters, kernel_size=3, strides=1, **kwargs
    ):
        super().__init__(**kwargs)
        precision = self.dtype_policy if hasattr(self, "dtype_policy") else self.dtype
        self.convolution = FastFourierConv2D(
            local_filters,
            global_filters,
            kernel_size,
            strides,
            name="convolution",
            dtype=precision,
        )
        self.local_norm = BatchNorm(name="local_norm", dtype=precision)
        self.global_norm = None
        if global_filters:
            self.global_norm = BatchNorm(name="global_norm", dtype=precision)

    def build(self, input_shape):
        convolution = self.convolution
        convolution.build(input_shape)
        self.local_norm.build((None, None, None, convolution.local_filters))
        if self.global_norm is not None:
            self.global_norm.build((None, None, None, convolution.global_filters))
        self.built = True

    def call(self, inputs, training=None):
        local, whole = self.convolution(inputs, training=training)
        local = tf.nn.relu(self.local_norm(local, training=training))
        if whole is None:
            return local
        return local, tf.nn.relu(self.global_norm(whole, training=training))

    def input_range(self, first, last):
        """The input rows that output rows `first` … `last` read; without a global
        input, whose spectrum reads them all."""
        strides, reach = self.convolution.strides, self.convolution.kernel_size // 2
        return first * strides - reach, last * strides + reach

    @property
    def output_channels(self):
        """How many channels the layer returns, local and global ones."""
        return self.convolution.local_filters + self.convolution.global_filters

    def get_config(self):
        config = super().get_config()
        inner = self.convolution.get_config()
        keys = ("local_filters", "global_filters", "kernel_size", "strides")
        return {**config, **{key: inner[key] for key in keys}}


@keras.utils.register_keras_serializable(package="inpaint")
class FFCBlock(keras.layers.Layer):
    """x + unit(unit(x)) for local and global features; both units end in ReLU.

    Args:
      local_filters, global_filters: channels of the pair, in and out.
    """

    def __init__(self, local_filters, global_filters, **kwargs):
        super().__init__(**kwargs)
        precision = self.dtype_policy if hasattr(self, "dtype_policy") else self.dtype
        self.filters = (local_filters, global_filters)
        self.first = FFCUnit(*self.filters, name="first", dtype=precision)
        self.second = FFCUnit(*self.filters, name="second", dtype=precision)

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build(input_shape)
        self.built = True

    def call(self, inputs, training=None):
        y = self.first(tuple(inputs), training=training)
        y = self.second(y, training=training)
        return inputs[0] + y[0], inputs[1] + y[1]

    def get_config(self):
        local, whole = self.filters
        config = super().get_config()
        return {**config, "local_filters": local, "global_filters": whole}


@keras.utils.register_keras_serializable(package="inpaint")
class TransposedUnit(keras.layers.Layer):
    """A transposed 3×3 convolution that doubles the size, batch norm, ReLU.

    Pixel (0, 0) of the result is that of the full one's (1, 1), not of TensorFlow's
    SAME, which begins at (0, 0).

    Args:
      filters: channels of the output.
    """

    scale = 2

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        precision = self.dtype_policy if hasattr(self, "dtype_policy") else self.dtype
        self.filters = filters
        self.norm = BatchNorm(name="norm", dtype=precision)

    def build(self, input_shape):
        # In PyTorch's default the fan of a transposed convolution is its output's.
        self.kernel = self.add_weight(
            name="kernel",
            shape=(3, 3, self.filters, input_shape[-1]),
            initializer=keras.initializers.VarianceScaling(**UNIFORM),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.filters,), initializer="zeros"
        )
        self.norm.build((None, None, None, self.filters))
        self.built = True

    def call(self, inputs, training=None):
        return tf.nn.relu(self.norm(self.doubled(inputs), training=training))

    def doubled(self, x):
        """The convolution alone: `[B, H, W, C]` → `[B, 2H, 2W, filters]`."""
        shape = tf.shape(x)
        size = [shape[0], 2 * shape[1] + 1, 2 * shape[2] + 1, self.filters]
        kernel, bias = map(tf.convert_to_tensor, (self.kernel, self.bias))
        kernel, bias = tf.cast(kernel, x.dtype), tf.cast(bias, x.dtype)
        full = tf.nn.conv2d_transpose(x, kernel, size, 2, "VALID")
        return tf.nn.bias_add(full[:, 1:, 1:], bias)

    def input_range(self, first, last):
        """The input rows that output rows `first` … `last` read."""
        return first // 2, (last + 1) // 2

    @property
    def output_channels(self):
        """Channels of the output."""
        return self.filters

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.utils.register_keras_serializable(package="inpaint")
class Painter(keras.layers.Layer):
    """The last layer: a mirrored 7×7 convolution and a sigmoid."""

    scale = 1
    output_channels = 3

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(7, 7, input_shape[-1], self.output_channels),
            initializer=keras.initializers.VarianceScaling(**UNIFORM),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.output_channels,), initializer="zeros"
        )
        self.built = True

    def call(self, inputs):
        kernel, bias = map(tf.convert_to_tensor, (self.kernel, self.bias))
        kernel, bias = tf.cast(kernel, inputs.dtype), tf.cast(bias, inputs.dtype)
        x = tf.nn.conv2d(reflected(inputs, 3), kernel, 1, "VALID")
        return tf.sigmoid(tf.nn.bias_add(x, bias))

    def input_range(self, first, last):
        """The input rows that output rows `first` … `last` read."""
        return first - 3, last + 3

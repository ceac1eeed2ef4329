"""Convolution, batch norm and activation as one layer, padded as Torch pads.

Zeros are as many before as after: ⌊dilation_rate·(kernel_size − 1)/2⌋. TensorFlow's
"SAME" is the same at strides of 1 and with even kernels at strides of 2, but pads odd
kernels at strides of 2 by one less before than after. Tensors are `[B, H, W, C]`.
"""

import keras
import numpy as np
import tensorflow as tf

from inpaint.layers.batch_norm import BatchNorm
from inpaint.layers.conv_arguments import check_choice, check_positive
from inpaint.layers.variables import FIRST_REPLICA

PADDINGS = ("same", "valid")


@keras.utils.register_keras_serializable(package="inpaint")
class NormConv2D(keras.layers.Layer):
    """2-D convolution, batch norm, activation, in this order.

    Outside training, batch norm is part of the convolution's kernel and bias.

    Args:
      filters: channels of the output.
      kernel_size: side of the square kernel.
      strides: the same in both directions.
      dilation_rate: the same in both directions.
      padding: "same" (⌊dilation_rate·(kernel_size − 1)/2⌋ zeros on every side) or
        "valid" (none).
      norm: whether there is batch norm.
      activation: a Keras activation, or None.
      activation_first: the activation before batch norm, as some ports have it.
      use_bias: whether the convolution has a bias.
      kernel_initializer, gamma_initializer: of the kernel and of batch norm's scale.

    Call arguments:
      inputs: `[B, H, W, C]` float.
      training: whether batch norm takes the batch's statistics, and moves its own on.

    Returns:
      `[B, H', W', filters]`, H' = ⌊(H + zeros − dilation_rate·(kernel_size − 1) − 1)
      / strides⌋ + 1.

    Example:
      >>> print(NormConv2D(16, strides=2)(tf.zeros([1, 64, 64, 3])).shape)
      (1, 32, 32, 16)
    """

    scale = 1  # factor of the output's size, before any strides

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation_rate=1,
        padding="same",
        norm=True,
        activation="relu",
        activation_first=False,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        gamma_initializer="ones",
        **kwargs,
    ):
        super().__init__(**kwargs)
        sizes = {
            "filters": filters,
            "kernel_size": kernel_size,
            "strides": strides,
            "dilation_rate": dilation_rate,
        }
        for name, size in sizes.items():
            check_positive(name, size)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.padding = check_choice("padding", padding, PADDINGS)
        self.activation = activation and keras.activations.get(activation)
        self.activation_first = activation_first
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.norm = None
        if norm:
            self.norm = BatchNorm(
                gamma_initializer=gamma_initializer,
                name="norm",
                dtype=self.dtype_policy
                if hasattr(self, "dtype_policy")
                else self.dtype,
            )

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=self.kernel_shape(input_shape[-1]),
            initializer=self.kernel_initializer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.filters,),
                initializer="zeros",
                **FIRST_REPLICA,  # a model may set it in training
            )
        if self.norm is not None:
            self.norm.build((None, None, None, self.filters))
        self.built = True

    def kernel_shape(self, channels):
        """Of an input of so many channels."""
        return (self.kernel_size, self.kernel_size, channels, self.filters)

    def call(self, inputs, training=None):
        zeros = self.zeros
        if zeros and self.strides > 1:
            inputs = tf.pad(inputs, [[0, 0], [zeros, zeros], [zeros, zeros], [0, 0]])
        return self._layer(inputs, "SAME" if self._is_same else "VALID", training)

    def call_valid(self, inputs):
        """The VALID convolution: `inputs` already has the padding, or the halo."""
        return self._layer(inputs, "VALID")

    @property
    def zeros(self):
        """How many of them are on every side."""
        if self.padding == "valid":
            return 0
        return self.dilation_rate * (self.kernel_size - 1) // 2

    @property
    def _is_same(self):
        """Whether TensorFlow's "SAME" pads alike."""
        return self.padding == "same" and self.strides == 1 and self.kernel_size % 2

    def _layer(self, x, padding, training=None):
        kernel = tf.cast(tf.convert_to_tensor(self.kernel), x.dtype)
        bias = tf.zeros([self.filters]) if self.bias is None else self.bias
        bias = tf.cast(tf.convert_to_tensor(bias), x.dtype)
        norm, activation = self.norm, self.activation or tf.identity
        if norm is None or self.activation_first:
            x = activation(self.convolved(x, kernel, padding) + bias)
            return x if norm is None else norm(x, training=training)
        if training:
            x = self.convolved(x, kernel, padding) + bias
            return activation(norm(x, training=True))
        scale, shift = (tf.cast(y, x.dtype) for y in norm.scale_and_shift())
        x = self.convolved(x, self.scaled(kernel, scale), padding)
        return activation(x + (bias * scale + shift))

    def convolved(self, x, kernel, padding):
        """The convolution itself; `padding` is TensorFlow's."""
        return tf.nn.conv2d(
            x, kernel, self.strides, padding, dilations=self.dilation_rate
        )

    @staticmethod
    def scaled(kernel, scale):
        """The kernel of the convolution whose output is `scale` (`[filters]`) times."""
        return kernel * scale

    @property
    def output_channels(self):
        """Channels of the output."""
        return self.filters

    @property
    def multiply_adds(self):
        """Multiplications for each output pixel."""
        return int(np.prod(self.kernel.shape))

    def input_range(self, first, last):
        """The input rows (or columns) that output rows `first` … `last` read.

        Rows outside the input are the padding.
        """
        reach = self.dilation_rate * (self.kernel_size - 1)
        first, last = first * self.strides, last * self.strides
        return first - self.zeros, last - self.zeros + reach

    def compute_output_shape(self, input_shape):
        batch, *sizes, _ = input_shape
        return (
            batch,
            *(n if n is None else self.size_of(n) for n in sizes),
            self.filters,
        )

    def size_of(self, size):
        """Rows of the output of so many rows."""
        reach = self.dilation_rate * (self.kernel_size - 1)
        return (size + 2 * self.zeros - reach - 1) // self.strides + 1

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            padding=self.padding,
            norm=self.norm is not None,
            activation=self.activation and keras.activations.serialize(self.activation),
            activation_first=self.activation_first,
            use_bias=self.use_bias,
            kernel_initializer=keras.initializers.serialize(self.kernel_initializer),
            gamma_initializer=keras.initializers.serialize(self.gamma_initializer),
        )
        return config


@keras.utils.register_keras_serializable(package="inpaint")
class NormConv2DTranspose(NormConv2D):
    """Transposed 4×4 convolution, batch norm, activation.

    The kernel is `[4, 4, filters, C]`, as Keras has it.

    Args:
      filters: channels of the output.
      padding: "same" (strides of 2, twice the size) or "valid" (strides of 1, three
        rows and columns more than the input).
      others: see `NormConv2D`.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters]`, or `[B, H + 3, W + 3, filters]`.

    Example:
      >>> print(NormConv2DTranspose(8)(tf.zeros([1, 16, 16, 4])).shape)
      (1, 32, 32, 8)
    """

    def __init__(self, filters, padding="same", **kwargs):
        super().__init__(filters, 4, padding=padding, **kwargs)
        self.scale = 2 if padding == "same" else 1

    def kernel_shape(self, channels):
        return (4, 4, self.filters, channels)

    def call(self, inputs, training=None):
        return self._layer(inputs, self.padding.upper(), training)

    def call_valid(self, inputs):
        rows, halo = tf.shape(inputs)[1:3] * 2, 2
        x = self._layer(inputs, "SAME")
        return x[:, halo : rows[0] - halo, halo : rows[1] - halo]

    def convolved(self, x, kernel, padding):
        batch, height, width, _ = tf.unstack(tf.shape(x))
        size = [self.size_of(height), self.size_of(width)]
        shape = tf.stack([batch, *size, self.filters])
        return tf.nn.conv2d_transpose(x, kernel, shape, self.scale, padding)

    @staticmethod
    def scaled(kernel, scale):
        return kernel * scale[:, tf.newaxis]

    @property
    def multiply_adds(self):
        return super().multiply_adds // self.scale**2

    def input_range(self, first, last):
        if self.padding == "valid":
            return first - 3, last
        return (first - 1) // 2, (last + 1) // 2

    def size_of(self, size):
        return 2 * size if self.padding == "same" else size + 3

    def get_config(self):
        config = super().get_config()
        for fixed in ("kernel_size", "strides", "dilation_rate"):
            del config[fixed]
        return config

"""Convolutions of the DeepFill networks: their paddings, their activations.

"Generative Image Inpainting with Contextual Attention" (CVPR 2018), Yu, Lin, Yang,
Shen, Lu, Huang, arXiv 1801.07892, §3.1: mirror padding, ELU. The gated ones of the
second paper are in `gated_conv`. Tensors are `[B, H, W, C]`.
"""

import keras
import numpy as np
import tensorflow as tf

from inpaint.tensors import mirror_pad

PADDINGS = ("same", "symmetric", "reflect")
STRIDE_PADDINGS = ("same", "symmetric")


def _check(name, value, accepted):
    if value not in accepted:
        raise ValueError(f"`{name}` must be one of {accepted}. Received: {value!r}")
    return value


def _check_positive(name, value):
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {value!r}")
    return value


def convolve(x, kernel, bias, options):
    """The convolution of `[B, H, W, C]`; arguments as of `PlainConv2D.activated`."""
    strides, padding, dilation_rate = options
    x = tf.nn.conv2d(x, kernel, strides, padding, dilations=dilation_rate)
    return tf.nn.bias_add(x, bias)


@keras.utils.register_keras_serializable(package="inpaint")
class PlainConv2D(keras.layers.Layer):
    """2-D convolution and its activation, with the paddings of the release.

    Args:
      filters: channels of the output.
      kernel_size: side of the square kernel.
      strides: the same in both directions.
      dilation_rate: the same in both directions.
      padding: "same" (zeros), "symmetric" or "reflect" (mirrored by
        dilation_rate·(kernel_size − 1)/2 on each side, any picture size).
      activation: a Keras activation, or None.
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
    """

    def __init__(
        self,
        filters,
        kernel_size=3,
        strides=1,
        dilation_rate=1,
        padding="same",
        activation="elu",
        stride_padding="same",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = _check_positive("filters", filters)
        self.kernel_size = _check_positive("kernel_size", kernel_size)
        self.strides = _check_positive("strides", strides)
        self.dilation_rate = _check_positive("dilation_rate", dilation_rate)
        self.padding = _check("padding", padding, PADDINGS)
        self.activation = activation and keras.activations.get(activation)
        self.stride_padding = _check("stride_padding", stride_padding, STRIDE_PADDINGS)

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

    def call(self, inputs, training=None):
        if not self._centred:
            return self._convolved(inputs, "SAME", training)
        reach = self.dilation_rate * (self.kernel_size - 1)
        before, after = reach // 2, reach - reach // 2
        if self.padding == "same":
            sides = [before, after]
            inputs = tf.pad(inputs, [[0, 0], sides, sides, [0, 0]])
        else:
            inputs = mirror_pad(
                inputs, (before, before), (after, after), self.padding == "symmetric"
            )
        return self._convolved(inputs, "VALID", training)

    @property
    def _centred(self):
        """Whether as much is padded before as after."""
        if self.padding == "same":
            return self.strides > 1 and self.stride_padding == "symmetric"
        return True

    def unpadded(self, inputs):
        """The output in a window of its own: `inputs` is all that it reads."""
        return self._convolved(inputs, "VALID")

    def _convolved(self, inputs, padding, training=None):
        weights = (tf.cast(x, inputs.dtype) for x in (self.kernel, self.bias))
        options = self.strides, padding, self.dilation_rate
        return self.activated(inputs, *weights, options, training)

    def activated(self, x, kernel, bias, options, training=None):
        """A convolution as this layer's, with its activation.

        Args:
          x: `[B, H, W, C]`.
          kernel, bias: `[h, w, C, parts·n]` and `[parts·n]`, see `parts`.
          options: (strides, "SAME" or "VALID", dilation rate).
        """
        x = convolve(x, kernel, bias, options)
        return x if self.activation is None else self.activation(x)

    parts = 1  # that its filters are made of, one after the other
    scale = 1  # how much larger the layer makes a picture, before any strides

    @property
    def channels(self):
        """How many channels the layer returns."""
        return self.filters

    @property
    def products(self):
        """Multiplications for each output pixel."""
        return int(np.prod(self.kernel.shape))

    def source(self, first, last):
        """The input rows (or columns) that output rows `first` … `last` read.

        Of an input whose size is a multiple of the strides; rows outside it are the
        padding.
        """
        reach = self.dilation_rate * (self.kernel_size - 1)
        before = reach // 2
        if not self._centred:
            before = max(reach + 1 - self.strides, 0) // 2
        return first * self.strides - before, last * self.strides - before + reach

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        return (batch, self._strided(height), self._strided(width), self.channels)

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
            stride_padding=self.stride_padding,
        )
        return config


# Which of a kernel's three rows fall on which of the two small pixels that a row of the
# doubled picture sees: [phase of the row, small pixel, kernel's row].
_TAPS_OF_PHASES = np.array([[[1, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]], np.float32)


def _of_phases(kernel, bias, parts):
    """Kernel and bias of the four 2×2 convolutions that a doubled picture's is.

    Args:
      kernel: `[3, 3, C, parts·n]`.
      bias: `[parts·n]`.

    Returns:
      (`[2, 2, C, parts·4·n]`, `[parts·4·n]`), a part's phases one after the other.
    """
    channels, filters = kernel.shape[2:]
    kernel = tf.reshape(kernel, [3, 3, channels, parts, filters // parts])
    kernel = tf.einsum("ati,buj,ijchf->tuchabf", *[_TAPS_OF_PHASES] * 2, kernel)
    bias = tf.tile(tf.reshape(bias, [parts, 1, -1]), [1, 4, 1])
    return tf.reshape(kernel, [2, 2, channels, 4 * filters]), tf.reshape(bias, [-1])


def _from_phases(x, size):
    """The doubled picture `[B, 2H, 2W, F]` of its phases `[B, H + 1, W + 1, 4·F]`."""
    (height, width), filters = tf.unstack(size), x.shape[-1] // 4
    ends = slice(None, -1), slice(1, None)
    rows = []  # of even and of odd number
    for i in (0, 1):
        phases = [
            x[:, ends[i], ends[j], k * filters : (k + 1) * filters]
            for j, k in ((0, 2 * i), (1, 2 * i + 1))
        ]
        row = tf.concat(phases, axis=-1)
        rows.append(tf.reshape(row, [-1, height, 1, 2 * width, filters]))
    return tf.reshape(tf.concat(rows, 2), [-1, 2 * height, 2 * width, filters])


@tf.custom_gradient
def _from_phases_in_training(x, size):
    """`_from_phases`, whose gradient is four copies instead of sixteen."""

    def gradient(dy):
        filters = x.shape[-1] // 4
        rows = tf.reshape(dy, [-1, size[0], 2, size[1], 2 * filters])
        phases = [
            tf.pad(phase, [[0, 0], [i, 1 - i], [j, 1 - j], [0, 0]])
            for i, row in enumerate(tf.unstack(rows, axis=2))
            for j, phase in enumerate(tf.split(row, 2, axis=-1))
        ]
        return tf.concat(phases, axis=-1), None

    return _from_phases(x, size), gradient


@keras.utils.register_keras_serializable(package="inpaint")
class PlainUpsample2D(keras.layers.Layer):
    """Nearest-neighbour ×2, then a 3×3 convolution.

    Computed as four 2×2 convolutions of the small picture, one for each phase of the
    doubled one, whose kernels are sums of the 3×3 kernel's: 16 products instead of 36,
    and no doubled picture. The inner convolution is named `NAME_conv`, as released.

    Args:
      filters, padding, activation: of the convolution.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters]`.
    """

    convolution_type = PlainConv2D

    def __init__(self, filters, padding="same", activation="elu", **kwargs):
        super().__init__(**kwargs)
        self.convolution = self.convolution_type(
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

    scale = 2

    @property
    def padding(self):
        # A doubled picture mirrors its border pixel in either way of mirroring.
        return "same" if self.convolution.padding == "same" else "symmetric"

    @property
    def channels(self):
        """How many channels the layer returns."""
        return self.convolution.channels

    @property
    def products(self):
        """Multiplications for each output pixel."""
        return self.convolution.products * 4 // 9

    def call(self, inputs, training=None):
        mode = "CONSTANT" if self.padding == "same" else "SYMMETRIC"
        padded = tf.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]], mode)
        return self.unpadded(padded, training)

    def unpadded(self, inputs, training=None):
        """The output in a window of its own: `inputs` is all that it reads."""
        inner = self.convolution
        kernel, bias = (tf.cast(x, inputs.dtype) for x in (inner.kernel, inner.bias))
        x = inner.activated(
            inputs, *_of_phases(kernel, bias, inner.parts), (1, "VALID", 1), training
        )
        size = tf.shape(inputs)[1:3] - 2
        return (_from_phases_in_training if training else _from_phases)(x, size)

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

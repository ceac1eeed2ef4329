"""Convolutions of the DeepFill networks: their paddings, their activations.

"Generative Image Inpainting with Contextual Attention" (CVPR 2018), Yu, Lin, Yang,
Shen, Lu, Huang, arXiv 1801.07892, §3.1: mirror padding, ELU. The gated ones of the
second paper are in `gated_conv`. Tensors are `[B, H, W, C]`.
"""

from typing import Any, Union

import keras
import numpy as np
import tensorflow as tf

from inpaint.tensors import mirror_pad

Sizes = Union[int, tuple[int, int]]

PADDINGS = ("same", "symmetric", "reflect")


def _check(name, value, accepted):
    if value not in accepted:
        raise ValueError(f"`{name}` must be one of {accepted}. Received: {value!r}")
    return value


def check_positive(name, value):
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {value!r}")
    return value


def check_sizes(name, value):
    """A positive integer, or a pair of them as a tuple."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(
                f"`{name}` must be a positive integer or two. Received: {value!r}"
            )
        return tuple(check_positive(name, each) for each in value)
    return check_positive(name, value)


def pair(value):
    """(rows, columns) of an integer for both, or of such a pair."""
    return value if isinstance(value, tuple) else (value, value)


def convolve(x, kernel, bias, options):
    """The convolution of `[B, H, W, C]`; arguments as of `PlainConv2D.activated`."""
    strides, padding, dilation_rate = options
    x = tf.nn.conv2d(x, kernel, strides, padding, dilations=dilation_rate)
    return tf.nn.bias_add(x, bias)


@keras.utils.register_keras_serializable(package="inpaint")
class PlainConv2D(keras.layers.Layer):
    """2-D convolution and its activation, with the paddings of the release.

        layer = PlainConv2D(16, 5, strides=2, padding="symmetric")
        features = layer(tf.zeros([1, 64, 96, 3]))  # [1, 32, 48, 16]

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

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters]`.

    Reference:
      Yu et al., CVPR 2018, arXiv 1801.07892, §3.1.
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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = check_positive("filters", filters)
        self.kernel_size = check_sizes("kernel_size", kernel_size)
        self.strides = check_sizes("strides", strides)
        self.dilation_rate = check_sizes("dilation_rate", dilation_rate)
        self.padding = _check("padding", padding, PADDINGS)
        self.activation = activation and keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)

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
        if self.padding == "same":
            return self._convolved(inputs, "SAME", training)
        reach = self._reach()
        before = tuple(r // 2 for r in reach)
        after = tuple(r - r // 2 for r in reach)
        inputs = mirror_pad(inputs, before, after, self.padding == "symmetric")
        return self._convolved(inputs, "VALID", training)

    def unpadded(self, inputs):
        """The output in a window of its own: `inputs` is all that it reads."""
        return self._convolved(inputs, "VALID")

    def _convolved(self, inputs, padding, training=None):
        options = pair(self.strides), padding, pair(self.dilation_rate)
        weights = self.weights_to_use(inputs.dtype)
        return self.activated(inputs, *weights, options, training)

    def weights_to_use(self, dtype):
        """Kernel and bias as tensors of a precision, 0 without a bias."""
        kernel = tf.cast(self.kernel, dtype)
        if self.use_bias:
            return kernel, tf.cast(self.bias, dtype)
        return kernel, tf.zeros([self.filters], dtype)

    def _reach(self):
        """How many rows and columns an output pixel sees, less one."""
        sizes = zip(pair(self.dilation_rate), pair(self.kernel_size))
        return [rate * (size - 1) for rate, size in sizes]

    def activated(self, x, kernel, bias, options, training=None):
        """A convolution as this layer's, with its activation.

        Args:
          x: `[B, H, W, C]`.
          kernel, bias: `[h, w, C, parts·n]` and `[parts·n]`, see `parts`.
          options: (strides, "SAME" or "VALID", dilation rates); pairs.
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
        """The input rows that output rows `first` … `last` read.

        With a square kernel, the columns too. Of an input whose size is a multiple of
        the strides; rows outside it are the padding.
        """
        reach, stride = self._reach()[0], pair(self.strides)[0]
        before = reach // 2
        if self.padding == "same":
            before = max(reach + 1 - stride, 0) // 2
        return first * stride - before, last * stride - before + reach

    def compute_output_shape(self, input_shape):
        batch, *sizes, _ = input_shape
        sizes = [
            None if size is None else -(-size // stride)
            for size, stride in zip(sizes, pair(self.strides))
        ]
        return (batch, *sizes, self.channels)

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            padding=self.padding,
            activation=self.activation and keras.activations.serialize(self.activation),
            **kernel_and_bias_config(self),
        )
        return config


def kernel_and_bias_config(layer):
    """What a layer's configuration says of how its kernel and bias are made."""
    config = {"use_bias": layer.use_bias}
    for kind in ("initializer", "regularizer", "constraint"):
        serialize = getattr(keras, f"{kind}s").serialize
        for part in ("kernel", "bias"):
            value = getattr(layer, f"{part}_{kind}")
            config[f"{part}_{kind}"] = None if value is None else serialize(value)
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

        features = PlainUpsample2D(8)(tf.zeros([1, 16, 24, 4]))  # [1, 32, 48, 8]

    Args:
      filters, padding, activation, use_bias and the rest: of the convolution, see
        `PlainConv2D`.

    Call arguments:
      inputs: `[B, H, W, C]` float.

    Returns:
      `[B, 2H, 2W, filters]`.
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
        x = inner.activated(
            inputs,
            *_of_phases(*inner.weights_to_use(inputs.dtype), inner.parts),
            ((1, 1), "VALID", (1, 1)),
            training,
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

"""Spectral normalisation, "Spectral Normalization for GANs" (ICLR 2018).

Miyato, Kataoka, Koyama, Yoshida, arXiv 1802.05957. A kernel is divided by its largest
singular value σ, for which one step of the power iteration (algorithm 1 there) goes
on from the vector u of the evaluation before. Tensors are `[B, H, W, C]`.
"""

from typing import Any

import keras
import tensorflow as tf

from inpaint.errors import InputError
from inpaint.layers.conv_arguments import (
    Sizes,
    check_choice,
    check_positive,
    check_sizes,
    kernel_and_bias_config,
    pair,
)
from inpaint.layers.variables import FIRST_REPLICA, KEEPS_DTYPE

PADDINGS = ("same", "valid")


@tf.custom_gradient
def spectral_norm(matrix, u):
    """One step of the power iteration.

    The gradient is the release's: its graph moved u on in place before it went back
    through v, so u' stands where the derivative of σ has u. Where the iteration has
    settled, this and the derivative are both vᵀu'.

    Args:
      matrix: W, `[in, out]` float32.
      u: `[1, out]` float32, the estimate so far of W's first right singular vector.

    Returns:
      (σ, u'): v = unit(u Wᵀ), u' = unit(v W), scalar σ = v W u'ᵀ.
    """
    projected = tf.matmul(u, matrix, transpose_b=True)  # [1, in]
    v = _unit(projected)
    u = _unit(tf.matmul(v, matrix))  # [1, out]
    back = tf.matmul(u, matrix, transpose_b=True)  # [1, in]
    sigma = tf.reduce_sum(v * back)

    def gradient(d_sigma, _):
        through_v = (back - sigma * v) / tf.norm(projected)
        return d_sigma * tf.matmul(v + through_v, u, transpose_a=True), None

    return (sigma, u), gradient


def _unit(x):
    return x / (tf.norm(x) + 1e-12)


@keras.utils.register_keras_serializable(package="inpaint")
class SpectralNormConv2D(keras.layers.Layer):
    """2-D convolution with a kernel of spectral norm 1.

    Unlike the wrappers of Keras and tensorflow-addons, this layer leaves its kernel
    as it is and normalises what it convolves with, and lets gradients flow through
    all of σ, v included. The power iteration moves on at every call with
    `training=True`, whichever network is being trained. σ is float32 whatever the
    layer's dtype.

    Args:
      filters: channels of the output.
      kernel_size: height and width of the kernel: an integer for both, or a pair.
      strides: likewise.
      padding: "same" (zeros) or "valid".
      use_bias: whether there is a bias.
      kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        kernel_constraint, bias_constraint: as of `keras.layers.Conv2D`; of the kernel
        before it is normalised.

    Call arguments:
      inputs: `[B, H, W, C]` float.
      training: whether u, the power iteration's state, moves on.

    Returns:
      `[B, ⌈H/strides⌉, ⌈W/strides⌉, filters]` with "same" padding.

    Reference:
      Miyato et al., ICLR 2018, arXiv 1802.05957, §2.1 and algorithm 1.

    Example:
      >>> layer = SpectralNormConv2D(64, kernel_size=5, strides=2)
      >>> print(layer(tf.zeros([1, 64, 96, 3]), training=True).shape)
      (1, 32, 48, 64)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes = 5,
        strides: Sizes = 2,
        padding: str = "same",
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
        self.padding = check_choice("padding", padding, PADDINGS)
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
            dtype="float32",
            **KEEPS_DTYPE,
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
        self.u = self.add_weight(
            name="u",
            shape=(1, self.filters),
            initializer=keras.initializers.TruncatedNormal(stddev=1.0),
            trainable=False,
            dtype="float32",
            **KEEPS_DTYPE,
            **FIRST_REPLICA,
        )
        self.built = True

    def call(self, inputs, training=None):
        kernel = tf.convert_to_tensor(self.kernel)
        matrix = tf.reshape(kernel, [-1, self.filters])  # [k·k·C, filters]
        sigma, u = spectral_norm(matrix, tf.convert_to_tensor(self.u))
        if training:
            self.u.assign(u)
        kernel = tf.cast(kernel / sigma, inputs.dtype)
        x = tf.nn.conv2d(inputs, kernel, pair(self.strides), self.padding.upper())
        if not self.use_bias:
            return x
        return tf.nn.bias_add(x, tf.convert_to_tensor(self.bias))

    def compute_output_shape(self, input_shape):
        batch, *sizes, _ = input_shape
        sizes = map(self._strided, sizes, pair(self.kernel_size), pair(self.strides))
        return (batch, *sizes, self.filters)

    def _strided(self, size, kernel_size, stride):
        if size is None:
            return None
        if self.padding == "valid":
            size -= kernel_size - 1
        return -(-size // stride)

    def get_config(self):
        config = super().get_config()
        config.update(
            filters=self.filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            **kernel_and_bias_config(self),
        )
        return config


def addons_conv(filters, kernel_size=5, strides=2, name=None):
    """Conv2D in tensorflow-addons' SpectralNormalization, for comparison.

    It overwrites its kernel with the normalised one at every call in training and
    stops the gradients through u and v. The convolution is its attribute `layer`, the
    power iteration's state `u`.

    Raises:
      InputError: if tensorflow-addons cannot be used: it needs Keras 2.

    Example:
      >>> addons_conv(64)(pictures, training=True)  # doctest: +SKIP
    """
    if not keras.__version__.startswith("2."):
        raise InputError(
            "spectral_norm: addons needs tensorflow-addons, which ended before Keras 3 "
            f"(this is {keras.__version__}): use neuralgym, or install inpaint[addons] "
            "(TensorFlow 2.15)"
        )
    try:
        from tensorflow_addons.layers import SpectralNormalization
    except ImportError as error:
        raise InputError(
            f"spectral_norm: addons needs tensorflow-addons ({error}): use neuralgym, "
            "or install inpaint[addons]"
        ) from None
    convolution = keras.layers.Conv2D(filters, kernel_size, strides, padding="same")
    return SpectralNormalization(convolution, name=name)

"""Fast Fourier convolutions: layers that see the whole picture.

Chi, Jiang, Mu, "Fast Fourier Convolution", NeurIPS 2020; as they are used in
"Resolution-robust Large Mask Inpainting with Fourier Convolutions" (LaMa), Suvorov et
al., WACV 2022, arXiv 2109.07161, §2.1. Features are in two parts: local ones, seen by
3×3 kernels, and global ones, whose own path convolves their Fourier spectrum. Tensors
are `[B, H, W, C]`.
"""

import keras
import tensorflow as tf

from inpaint.layers import spectrum as transforms
from inpaint.layers.batch_norm import BatchNorm

# PyTorch's default: uniform within ±1 / √(values that a filter sees).
UNIFORM = {"scale": 1 / 3, "mode": "fan_in", "distribution": "uniform"}


def pointwise(filters, name, dtype):
    """A 1×1 convolution without bias."""
    return keras.layers.Conv2D(
        filters,
        1,
        use_bias=False,
        kernel_initializer=keras.initializers.VarianceScaling(**UNIFORM),
        name=name,
        dtype=dtype,
    )


class _Composed(keras.layers.Layer):
    """A layer of layers, which are of its own precision."""

    @property
    def _precision(self):
        return self.dtype_policy if hasattr(self, "dtype_policy") else self.dtype


@keras.utils.register_keras_serializable(package="inpaint")
class FourierUnit(_Composed):
    """Convolves the spectrum by 1×1: every output sees every input of all the picture.

    Transform, 1×1 convolution of real and imaginary parts together, batch
    normalisation, ReLU, inverse transform. The transforms are float32 whatever the
    layer's dtype.

    Args:
      filters: channels of input and output.

    Attributes:
      by_matrices: whether the transforms are products with matrices, for runtimes that
        have no others; the size must then be known when the graph is made.

    Call arguments:
      inputs: `[B, H, W, filters]` float, H and W at least 1, odd or even.
      training: see `BatchNorm`.

    Returns:
      `[B, H, W, filters]`.

    Reference:
      Chi, Jiang, Mu, NeurIPS 2020; Suvorov et al., arXiv 2109.07161, figure 2.

    Example:
      >>> print(FourierUnit(8)(tf.ones([1, 5, 7, 8])).shape)
      (1, 5, 7, 8)
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.by_matrices = False
        self.convolution = pointwise(2 * filters, "convolution", self._precision)
        self.norm = BatchNorm(name="norm", dtype=self._precision)

    def build(self, input_shape):
        shape = (*input_shape[:-1], 2 * self.filters)
        self.convolution.build(shape)
        self.norm.build(shape)
        self.built = True

    def call(self, inputs, training=None):
        to_spectrum, back = transforms.spectrum, transforms.from_spectrum
        size = tf.unstack(tf.shape(inputs)[1:3])
        if self.by_matrices:
            to_spectrum = transforms.spectrum_by_matrices
            back, size = transforms.from_spectrum_by_matrices, inputs.shape[1:3]
        parts = to_spectrum(tf.cast(inputs, tf.float32))
        parts = self.convolution(tf.cast(parts, inputs.dtype))
        parts = tf.nn.relu(self.norm(parts, training=training))
        x = back(tf.cast(parts, tf.float32), *size)
        return tf.cast(x, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.utils.register_keras_serializable(package="inpaint")
class SpectralTransform(_Composed):
    """The global path of a fast Fourier convolution: a Fourier unit at half the width.

    x₁ = ReLU(BN(1×1 convolution)); output = 1×1 convolution of x₁ + FourierUnit(x₁).

    Args:
      filters: channels of the output, even.

    Call arguments:
      inputs: `[B, H, W, C]` float.
      training: see `BatchNorm`.

    Returns:
      `[B, H, W, filters]`.

    Example:
      >>> print(SpectralTransform(6)(tf.ones([1, 5, 7, 4])).shape)
      (1, 5, 7, 6)
    """

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.reduce = pointwise(filters // 2, "reduce", self._precision)
        self.norm = BatchNorm(name="norm", dtype=self._precision)
        self.fourier_unit = FourierUnit(
            filters // 2, name="fourier_unit", dtype=self._precision
        )
        self.expand = pointwise(filters, "expand", self._precision)

    def build(self, input_shape):
        self.reduce.build(input_shape)
        shape = (*input_shape[:-1], self.filters // 2)
        for layer in (self.norm, self.fourier_unit, self.expand):
            layer.build(shape)
        self.built = True

    def call(self, inputs, training=None):
        x = tf.nn.relu(self.norm(self.reduce(inputs), training=training))
        return self.expand(x + self.fourier_unit(x, training=training))

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


@keras.utils.register_keras_serializable(package="inpaint")
class FastFourierConv2D(_Composed):
    """A convolution of local and global features, each seeing the other.

    local' = local∗W_ll + global∗W_gl; global' = local∗W_lg + SpectralTransform(global).
    Pictures are mirrored at the border without repeating it.

    Args:
      local_filters: channels of the local output.
      global_filters: channels of the global output, even; 0 for none.
      kernel_size: side of the three kernels, odd.
      strides: of local features alone; 1 where there are global ones.

    Call arguments:
      inputs: `[B, H, W, C]` float, all local; or a pair (local, global).
      training: see `BatchNorm`.

    Returns:
      (local', global'), the latter None where `global_filters` is 0.

    Reference:
      Chi, Jiang, Mu, NeurIPS 2020; Suvorov et al., arXiv 2109.07161, figure 2.

    Example:
      >>> local, whole = FastFourierConv2D(4, 12)(tf.ones([1, 8, 8, 3]))
      >>> local.shape[-1], whole.shape[-1]
      (4, 12)
    """

    def __init__(
        self, local_filters, global_filters, kernel_size=3, strides=1, **kwargs
    ):
        super().__init__(**kwargs)
        if global_filters % 2:
            raise ValueError(
                f"`global_filters` must be even. Received: {global_filters!r}"
            )
        if kernel_size % 2 == 0:
            raise ValueError(f"`kernel_size` must be odd. Received: {kernel_size!r}")
        self.local_filters = local_filters
        self.global_filters = global_filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.local_to_global = self.global_to_local = self.spectral = None

    def build(self, input_shape):
        pair = isinstance(input_shape[0], (tuple, list, tf.TensorShape))
        if pair and self.strides != 1:
            raise ValueError(
                "`strides` must be 1 where there are global features. "
                f"Received: {self.strides!r}"
            )
        local, whole = input_shape if pair else (input_shape, None)
        self.local_to_local = self._kernel("local_to_local", local, self.local_filters)
        if self.global_filters:
            self.local_to_global = self._kernel(
                "local_to_global", local, self.global_filters
            )
        if whole is not None:
            self.global_to_local = self._kernel(
                "global_to_local", whole, self.local_filters
            )
            self.spectral = SpectralTransform(
                self.global_filters, name="spectral", dtype=self._precision
            )
            self.spectral.build(whole)
        self.built = True

    def _kernel(self, name, shape, filters):
        size = self.kernel_size
        return self.add_weight(
            name=name,
            shape=(size, size, shape[-1], filters),
            initializer=keras.initializers.VarianceScaling(**UNIFORM),
        )

    def call(self, inputs, training=None):
        pair = isinstance(inputs, (tuple, list))
        local, whole = inputs if pair else (inputs, None)
        padded = reflected(local, self.kernel_size // 2)
        local = self._convolved(padded, self.local_to_local)
        if whole is None:
            if not self.global_filters:
                return local, None
            return local, self._convolved(padded, self.local_to_global)
        edges = reflected(whole, self.kernel_size // 2)
        local += self._convolved(edges, self.global_to_local)
        across = self._convolved(padded, self.local_to_global)
        return local, across + self.spectral(whole, training=training)

    def _convolved(self, x, kernel):
        kernel = tf.cast(tf.convert_to_tensor(kernel), x.dtype)
        return tf.nn.conv2d(x, kernel, self.strides, "VALID")

    def get_config(self):
        config = super().get_config()
        config.update(
            local_filters=self.local_filters,
            global_filters=self.global_filters,
            kernel_size=self.kernel_size,
            strides=self.strides,
        )
        return config


def reflected(x, edge):
    """`[B, H, W, C]` mirrored by so many pixels, fewer than H and W, on each side."""
    return tf.pad(x, [[0, 0], [edge, edge], [edge, edge], [0, 0]], "REFLECT")

"""Fourier transforms of features, orthonormal, as real channels; and by matrices.

For real features of H rows and W columns the half spectrum has H rows and ⌊W/2⌋ + 1
columns. Channels 2c and 2c + 1 are the real and the imaginary part of channel c, as in
"Fast Fourier Convolution" (NeurIPS 2020) and the networks made of it. Tensors are
float32, `[B, H, W, C]` and `[B, H, ⌊W/2⌋ + 1, 2·C]`.
"""

import numpy as np
import tensorflow as tf


def spectrum(x):
    """The half spectrum of features."""
    shape = tf.shape(x)
    z = tf.signal.rfft2d(tf.transpose(x, [0, 3, 1, 2]))
    z = tf.transpose(z / tf.cast(_norm(shape[1], shape[2]), z.dtype), [0, 2, 3, 1])
    z.set_shape([*x.shape[:2], None, x.shape[-1]])
    return _interleaved(tf.math.real(z), tf.math.imag(z))


def from_spectrum(parts, height, width):
    """The features of a half spectrum; undoes `spectrum`.

    A spectrum that is not that of real features is taken as the references take it:
    a complex inverse along the columns, then a real one along the rows.

    Args:
      parts: the half spectrum.
      height, width: H and W; the half spectrum does not tell whether W is odd.
    """
    z = tf.transpose(tf.complex(*_apart(parts)), [0, 3, 1, 2])
    x = tf.signal.irfft2d(z, [height, width])
    x = tf.transpose(x, [0, 2, 3, 1]) * _norm(height, width)
    return tf.ensure_shape(x, [*x.shape[:3], parts.shape[-1] // 2])


def spectrum_by_matrices(x):
    """`spectrum` of features of a known size, by products with constant matrices.

    For runtimes without Fourier transforms.
    """
    height, width = x.shape[1:3]
    cosine, sine = _waves(width, width // 2 + 1)
    real, imaginary = _along_width(x, cosine), -_along_width(x, sine)
    cosine, sine = _waves(height, height)
    return _interleaved(
        _along_height(real, cosine) + _along_height(imaginary, sine),
        _along_height(imaginary, cosine) - _along_height(real, sine),
    )


def from_spectrum_by_matrices(parts, height, width):
    """`from_spectrum`, by products with constant matrices."""
    real, imaginary = _apart(parts)
    cosine, sine = _waves(height, height)
    real, imaginary = (
        _along_height(real, cosine) - _along_height(imaginary, sine),
        _along_height(imaginary, cosine) + _along_height(real, sine),
    )
    columns = width // 2 + 1
    cosine, sine = (wave.T for wave in _waves(width, columns))  # [columns, width]
    twice = np.full([columns, 1], 2, np.float32)  # for the columns that are left out
    twice[0] = 1
    if width % 2 == 0:
        twice[-1] = 1
    return _along_width(real, cosine * twice) - _along_width(imaginary, sine * twice)


def _waves(size, frequencies):
    """cos and sin of 2π·i·k/size, divided by √size: `[size, frequencies]` float32."""
    turns = np.outer(np.arange(size), np.arange(frequencies)) % size / size
    turns = 2 * np.pi * turns
    waves = np.stack([np.cos(turns), np.sin(turns)]) / np.sqrt(size)
    return waves.astype(np.float32)


def _along_width(x, matrix):
    return tf.einsum("bhwc,wk->bhkc", x, matrix)


def _along_height(x, matrix):
    return tf.einsum("bhwc,hk->bkwc", x, matrix)


def _interleaved(real, imaginary):
    parts = tf.stack([real, imaginary], axis=-1)
    shape = tf.concat([tf.shape(real)[:3], [2 * real.shape[-1]]], 0)
    return tf.ensure_shape(
        tf.reshape(parts, shape), [*real.shape[:3], 2 * real.shape[-1]]
    )


def _apart(parts):
    """Real and imaginary parts."""
    return parts[..., 0::2], parts[..., 1::2]


def _norm(height, width):
    return tf.sqrt(tf.cast(height * width, tf.float32))

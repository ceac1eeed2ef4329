"""Upsampling ×2 and a 3×3 convolution as four 2×2 convolutions of the small picture.

A pixel of the doubled picture has one of four phases, (row, column) even or odd. The
3×3 neighbourhood of each phase covers 2×2 small pixels, so its kernel is a sum of the
3×3 kernel's entries: 16 products instead of 36, and no doubled picture (sub-pixel
convolution, Shi et al., CVPR 2016, arXiv 1609.05158).
"""

import numpy as np
import tensorflow as tf

# Which of a kernel's three rows fall on which of the two small pixels that a row of the
# doubled picture sees: [phase of the row, small pixel, kernel's row].
_TAPS = np.array([[[1, 0, 0], [0, 1, 1]], [[1, 1, 0], [0, 0, 1]]], np.float32)


def to_phases(kernel, bias, groups):
    """Kernel and bias of the four 2×2 convolutions that the 3×3 one amounts to.

    Args:
      kernel: `[3, 3, C, groups·n]`.
      bias: `[groups·n]`.

    Returns:
      (`[2, 2, C, groups·4·n]`, `[groups·4·n]`), a group's phases one after the other.
    """
    channels, filters = kernel.shape[2:]
    kernel = tf.reshape(kernel, [3, 3, channels, groups, filters // groups])
    kernel = tf.einsum("ati,buj,ijchf->tuchabf", *[_TAPS] * 2, kernel)
    bias = tf.tile(tf.reshape(bias, [groups, 1, -1]), [1, 4, 1])
    return tf.reshape(kernel, [2, 2, channels, 4 * filters]), tf.reshape(bias, [-1])


def from_phases(x, size):
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
def from_phases_in_training(x, size):
    """`from_phases`, whose gradient is four copies instead of sixteen."""

    def gradient(dy):
        filters = x.shape[-1] // 4
        rows = tf.reshape(dy, [-1, size[0], 2, size[1], 2 * filters])
        phases = [
            tf.pad(phase, [[0, 0], [i, 1 - i], [j, 1 - j], [0, 0]])
            for i, row in enumerate(tf.unstack(rows, axis=2))
            for j, phase in enumerate(tf.split(row, 2, axis=-1))
        ]
        return tf.concat(phases, axis=-1), None

    return from_phases(x, size), gradient

"""Sums along the diagonals of a matrix, over views of its flattened form.

TensorFlow takes a part of a vector without copying it if the part begins and ends at
multiples of 16 floats. So sums are fast where steps and lengths are such multiples.
"""

import tensorflow as tf

ALIGNMENT = 16  # floats


def aligned(count):
    """The least multiple of the alignment from `count` on."""
    return count + -count % ALIGNMENT


def congruent(least, to):
    """The least number from `least` on that differs from `to` by such a multiple."""
    return least + (to - least) % ALIGNMENT


def diagonal_length(length):
    """The least length of rows, from this one on, whose diagonal steps are aligned."""
    return aligned(length + 1) - 1


def diagonal_sum(x, step, taps, length):
    """Σ_j of the flattened `x` from j·step on, j = 0 … taps − 1, `[length]`.

    With `step` = the length of a row + 1, element (p, q) of the result, its rows as
    long, is Σ_j x[p + j, q + j].
    """
    x = tf.reshape(x, [-1])
    return tf.add_n([x[j * step : j * step + length] for j in range(taps)])

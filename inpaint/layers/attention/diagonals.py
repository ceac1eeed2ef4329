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


def with_aligned_columns(rows):
    """Entries in a column of `rows`: a few more, if they align its diagonal steps.

    Beside rows of a `diagonal_length`, a step by a row and a column is aligned if a
    column is a multiple of the alignment and one. Where that takes more than a
    sixteenth, copies are cheaper.
    """
    more = congruent(rows, 1)
    return tf.where(more - rows <= rows // 16, more, rows)


def diagonal_sum(x, step, taps, length):
    """Σ_j of the flattened `x` from j·step on, j = 0 … taps − 1, `[length]`.

    With `step` = the length of a row + 1, element (p, q) of the result, its rows as
    long, is Σ_j x[p + j, q + j].
    """
    x = tf.reshape(x, [-1])
    return tf.add_n([x[j * step : j * step + length] for j in range(taps)])

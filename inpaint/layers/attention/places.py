"""Arithmetic of places: row-major indices of a picture of (rows, columns).

The index rows·columns stands for no place: a row of zeros there makes every sum over
neighbours come out right at the border.
"""

import tensorflow as tf


def with_none(x):
    """`[B, rows, columns, D]` → `[B, rows·columns + 1, D]`, the last one zeros."""
    shape = tf.shape(x)
    x = tf.reshape(x, [shape[0], shape[1] * shape[2], x.shape[-1]])
    return tf.pad(x, [[0, 0], [0, 1], [0, 0]])


def grid(row, column, size):
    """Places column by column; beyond the borders, as the rows go on.

    Args:
      row: `[…, n]` int32.
      column: `[…, m]` int32.
      size: (rows, columns).

    Returns:
      `[…, m, n]` int32.
    """
    count = size[0] * size[1]
    place = row[..., None, :] * size[1] + column[..., :, None]
    return tf.where((place >= 0) & (place < count), place, count)

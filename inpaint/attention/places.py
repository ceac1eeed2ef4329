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


def or_none(place, count):
    """The places themselves; `count` for those outside [0, count)."""
    return tf.where((place >= 0) & (place < count), place, count)


def around(size, height, width):
    """All places column by column, and those beyond the borders as the rows go on.

    Args:
      size: (rows, columns).
      height, width: how many rows and columns to add on either side.

    Returns:
      `[columns + 2·width, rows + 2·height]` int32.
    """
    rows, columns = size
    row, column = tf.range(-height, rows + height), tf.range(-width, columns + width)
    return or_none(row * columns + column[:, None], rows * columns)


def along_rows(place, step, size):
    """The place `step` further along the rows, a row going on in the next."""
    count = size[0] * size[1]
    return tf.where(place < count, or_none(place + step, count), count)


def down_columns(place, step, size):
    """The place `step` further down the columns, a column going on in the next."""
    rows, columns = size
    count = rows * columns
    moved = or_none(place % columns * rows + place // columns + step, count)
    back = moved % rows * columns + moved // rows
    return tf.where((place < count) & (moved < count), back, count)


def above(place, step, size):
    """The place `step` rows further down in the same column."""
    return along_rows(place, step * size[1], size)


def neighbours(block, move, reach, size):
    """The places within `reach` steps of a block's.

    Args:
      block: `[n]` int32.
      move: one of the functions above.
      reach: int.
      size: (rows, columns).

    Returns:
      (`[m]` int32, each once; `[2·reach + 1, n]` int32, where in it the neighbour
      −reach … reach of each of the block's places is).
    """
    moved = [move(block, step, size) for step in range(-reach, reach + 1)]
    found, index = tf.unique(tf.concat(moved, 0))
    return found, tf.reshape(index, [len(moved), tf.size(block)])


def sharing(block, step, count):
    """The canvas places that a block's patches reach, and which patches each has.

    A patch at p reaches p and p + step.

    Args:
      block: `[n]` int32, each once.
      step: int32 scalar.
      count: of the canvas's places.

    Returns:
      (`[m]` int32, each once; `[2, m]` int32, which of the block's patches lies at
      −step and at the place itself, n for none).
    """
    found, _ = tf.unique(tf.concat([block, block + step], 0))
    n = tf.size(block)
    slots = tf.tensor_scatter_nd_update(
        tf.fill([count + 1], n), block[:, None], tf.range(n)
    )
    return found, tf.gather(slots, tf.stack([or_none(found - step, count), found]))

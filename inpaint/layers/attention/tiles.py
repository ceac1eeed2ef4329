"""Positions of small pictures, and the tiles of queries that cover required ones.

A position is a row-major index of a picture of (rows, columns). The index rows·columns
stands for none: a row of zeros there makes every sum over neighbours come out right at
the border.
"""

import tensorflow as tf

_LEAST_SIDE = 8  # of a tile, however small the bound


def with_zeros_last(x):
    """`[B, rows, columns, D]` → `[B, rows·columns + 1, D]`, the last one zeros."""
    shape = tf.shape(x)
    x = tf.reshape(x, [shape[0], shape[1] * shape[2], x.shape[-1]])
    return tf.pad(x, [[0, 0], [0, 1], [0, 0]])


def cover(required, halo, queries):
    """Tiles that contain all required positions.

    Args:
      required: `[rows, columns]` bool.
      halo: (rows, columns) that neighbours add to a tile, but at the picture's border.
      queries: how many positions a tile with its halo may have, about.

    Returns:
      `[T, 4]` int32, top, bottom, left and right of each, at least one.
    """
    first, count = zip(*(_extent(tf.reduce_any(required, axis)) for axis in (1, 0)))
    side = tf.cast(tf.sqrt(tf.cast(queries, tf.float32)), tf.int32)
    height = tf.clip_by_value(side - halo[0], _LEAST_SIDE, count[0])
    width = queries // (height + halo[0]) - halo[1]
    width = tf.clip_by_value(width, _LEAST_SIDE, count[1])
    height = queries // (width + halo[1]) - halo[0]
    height = tf.clip_by_value(height, _LEAST_SIDE, count[0])
    sides = [  # equal tile sides
        -(-size // -(-size // side)) for size, side in zip(count, (height, width))
    ]

    tiles = [-(-size // side) for size, side in zip(count, sides)]
    inside = required[first[0] : first[0] + count[0], first[1] : first[1] + count[1]]
    inside = tf.pad(inside, [[0, tiles[i] * sides[i] - count[i]] for i in (0, 1)])
    inside = tf.reshape(inside, [tiles[0], sides[0], tiles[1], sides[1]])
    inside = tf.reduce_any(inside, axis=[1, 3]) | ~tf.reduce_any(required)
    found = tf.cast(tf.where(inside), tf.int32)
    ends = []
    for i in (0, 1):
        start = first[i] + found[:, i] * sides[i]
        ends += [start, tf.minimum(start + sides[i], first[i] + count[i])]
    return tf.stack(ends, axis=1)


def within(required, tile):
    """The required positions of one of `cover`'s tiles, `[rows, columns]` bool."""
    top, bottom, left, right = tf.unstack(tile)
    row, column = (tf.range(size) for size in tf.unstack(tf.shape(required)))
    rows = (row >= top) & (row < bottom)
    columns = (column >= left) & (column < right)
    return required & rows[:, None] & columns


def _extent(occupied):
    """The first True position, and how many there are up to the last, at least 1."""
    size = tf.size(occupied)
    first = tf.argmax(occupied, output_type=tf.int32)
    last = size - 1 - tf.argmax(occupied[::-1], output_type=tf.int32)
    last = tf.where(tf.reduce_any(occupied), last, 0)
    return first, tf.maximum(last - first, 0) + 1

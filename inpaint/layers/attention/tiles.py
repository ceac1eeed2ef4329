"""Tiles of places: rectangles that cover those of a picture that are asked for."""

from typing import Any, NamedTuple

import tensorflow as tf

from inpaint.layers.attention import places

_LEAST_SIDE = 8  # of a tile, however small the bound


class Tile(NamedTuple):
    """A rectangle of places; int32 scalars, ends excluded."""

    top: Any
    bottom: Any
    left: Any
    right: Any

    @property
    def height(self):
        return self.bottom - self.top

    @property
    def width(self):
        return self.right - self.left

    def places(self, size):
        """Column by column, `[width, height]` int32; `size` is the picture's."""
        rows, columns = tf.range(self.top, self.bottom), tf.range(self.left, self.right)
        return places.grid(rows, columns, size)


def cover(needed, beyond, queries):
    """Tiles that hold all places that are needed.

    Args:
      needed: `[rows, columns]` bool.
      beyond: (rows, columns) that a tile's neighbours add to it.
      queries: how many places a tile and its neighbours may have, about.

    Returns:
      (`[T, 4]` int32, fields of `Tile`, at least one; the height of most).
    """
    first, count = zip(*(_extent(tf.reduce_any(needed, axis)) for axis in (1, 0)))
    side = tf.cast(tf.sqrt(tf.cast(queries, tf.float32)), tf.int32)
    height = tf.clip_by_value(side - beyond[0], _LEAST_SIDE, count[0])
    width = queries // (height + beyond[0]) - beyond[1]
    width = tf.clip_by_value(width, _LEAST_SIDE, count[1])
    height = queries // (width + beyond[1]) - beyond[0]
    height = tf.clip_by_value(height, _LEAST_SIDE, count[0])
    sides = [
        -(-size // -(-size // side)) for size, side in zip(count, (height, width))
    ]  # alike

    tiles = [-(-size // side) for size, side in zip(count, sides)]
    inside = needed[first[0] : first[0] + count[0], first[1] : first[1] + count[1]]
    inside = tf.pad(inside, [[0, tiles[i] * sides[i] - count[i]] for i in (0, 1)])
    inside = tf.reshape(inside, [tiles[0], sides[0], tiles[1], sides[1]])
    inside = tf.reduce_any(inside, axis=[1, 3]) | ~tf.reduce_any(needed)
    found = tf.cast(tf.where(inside), tf.int32)
    ends = []
    for i in (0, 1):
        start = first[i] + found[:, i] * sides[i]
        ends += [start, tf.minimum(start + sides[i], first[i] + count[i])]
    return tf.stack(ends, axis=1), sides[0]


def _extent(touched):
    """The first True one, and how many places there are up to the last, at least 1."""
    size = tf.size(touched)
    first = tf.argmax(touched, output_type=tf.int32)
    last = size - 1 - tf.argmax(touched[::-1], output_type=tf.int32)
    last = tf.where(tf.reduce_any(touched), last, 0)
    return first, tf.maximum(last - first, 0) + 1

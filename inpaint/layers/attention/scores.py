"""Scores of a tile of queries and all keys, fused: two of the three sums of attention.

S is compared and T, S' are fused scores, row(p, d) and col(p, d) the positions d
further along the rows and down the columns, a row (a column) going on in the next one:

    T[p, q] = Σ_d S[row(p, d), row(q, d)]
    S'[p, q] = Σ_d T[col(p, d), col(q, d)]
"""

import tensorflow as tf

from inpaint.layers.attention.blocks import inverse_patch_norms
from inpaint.layers.attention.diagonals import (
    aligned,
    congruent,
    diagonal_length,
    diagonal_sum,
)
from inpaint.layers.attention.tiles import position_grid, with_zeros_last


def row_patches(x, kernel_size):
    """Each pixel with its neighbours in its row, zeros outside: `[…, kernel_size·C]`.

    Args:
      x: `[B, rows, columns, C]`.
    """
    reach = kernel_size // 2
    columns = tf.shape(x)[2]
    padded = tf.pad(x, [[0, 0], [0, 0], [reach, reach], [0, 0]])
    return tf.concat([padded[:, :, j : j + columns] for j in range(kernel_size)], -1)


class Keys:
    """The background's patches, laid out for sums over neighbours.

    The layout has L entries: columns −reach … columns + reach − 1, in each of them
    `step` entries, from row −(kernel_size // 2) on; zeros behind them up to a
    `diagonal_length`.

    Args:
      x: `[B, rows, columns, C]` float32, the small background.
      kernel_size: of the patches.
      reach: of the fusion.
      query_step: entries in a column of most tiles' queries: `step` is made to differ
        from it by a multiple of the alignment.

    Attributes:
      rows: `[B, L, k·C]`, patches' rows.
      inverse_norms: `[B, 1, L]`, of the patches whose first row is there; 0 for none.
      size: (rows, columns).
      step, kernel_size, reach: as above.
    """

    def __init__(self, x, kernel_size, reach, query_step):
        self.kernel_size, self.reach = kernel_size, reach
        self.size = rows, columns = tf.shape(x)[1], tf.shape(x)[2]
        height = kernel_size // 2
        self.step = congruent(rows + 2 * height, query_step)
        beside = tf.range(-reach, columns + reach)
        around = position_grid(tf.range(self.step) - height, beside, self.size)
        count = tf.size(around)
        tail = diagonal_length(count) - count
        none = tf.fill([tail], rows * columns)
        around = tf.concat([tf.reshape(around, [-1]), none], 0)
        self.rows = tf.gather(
            with_zeros_last(row_patches(x, kernel_size)), around, axis=1
        )
        norms = with_zeros_last(inverse_patch_norms(x, kernel_size))[..., 0]
        centre = position_grid(tf.range(rows), beside, self.size)
        norms = tf.gather(norms, centre, axis=1)  # [B, columns + 2·reach, rows]
        norms = tf.pad(norms, [[0, 0], [0, 0], [0, self.step - rows]])
        norms = tf.reshape(norms, [tf.shape(x)[0], 1, count])
        self.inverse_norms = tf.pad(norms, [[0, 0], [0, 0], [0, tail]])


def fused_scores(queries, keys, sample, tile, required, f_size):
    """Scores of a tile of queries and all keys, fused along rows and columns.

    Args:
      queries: `[P + 1, k·C]`, row-major, the last one zeros.
      keys: `Keys`.
      sample: which of the keys' samples.
      tile: `QueryTile`.
      required: `[n]` int32, which of the tile's queries, column by column.
      f_size: (rows, columns) of P.

    Returns:
      `[n, Q]`, keys column by column.
    """
    height, reach = keys.kernel_size // 2, keys.reach
    columns = tf.range(tile.left - reach, tile.right + reach)
    rows = tf.range(tile.top - reach - height, tile.bottom + reach + height)
    scores = row_scores(queries, keys, sample, position_grid(rows, columns, f_size))
    if not reach:
        return tf.gather(scores, required)
    q = keys.size[0] * keys.size[1]
    length = diagonal_length(q + 2 * reach)

    def padded(x, more_queries=0):
        return tf.pad(x, [[0, more_queries], [reach, length - q - reach]])

    rows = tf.range(tile.top - reach, tile.bottom + reach)
    count = tile.width * tf.size(rows)
    scores = padded(scores, aligned(count) - count + 2 * reach + 1)
    # Rows outside the picture go on at its other end, in the next column.
    outside = tf.where((rows < 0) | (rows >= f_size[0]))[:, 0]
    outside = tf.cast(outside, tf.int32)

    def with_outside():
        row = tf.gather(rows, outside)
        column = columns + (row // f_size[0])[:, None]
        row = (row % f_size[0])[:, None] + tf.range(-height, height + 1)
        found = position_grid(row, column, f_size)  # [rows outside, columns, k]
        found = tf.reshape(found, [-1, keys.kernel_size])
        x = row_scores(queries, keys, sample, found)
        inner = tf.range(tile.width)
        first = tf.range(tf.size(outside))[:, None] * tf.size(columns)
        x = tf.gather(x, tf.reshape(first + inner, [-1]))
        column = tf.reshape(column[:, reach : reach + tile.width], [-1, 1])
        x = tf.where((column >= 0) & (column < f_size[1]), x, 0.0)
        where = inner * tf.size(rows) + outside[:, None]
        where = tf.reshape(where, [-1, 1])
        return tf.tensor_scatter_nd_update(scores, where, padded(x))

    scores = tf.cond(tf.size(outside) > 0, with_outside, lambda: scores)
    scores = diagonal_sum(scores, length + 1, 2 * reach + 1, aligned(count) * length)
    scores = tf.reshape(scores, [-1, length])[:, :q]
    required = required // tile.height * tf.size(rows) + required % tile.height
    return tf.gather(scores, required)


def row_scores(queries, keys, sample, grid):
    """Scores of whole patches, fused along the rows only.

    Args:
      grid: `[columns, rows]` int32 positions, with their halo.

    Returns:
      `[(columns − 2·reach)·(rows − 2·(k // 2)), Q]`, column by column.
    """
    height, reach = keys.kernel_size // 2, keys.reach
    none = tf.shape(queries)[0] - 1
    columns, rows = tf.shape(grid)[0], tf.shape(grid)[1]
    inner = columns - 2 * reach
    # More rows of the matrix than there are queries, so that sums need no border.
    fused = aligned(inner * rows)
    whole = aligned(fused + 2 * reach * rows + 1)
    more = tf.fill([whole + 2 * height + 1 - columns * rows], none)
    listed = tf.concat([tf.reshape(grid, [-1]), more], 0)
    scores = tf.matmul(tf.gather(queries, listed), keys.rows[sample], transpose_b=True)
    length = tf.shape(scores)[1]
    scores = diagonal_sum(scores, length + 1, 2 * height + 1, whole * length)
    scores = tf.reshape(scores, [whole, length]) * keys.inverse_norms[sample]
    # Padding queries have no score: zero their rows.
    where = tf.cast(tf.where(grid[:, height : rows - height] == none), tf.int32)
    where = where[:, :1] * rows + where[:, 1:]
    scores = tf.cond(
        tf.size(where) > 0,
        lambda: tf.tensor_scatter_nd_update(
            scores, where, tf.zeros([tf.shape(where)[0], length])
        ),
        lambda: scores,
    )

    step = rows * length + keys.step
    scores = diagonal_sum(scores, step, 2 * reach + 1, fused * length)
    scores = tf.reshape(scores, [fused, length])
    scores = scores[: inner * rows, : keys.size[1] * keys.step]
    scores = tf.reshape(scores, [inner, rows, keys.size[1], keys.step])
    scores = scores[:, : rows - 2 * height, :, : keys.size[0]]
    return tf.reshape(scores, [-1, keys.size[0] * keys.size[1]])

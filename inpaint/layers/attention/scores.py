"""Scores of listed queries and all keys, fused: two of the three sums of attention.

S is compared and T, S' are fused scores, row(p, d) and col(p, d) the positions d
further along the rows and down the columns, a row (a column) going on in the next one:

    T[p, q] = Σ_d S[row(p, d), row(q, d)]
    S'[p, q] = Σ_d T[col(p, d), col(q, d)]
"""

import tensorflow as tf

from inpaint.layers.attention.blocks import inverse_patch_norms
from inpaint.layers.attention.diagonals import (
    aligned,
    diagonal_length,
    diagonal_sum,
    with_aligned_columns,
)
from inpaint.layers.attention.listing import grown, listed, ranks, rows_of, transposed
from inpaint.layers.attention.tiles import with_zeros_last


def listed_row_patches(pixels, positions, columns, kernel_size):
    """Pixels with their neighbours in their row, zeros outside: `[…, n, k·C]`.

    Args:
      pixels: `[…, P + 1, C]`, row-major, the last one zeros.
      positions: `[n]` int32.
      columns: of the picture.
      kernel_size: of the patches.
    """
    none = tf.shape(pixels)[-2] - 1
    beside = tf.range(kernel_size) - kernel_size // 2
    column = positions[:, None] % columns + beside
    inside = (positions[:, None] < none) & (column >= 0) & (column < columns)
    found = tf.where(inside, positions[:, None] + beside, none)
    patches = tf.gather(pixels, found, axis=-2)  # […, n, k, C]
    depth = kernel_size * pixels.shape[-1]
    return tf.reshape(patches, tf.concat([tf.shape(patches)[:-2], [depth]], 0))


def position_grid(row, column, size):
    """Positions column by column; beyond the borders, as the rows go on.

    Args:
      row, column: `[n]` and `[m]` int32.
      size: (rows, columns).

    Returns:
      `[m, n]` int32.
    """
    count = size[0] * size[1]
    position = row * size[1] + column[:, None]
    return tf.where((position >= 0) & (position < count), position, count)


class Keys:
    """The background's patches, laid out for sums over neighbours.

    The layout has L entries: columns −reach … columns + reach − 1, in each of them
    `step` entries, from row −(kernel_size // 2) on; zeros behind them up to a
    `diagonal_length`.

    Args:
      x: `[B, rows, columns, C]` float32, the small background.
      kernel_size: of the patches.
      reach: of the fusion.

    Attributes:
      rows: `[B, L, k·C]`, patches' rows.
      inverse_norms: `[B, 1, L]`, of the patches whose first row is there; 0 for none.
      size: (rows, columns).
      step, kernel_size, reach: as above.
    """

    def __init__(self, x, kernel_size, reach):
        self.kernel_size, self.reach = kernel_size, reach
        self.size = rows, columns = tf.shape(x)[1], tf.shape(x)[2]
        height = kernel_size // 2
        self.step = with_aligned_columns(rows + 2 * height)
        beside = tf.range(-reach, columns + reach)
        around = position_grid(tf.range(self.step) - height, beside, self.size)
        count = tf.size(around)
        tail = diagonal_length(count) - count
        none = tf.fill([tail], rows * columns)
        around = tf.concat([tf.reshape(around, [-1]), none], 0)
        self.rows = listed_row_patches(with_zeros_last(x), around, columns, kernel_size)
        norms = with_zeros_last(inverse_patch_norms(x, kernel_size))[..., 0]
        centre = position_grid(tf.range(rows), beside, self.size)
        norms = tf.gather(norms, centre, axis=1)  # [B, columns + 2·reach, rows]
        norms = tf.pad(norms, [[0, 0], [0, 0], [0, self.step - rows]])
        norms = tf.reshape(norms, [tf.shape(x)[0], 1, count])
        self.inverse_norms = tf.pad(norms, [[0, 0], [0, 0], [0, tail]])


def fused_scores(queries, keys, sample, required):
    """Scores of the required queries and all keys, fused along rows and columns.

    Args:
      queries: `[P + 1, C]`, the sample's small foreground, row-major, the last one
        zeros.
      keys: `Keys`.
      sample: which of the keys' samples.
      required: `[rows, columns]` bool, which of the queries.

    Returns:
      `[n, Q]`, both column by column.
    """
    height, reach = keys.kernel_size // 2, keys.reach
    rows, columns = tf.unstack(tf.shape(required))
    # What each sum needs, from the last one back: T, S, and rows of patches.
    down = grown(transposed(required), reach)
    along = tf.reshape(down, [columns, rows])
    along = grown(transposed(along), reach)
    around = tf.transpose(tf.reshape(along, [rows, columns]))
    around = tf.pad(around, [[0, 0], [height, height]])
    around = tf.reshape(grown(around, height), [-1])

    listed_rows = listed(around)
    column = listed_rows // (rows + 2 * height)
    row = listed_rows % (rows + 2 * height) - height
    inside = (row >= 0) & (row < rows)
    centres = tf.where(inside, row * columns + column, rows * columns)
    scores = patch_products(queries, keys, sample, centres, columns)
    length = tf.shape(scores)[1]
    found = listed(along)  # row-major: of a patch, its first row is listed
    first = found % columns * (rows + 2 * height) + found // columns
    count = aligned(tf.size(found))
    more = count - tf.size(found) + reach + 1
    scores = rows_of(scores, ranks(listed_rows, first), reach, more)
    scores *= keys.inverse_norms[sample]
    step = length + keys.step
    scores = diagonal_sum(scores, step, 2 * reach + 1, count * length)
    scores = tf.reshape(scores, [count, length])

    fused = listed(down)  # column by column
    scores = tf.gather(scores, ranks(found, fused % rows * columns + fused // rows))
    scores = scores[:, : keys.size[1] * keys.step]
    scores = tf.reshape(scores, [-1, keys.size[1], keys.step])[:, :, : keys.size[0]]
    q = keys.size[0] * keys.size[1]
    scores = tf.reshape(scores, [-1, q])
    if not reach:
        return scores  # those of the required queries
    length = diagonal_length(q + 2 * reach)
    count = aligned(tf.size(fused))
    more = count - tf.size(fused) + reach + 1
    scores = tf.pad(scores, [[reach, more], [reach, length - q - reach]])
    scores = diagonal_sum(scores, length + 1, 2 * reach + 1, count * length)
    scores = tf.reshape(scores, [count, length])
    return tf.gather(scores, ranks(fused, listed(transposed(required))))[:, :q]


def patch_products(queries, keys, sample, positions, columns):
    """Products of whole patches, one for each listed row from which one begins.

    Args:
      queries, keys, sample: see `fused_scores`.
      positions: `[n]` int32, the rows' centres.
      columns: of the queries.

    Returns:
      `[m, L]`, m > n: those of the i-th listed row and the k − 1 that follow it, if
      they are listed; undefined if not. The last one is of zeros.
    """
    taps = keys.kernel_size
    count = aligned(tf.size(positions) + 1)
    none = tf.fill([count - tf.size(positions) + taps], tf.shape(queries)[0] - 1)
    positions = tf.concat([positions, none], axis=0)
    scores = tf.matmul(
        listed_row_patches(queries, positions, columns, taps),
        keys.rows[sample],
        transpose_b=True,
    )
    length = tf.shape(scores)[1]
    scores = diagonal_sum(scores, length + 1, taps, count * length)
    return tf.reshape(scores, [count, length])

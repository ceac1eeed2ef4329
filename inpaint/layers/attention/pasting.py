"""Pasting attended patches: the third sum of attention, over the overlaps.

Where raw patches overlap, a block of the canvas (see `blocks`) is the sum of the four
patches around it, a block of each. So attention is summed over the patches that share
a block, above and beside, before it is multiplied with the blocks:

    W[(i, j), (a, b)] = Σ_{d, e ∈ {0, 1}} A[(i − 1 + d, j − 1 + e), (a − 1 + d, b − 1 + e)]
"""

import tensorflow as tf

from inpaint.layers.attention.diagonals import (
    aligned,
    congruent,
    diagonal_sum,
    with_aligned_columns,
)
from inpaint.layers.attention.listing import grown, listed, ranks, rows_of, transposed


class Blocks:
    """The background's blocks, laid out for sums over neighbours.

    The layout has `columns` columns of `rows` entries: blocks, and zeros behind them,
    at least one column, such that `rows·columns + 1` is aligned.

    Args:
      canvas: `[B, rows, columns, D]`, of `blocks.to_blocks`.

    Attributes:
      entries: `[B, layout's entries, D]`.
      rows, columns: of the layout.
    """

    def __init__(self, canvas):
        batch, rows, columns, _ = tf.unstack(tf.shape(canvas))
        self.rows = with_aligned_columns(rows // 2 * 2 + 1)
        # n⁴ is 1 modulo 16 for an odd n: so is −n³·n + 1 a multiple.
        self.columns = congruent(columns + 1, -(self.rows**3))
        behind = [[0, self.columns - columns], [0, self.rows - rows]]
        x = tf.pad(tf.transpose(canvas, [0, 2, 1, 3]), [[0, 0], *behind, [0, 0]])
        self.entries = tf.reshape(x, [batch, -1, canvas.shape[-1]])


def pasted_blocks(attention, active, blocks, sample, b_size):
    """The canvas's blocks that active queries paste, and where.

    Args:
      attention: `[n, Q]`, of the active queries, both column by column.
      active: `[rows, columns]` bool.
      blocks: `Blocks` of the background.
      sample: which of their samples.
      b_size: (rows, columns) of Q.

    Returns:
      `[m, D]`, and their positions on the canvas, `[m]` int32, row-major.
    """
    rows, columns = (size + 2 for size in tf.unstack(tf.shape(active)))
    padded = tf.pad(active, [[1, 1], [1, 1]])  # a row or a column i is the canvas's i
    with_next = padded | tf.roll(padded, -1, 0)
    canvas = with_next | tf.roll(with_next, -1, 1)

    x = tf.reshape(attention, [-1, b_size[1], b_size[0]])
    behind = blocks.columns - 1 - b_size[1], blocks.rows - 1 - b_size[0]
    x = tf.pad(x, [[0, 1], *([1, more] for more in behind)])
    length = blocks.columns * blocks.rows
    x = tf.reshape(x, [-1, length])
    # A sum needs an inactive query's row, of zeros, beside an active one's.
    beside = transposed(padded | with_next | tf.roll(padded, 1, 0))
    found = listed(beside)
    own = tf.where(
        tf.gather(transposed(padded), found),
        tf.gather(ranks(transposed(padded)), found),
        tf.shape(x)[0] - 1,
    )
    count = aligned(tf.size(found) + 1)
    x = rows_of(x, own, after=count - tf.size(found) + 2)
    x = diagonal_sum(x, length + 1, 2, count * length)
    x = tf.reshape(x, [count, length])

    both = tf.reshape(canvas | tf.roll(canvas, 1, 1), [-1])
    found = listed(both)  # row-major
    down = found % columns * rows + found // columns
    own = tf.where(
        tf.gather(tf.reshape(with_next, [-1]), found),
        tf.gather(ranks(beside), down),
        count - 1,
    )
    where = ranks(both)
    count = aligned(tf.size(found))
    x = rows_of(x, own, after=count - tf.size(found) + 2)
    x = diagonal_sum(x, length + blocks.rows, 2, count * length)
    found = listed(tf.reshape(canvas, [-1]))
    x = tf.gather(tf.reshape(x, [count, length]), tf.gather(where, found))
    x = tf.matmul(x, blocks.entries[sample]) / 4.0
    return x, found // columns * (columns - 1) + found % columns

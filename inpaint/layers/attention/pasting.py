"""Pasting attended patches: the third sum of attention, over the overlaps.

Where raw patches overlap, a block of the canvas (see `blocks`) is the sum of the four
patches around it, a block of each. So attention is summed over the patches that share
a block, above and beside, before it is multiplied with the blocks:

    W[(i, j), (a, b)] = Σ_{d, e} A[(i − d, j − e), (a − d, b − e)],   d, e = 0, 1
"""

import tensorflow as tf

from inpaint.layers.attention.diagonals import (
    aligned,
    congruent,
    diagonal_sum,
    with_aligned_columns,
)
from inpaint.layers.attention.listing import grown, listed, ranks, rows_of, with_next


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
        self.columns = congruent(columns + 1, -((self.rows % 16) ** 3))
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
    padded = tf.transpose(tf.pad(active, [[1, 1], [1, 1]]))  # i is the canvas's i
    pairs = tf.transpose(with_next(padded))

    x = tf.reshape(attention, [-1, b_size[1], b_size[0]])
    behind = blocks.columns - 1 - b_size[1], blocks.rows - 1 - b_size[0]
    x = tf.pad(x, [[0, 1], *([1, more] for more in behind)])
    length = blocks.columns * blocks.rows
    x = tf.reshape(x, [-1, length])
    own = tf.reshape(padded, [-1])
    # A sum needs an inactive query's row, of zeros, beside an active one's.
    down = listed(tf.reshape(grown(padded, 1), [-1]))
    found = tf.where(tf.gather(own, down), ranks(listed(own), down), tf.shape(x)[0] - 1)
    count = aligned(tf.size(found) + 1)
    x = rows_of(x, found, after=count - tf.size(found) + 2)
    x = diagonal_sum(x, length + 1, 2, count * length)
    x = tf.reshape(x, [count, length])

    along = listed(tf.reshape(grown(pairs, 1), [-1]))  # row-major
    found = ranks(down, along % columns * rows + along // columns)
    found = tf.where(tf.gather(tf.reshape(pairs, [-1]), along), found, count - 1)
    count = aligned(tf.size(found))
    x = rows_of(x, found, after=count - tf.size(found) + 2)
    x = diagonal_sum(x, length + blocks.rows, 2, count * length)
    where = listed(tf.reshape(with_next(pairs), [-1]))
    x = tf.gather(tf.reshape(x, [count, length]), ranks(along, where))
    x = tf.matmul(x, blocks.entries[sample]) / 4.0
    return x, where // columns * (columns - 1) + where % columns

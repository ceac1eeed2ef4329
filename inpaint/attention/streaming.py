"""Contextual attention in blocks of queries: the form that inference uses.

Memory is bounded whatever the picture's size: no P×Q matrix is ever whole, and only
the queries that are asked for are computed. Four sums over neighbouring places,
shifted alike in both pictures, lead from products of features to what is pasted:

* A patch's rows of pixels are compared one by one, and summed up and down: S.
* The fusion sums along the rows (a row goes on in the next one), then down the columns:

      T[p, q] = Σ_d S[row(p, d), row(q, d)]
      S'[p, q] = Σ_d T[col(p, d), col(q, d)]

* A raw patch is made of 2×2 blocks (see `pieces`): attention is summed over the
  patches that share a block, above and beside, and then multiplied with the blocks.

The neighbours of a block's queries are computed with it and taken by index; keys are
laid out column by column with more places around them, so that theirs are slices.
"""

import tensorflow as tf

from inpaint.attention import places
from inpaint.attention.pieces import (
    from_blocks,
    inverse_patch_norms,
    small_size,
    to_blocks,
    to_offsets,
    valid_patches,
)
from inpaint.tensors import resize_nearest

# Matrices of a block's queries × keys alive together, the allocator's losses included.
_ALIVE = 6
_LEAST_QUERIES = 64  # in a block, however small the bound


def attend(foreground, background, mask, options, needed=None):
    """Repaint the foreground; arguments and results as of `batched.attend`.

    Args:
      options: its `scratch_bytes` bounds the memory for scores.
      needed: `[⌈h/rate⌉, ⌈w/rate⌉]` bool, the places of the foreground to repaint;
        None repaints all. The others paste nothing, and their offsets mean nothing.
    """
    rate = options.rate
    f_size, b_size = small_size(foreground, rate), small_size(background, rate)
    reach = options.fuse_kernel_size // 2 if options.fuse else 0
    batch = tf.shape(foreground)[0]
    queries = row_patches(resize_nearest(foreground, *f_size), options.kernel_size)
    queries = places.with_none(queries)  # [B, P + 1, k·C]
    keys = Keys(resize_nearest(background, *b_size), options.kernel_size, reach)
    blocks = to_blocks(background, b_size, rate)  # [B, rows + 1, columns + 1, D]
    depth = blocks.shape[-1]
    blocks = tf.reshape(tf.transpose(blocks, [0, 2, 1, 3]), [batch, -1, depth])
    valid = None
    if mask is not None:
        valid = valid_patches(resize_nearest(mask, *b_size), options.kernel_size)
        valid = tf.transpose(valid, [0, 3, 2, 1])  # [B or 1, 1, columns, rows]
        valid = tf.reshape(valid, [tf.shape(mask)[0], 1, -1])  # [B or 1, 1, Q]

    def answer(block):
        """What a block's queries paste and where, and what they attend to most."""
        scores = fused_scores(queries, keys, block, f_size, b_size)  # [B, n, Q]
        if valid is None:
            attention = tf.nn.softmax(scores * options.softmax_scale)
        else:
            attention = tf.nn.softmax(scores * (options.softmax_scale * valid)) * valid
        best = tf.argmax(attention, axis=-1, output_type=tf.int32)
        weights, where = block_weights(attention, block, f_size, b_size)
        return tf.matmul(weights, blocks) / 4.0, where, best

    if needed is None:
        needed = tf.ones(f_size, tf.bool)
    # Column by column, so that neighbours come into one block.
    wanted = tf.where(tf.transpose(tf.cast(needed, tf.int32)))
    wanted = tf.cast(wanted, tf.int32)
    wanted = wanted[:, 1] * f_size[1] + wanted[:, 0]
    size = block_size(batch, f_size, b_size, reach, options.scratch_bytes)
    pasted, where, best = in_blocks(answer, wanted, size, depth)

    canvas_size = f_size[0] + 1, f_size[1] + 1
    canvas = tf.scatter_nd(
        where[:, None], pasted, [canvas_size[0] * canvas_size[1], batch, depth]
    )
    canvas = tf.reshape(canvas, [*canvas_size, batch, depth])
    output = from_blocks(tf.transpose(canvas, [2, 0, 1, 3]), tf.shape(foreground), rate)
    best = best % b_size[0] * b_size[1] + best // b_size[0]
    best = tf.scatter_nd(wanted[:, None], best, [f_size[0] * f_size[1], batch])
    best = tf.reshape(tf.transpose(best), [batch, *f_size])
    return output, to_offsets(best, f_size[1])


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

    Args:
      x: `[B, rows, columns, C]` float32, the small background.
      kernel_size: of the patches.
      reach: of the fusion.

    Attributes:
      rows: `[B, (columns + 2·reach)·(rows + 2·(k // 2)), k·C]`, patches' rows.
      inverse_norms: `[B, 1, columns + 2·reach, rows]`, of whole patches.
      kernel_size, reach: as given.
    """

    def __init__(self, x, kernel_size, reach):
        self.kernel_size, self.reach = kernel_size, reach
        rows, columns = tf.shape(x)[1], tf.shape(x)[2]
        height = kernel_size // 2
        around = places.around((rows, columns), height, reach)
        self.rows = tf.gather(
            places.with_none(row_patches(x, kernel_size)),
            tf.reshape(around, [-1]),
            axis=1,
        )
        beside = places.around((rows, columns), 0, reach)
        norms = places.with_none(inverse_patch_norms(x, kernel_size))
        self.inverse_norms = tf.gather(norms[..., 0], beside, axis=1)[:, None]

    def compare(self, queries):
        """Products `[B, n, columns + 2·reach, rows + 2·(k // 2)]` of `[B, n, k·C]`."""
        shape = tf.shape(self.inverse_norms)
        layout = [shape[2], shape[3] + self.kernel_size // 2 * 2]
        products = tf.matmul(queries, self.rows, transpose_b=True)
        return tf.reshape(products, [shape[0], -1, *layout])


def fused_scores(queries, keys, block, f_size, b_size):
    """Scores of a block of queries and all keys, fused along rows and columns.

    Args:
      queries: `[B, P + 1, k·C]`, row-major, the last one zeros.
      keys: `Keys`.
      block: `[n]` int32, row-major places.
      f_size, b_size: (rows, columns) of P and Q.

    Returns:
      `[B, n, Q]`, keys column by column.
    """
    height, reach = keys.kernel_size // 2, keys.reach
    below, in_below = places.neighbours(block, places.down_columns, reach, f_size)
    beside, in_beside = places.neighbours(below, places.along_rows, reach, f_size)
    lines, in_lines = places.neighbours(beside, places.above, height, f_size)

    scores = keys.compare(tf.gather(queries, lines, axis=1))
    scores = shifted_sum(scores, in_lines, axis=3) * keys.inverse_norms
    scores = shifted_sum(scores, in_beside, axis=2)
    q = b_size[0] * b_size[1]
    scores = tf.reshape(scores, [tf.shape(queries)[0], -1, 1, q])
    scores = tf.pad(scores, [[0, 0], [0, 0], [0, 0], [reach, reach]])
    return shifted_sum(scores, in_below, axis=3)[:, :, 0]


def shifted_sum(x, index, axis):
    """Σ_j of the rows `index[j]` of `x`, whose slice on `axis` begins at j.

    Args:
      x: `[B, m, …, …]`.
      index: `[taps, n]` int32, taps static.
      axis: 2 or 3; it gets shorter by taps − 1.
    """
    taps = index.shape[0]
    length = tf.shape(x)[axis] - (taps - 1)
    slices = (
        x[:, :, j : j + length] if axis == 2 else x[..., j : j + length]
        for j in range(taps)
    )
    return tf.add_n([tf.gather(s, index[j], axis=1) for j, s in enumerate(slices)])


def block_weights(attention, block, f_size, b_size):
    """How much of each background block goes into the canvas blocks of some queries.

    Args:
      attention: `[B, n, Q]`, keys column by column.
      block: `[n]` int32, row-major places.
      f_size, b_size: (rows, columns) of P and Q.

    Returns:
      (`[B, m, (columns + 1)·(rows + 1)]`, keys' blocks column by column; `[m]` int32,
      row-major places in the foreground's canvas).
    """
    rows, columns = f_size
    batch = tf.shape(attention)[0]
    x = tf.reshape(attention, [batch, -1, b_size[1], b_size[0]])
    halves, in_halves = places.sharing(block, columns, (rows + 1) * columns)
    x = tf.pad(x, [[0, 0], [0, 1], [0, 0], [1, 1]])
    x = shifted_sum(x, in_halves, axis=3)  # [B, ·, columns, rows + 1]

    # from places in (rows + 1)×columns to places in the canvas
    wider = halves // columns * (columns + 1) + halves % columns
    where, in_where = places.sharing(wider, 1, (rows + 1) * (columns + 1))
    x = tf.pad(x, [[0, 0], [0, 1], [1, 1], [0, 0]])
    x = shifted_sum(x, in_where, axis=2)  # [B, m, columns + 1, rows + 1]
    return tf.reshape(x, [batch, -1, (b_size[0] + 1) * (b_size[1] + 1)]), where


def block_size(batch, f_size, b_size, reach, scratch_bytes):
    """How many queries fit, with their neighbours in the columns beside them."""
    keys = tf.cast(b_size[0] * b_size[1], tf.float32)
    query_bytes = 4.0 * _ALIVE * tf.cast(batch, tf.float32) * keys
    fitting = tf.cast(scratch_bytes / query_bytes, tf.int32)
    return tf.maximum(fitting - 2 * reach * f_size[0], _LEAST_QUERIES)


def in_blocks(answer, wanted, size, depth):
    """`answer` of all queries, a block at a time.

    Args:
      answer: `[n]` int32 queries → (`[B, m, depth]` float32, `[m]` int32, `[B, n]`
        int32).
      wanted: `[N]` int32, all queries.
      size: of a block.
      depth: static.

    Returns:
      (`[M, B, depth]`, `[M]`, `[N, B]`).
    """
    count = tf.maximum(-(-tf.size(wanted) // size), 1)

    def step(i, pasted, where, best):
        answers = answer(wanted[i * size : (i + 1) * size])
        return (
            i + 1,
            pasted.write(i, tf.transpose(answers[0], [1, 0, 2])),
            where.write(i, answers[1]),
            best.write(i, tf.transpose(answers[2])),
        )

    def collector(dtype, shape):
        return tf.TensorArray(dtype, count, infer_shape=False, element_shape=shape)

    collectors = (
        collector(tf.float32, [None, None, depth]),
        collector(tf.int32, [None]),
        collector(tf.int32, [None, None]),
    )
    _, *found = tf.while_loop(
        lambda i, *_: i < count, step, (0, *collectors), parallel_iterations=1
    )
    return tuple(array.concat() for array in found)

"""Contextual attention in blocks of queries: the form that inference uses.

Memory is bounded whatever the picture's size: no P×Q matrix is ever whole. Places
are counted column by column here (i = column·rows + row), and a block is a run of
whole columns. With S the scores of patches,

    T[p, q] = Σ_d S[p's neighbour d along its row, q's neighbour d along its row]
    S'[p, q] = Σ_d T[p + d, q + d]

is the fusion. Rows continue in the next row, so beyond its last column the picture
goes on with its first column, one row up (before its first with its last, one row
down). With patches laid out so for a few columns more, both sums take slices of one
product of a block's queries and all keys.
"""

import tensorflow as tf

from inpaint.attention.pieces import (
    from_blocks,
    inverse_patch_norms,
    small_size,
    to_blocks,
    to_offsets,
    valid_patches,
)
from inpaint.tensors import resize_nearest

# Matrices of a block's size that are alive together, allocator's losses included.
_ALIVE = 6


def attend(foreground, background, mask, options):
    """Repaint the foreground; arguments and results as of `batched.attend`.

    `options.scratch_bytes` bounds the blocks (one column of places at least).
    """
    rate, kernel_size = options.rate, options.kernel_size
    reach = options.fuse_kernel_size // 2 if options.fuse else 0
    f_size, b_size = small_size(foreground, rate), small_size(background, rate)
    batch = tf.shape(foreground)[0]
    small = resize_nearest(background, *b_size)
    keys = patches(small, kernel_size) * inverse_patch_norms(small, kernel_size)
    keys = continued_columns(keys, reach)  # [B, (columns + 2·reach)·rows, 9C]
    queries = patches(resize_nearest(foreground, *f_size), kernel_size)
    queries = continued_columns(queries, reach)
    queries = tf.pad(queries, [[0, 0], [reach, reach], [0, 0]])
    if mask is None:
        valid = None
    else:
        valid = valid_patches(resize_nearest(mask, *b_size), kernel_size)
        valid = tf.reshape(by_columns(valid), [tf.shape(mask)[0], 1, -1])
    blocks = column_pairs(to_blocks(background, b_size, rate))
    depth = blocks.shape[-1]

    rows, columns = f_size
    q = b_size[0] * b_size[1]
    column_bytes = (
        _ALIVE * 4.0 * tf.cast(batch * rows, tf.float32) * tf.cast(q, tf.float32)
    )
    width = tf.cast(options.scratch_bytes / column_bytes, tf.int32) - 2 * reach
    width = tf.clip_by_value(width, 1, columns)
    count = -(-columns // width)

    def step(i, pasted, best):
        start = i * width * rows
        end = tf.minimum(start + width * rows, rows * columns)
        scores = tf.matmul(
            queries[:, start : end + 2 * reach * (rows + 1)], keys, transpose_b=True
        )
        if reach:
            scores = fused(scores, start, end, rows, columns, b_size, reach)
        if valid is None:
            attention = tf.nn.softmax(scores * options.softmax_scale)
        else:
            attention = tf.nn.softmax(scores * (options.softmax_scale * valid)) * valid
        canvas = paste(attention, blocks, rows, b_size)
        index = tf.argmax(attention, axis=-1, output_type=tf.int32)
        return (
            i + 1,
            pasted.write(i, tf.transpose(canvas, [1, 0, 2, 3])),
            best.write(i, tf.transpose(index)),
        )

    def collector(dtype, shape):
        return tf.TensorArray(dtype, count, infer_shape=False, element_shape=shape)

    _, pasted, best = tf.while_loop(
        lambda i, *_: i < count,
        step,
        (
            0,
            collector(tf.float32, [None, None, None, depth]),
            collector(tf.int32, [None, None]),
        ),
        parallel_iterations=1,
    )
    output = from_blocks(overlapped(pasted.concat()), tf.shape(foreground), rate)
    best = tf.reshape(tf.transpose(best.concat()), [batch, columns, rows])
    best = best % b_size[0] * b_size[1] + best // b_size[0]
    return output, to_offsets(tf.transpose(best, [0, 2, 1]), columns)


def patches(x, kernel_size):
    """All patches of `[B, rows, columns, C]`, zeros outside: `[…, kernel_size²·C]`."""
    reach = kernel_size // 2
    shape = tf.shape(x)
    padded = tf.pad(x, [[0, 0], [reach, reach], [reach, reach], [0, 0]])
    return tf.concat(
        [
            padded[:, i : i + shape[1], j : j + shape[2]]
            for i in range(kernel_size)
            for j in range(kernel_size)
        ],
        axis=-1,
    )


def by_columns(x):
    """`[B, rows, columns, D]` → `[B, columns·rows, D]`, column by column."""
    shape = tf.shape(x)
    x = tf.transpose(x, [0, 2, 1, 3])
    return tf.reshape(x, [shape[0], shape[1] * shape[2], x.shape[-1]])


def continued_columns(x, reach):
    """Column by column, `reach` columns more on each side, as the rows continue.

    Args:
      x: `[B, rows, columns, D]`.
      reach: columns to add; those of no row are zeros.

    Returns:
      `[B, (columns + 2·reach)·rows, D]`.
    """
    if not reach:
        return by_columns(x)
    shape = tf.shape(x)
    batch, rows, columns = shape[0], shape[1], shape[2]
    place = tf.range(-reach, columns + reach)[:, None] + columns * tf.range(rows)
    inside = (place >= 0) & (place < rows * columns)
    place = tf.reshape(tf.where(inside, place, rows * columns), [-1])
    flat = tf.reshape(x, [batch, rows * columns, x.shape[-1]])
    return tf.gather(tf.pad(flat, [[0, 0], [0, 1], [0, 0]]), place, axis=1)


def fused(scores, start, end, rows, columns, b_size, reach):
    """S' of the queries `start` … `end` from the scores of continued columns."""
    b_rows, q = b_size[0], b_size[0] * b_size[1]
    n = end - start + 2 * reach
    along_rows = tf.add_n(
        [
            scores[:, j * rows : j * rows + n, j * b_rows : j * b_rows + q]
            for j in range(2 * reach + 1)
        ]
    )
    query = tf.range(start - reach, end + reach)
    inside = (query >= 0) & (query < rows * columns)
    along_rows *= tf.cast(inside, tf.float32)[:, None]
    along_rows = tf.pad(along_rows, [[0, 0], [0, 0], [reach, reach]])
    return tf.add_n(
        [along_rows[:, j : j + end - start, j : j + q] for j in range(2 * reach + 1)]
    )


def column_pairs(blocks):
    """The canvas by columns, each block beside its right neighbour.

    Args:
      blocks: `[B, rows + 1, columns + 1, D]`.

    Returns:
      `[B, columns·(rows + 1), 2·D]`.
    """
    return by_columns(tf.concat([blocks[:, :, :-1], blocks[:, :, 1:]], axis=-1))


def paste(attention, blocks, rows, b_size):
    """What a block's queries paste into their own and the next column of the canvas.

    Args:
      attention: `[B, n·rows, Q]`.
      blocks: see `column_pairs`.
      rows: of the foreground.
      b_size: (rows, columns) of the background.

    Returns:
      `[B, n, rows + 1, 2·D]`.
    """
    batch = tf.shape(attention)[0]
    b_length = b_size[1] * (b_size[0] + 1)
    weights = tf.reshape(attention, [batch, -1, rows, b_size[1], b_size[0]])
    weights = tf.pad(weights, [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1]])
    weights = tf.reshape(weights, [batch, -1])
    weights += tf.roll(weights, b_length + 1, axis=1)
    weights = tf.reshape(weights, [batch, -1, b_length])
    pasted = tf.matmul(weights, blocks) / 4.0
    return tf.reshape(pasted, [batch, -1, rows + 1, blocks.shape[-1]])


def overlapped(pasted):
    """The foreground's canvas from all blocks' pastes.

    Args:
      pasted: `[columns, B, rows + 1, 2·D]`.

    Returns:
      `[B, rows + 1, columns + 1, D]`.
    """
    own, following = tf.split(pasted, 2, axis=-1)
    canvas = tf.pad(own, [[0, 1], [0, 0], [0, 0], [0, 0]])
    canvas += tf.pad(following, [[1, 0], [0, 0], [0, 0], [0, 0]])
    return tf.transpose(canvas, [1, 2, 0, 3])

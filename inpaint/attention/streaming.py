"""Contextual attention in blocks of queries: the form that inference uses.

Memory is bounded whatever the picture's size: no P×Q matrix is ever whole, and only
the queries that are asked for are computed. With S the scores of patches, row(i, d)
the place d further along the rows (a row goes on in the next one) and col(i, d)
likewise down the columns, the fusion is

    T[p, q] = Σ_d S[row(p, d), row(q, d)]
    S'[p, q] = Σ_d T[col(p, d), col(q, d)]

So a block of queries needs the scores of its neighbours only, and these are computed
with it. Keys are counted column by column (column·rows + row), with a few columns
more on both sides as the rows go on: a step along the rows is then a step of a whole
column, and on the keys' side both sums take slices of one product.
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
    rate, kernel_size = options.rate, options.kernel_size
    reach = options.fuse_kernel_size // 2 if options.fuse else 0
    f_size, b_size = small_size(foreground, rate), small_size(background, rate)
    columns = f_size[1]
    batch = tf.shape(foreground)[0]

    small = resize_nearest(background, *b_size)
    keys = patches(small, kernel_size) * inverse_patch_norms(small, kernel_size)
    keys = continued_columns(keys, reach)  # [B, (columns + 2·reach)·rows, 9C]
    queries = patches(resize_nearest(foreground, *f_size), kernel_size)
    queries = with_none(queries)  # [B, P + 1, 9C]
    blocks = patch_blocks(to_blocks(background, b_size, rate))  # [B, Q, 4·D]
    valid = None
    if mask is not None:
        valid = valid_patches(resize_nearest(mask, *b_size), kernel_size)
        valid = by_columns(valid)[:, tf.newaxis, :, 0]  # [B or 1, 1, Q]

    def answer(block):
        """What the queries of a block paste, and which keys they attend to most."""
        if reach:
            scores = fused_scores(queries, keys, block, f_size, b_size, reach)
        else:
            scores = tf.matmul(
                tf.gather(queries, block, axis=1), keys, transpose_b=True
            )
        if valid is None:
            attention = tf.nn.softmax(scores * options.softmax_scale)
        else:
            attention = tf.nn.softmax(scores * (options.softmax_scale * valid)) * valid
        best = tf.argmax(attention, axis=-1, output_type=tf.int32)
        return tf.matmul(attention, blocks) / 4.0, best

    if needed is None:
        needed = tf.ones(f_size, tf.bool)
    # Column by column, so that neighbours come into one block.
    wanted = tf.cast(tf.where(tf.transpose(needed)), tf.int32)
    wanted = wanted[:, 1] * columns + wanted[:, 0]
    size = block_size(batch, f_size, b_size, reach, options.scratch_bytes)
    pasted, best = in_blocks(answer, wanted, size, depth=blocks.shape[-1])

    canvas = scattered(pasted, wanted, f_size)
    output = from_blocks(canvas, tf.shape(foreground), rate)
    best = best % b_size[0] * b_size[1] + best // b_size[0]
    best = tf.scatter_nd(wanted[:, None], best, [f_size[0] * columns, batch])
    best = tf.reshape(tf.transpose(best), [batch, *f_size])
    return output, to_offsets(best, columns)


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


def with_none(x):
    """`[B, rows, columns, D]` → `[B, rows·columns + 1, D]`, the last one zeros."""
    shape = tf.shape(x)
    x = tf.reshape(x, [shape[0], shape[1] * shape[2], x.shape[-1]])
    return tf.pad(x, [[0, 0], [0, 1], [0, 0]])


def continued_columns(x, reach):
    """Column by column, `reach` columns more on each side, as the rows go on.

    Args:
      x: `[B, rows, columns, D]`.
      reach: columns to add; places before the first and behind the last are zeros.

    Returns:
      `[B, (columns + 2·reach)·rows, D]`.
    """
    if not reach:
        return by_columns(x)
    rows, columns = tf.shape(x)[1], tf.shape(x)[2]
    place = tf.range(-reach, columns + reach)[:, None] + columns * tf.range(rows)
    place = tf.reshape(place_or_none(place, rows * columns), [-1])
    return tf.gather(with_none(x), place, axis=1)


def place_or_none(place, count):
    """The places themselves; `count` for those outside [0, count)."""
    return tf.where((place >= 0) & (place < count), place, count)


def along_rows(place, step, size):
    """row(place, step) of row-major places; none is rows·columns."""
    count = size[0] * size[1]
    return tf.where(place < count, place_or_none(place + step, count), count)


def down_columns(place, step, size):
    """col(place, step) of row-major places; none is rows·columns."""
    rows, columns = size
    count = rows * columns
    moved = place_or_none(place % columns * rows + place // columns + step, count)
    back = moved % rows * columns + moved // rows
    return tf.where((place < count) & (moved < count), back, count)


def fused_scores(queries, keys, block, f_size, b_size, reach):
    """S' of a block of queries and all keys.

    Args:
      queries: `[B, P + 1, 9C]`, row-major, zeros for no place.
      keys: `[B, (columns + 2·reach)·rows, 9C]`, see `continued_columns`.
      block: `[n]` int32, row-major places.
      f_size, b_size: (rows, columns) of P and Q.
      reach: how far the fusion goes.

    Returns:
      `[B, n, Q]`, keys column by column.
    """
    steps = range(-reach, reach + 1)
    b_rows, q = b_size[0], b_size[0] * b_size[1]
    below = tf.concat([down_columns(block, d, f_size) for d in steps], 0)
    below, in_below = tf.unique(below)
    beside = tf.concat([along_rows(below, d, f_size) for d in steps], 0)
    beside, in_beside = tf.unique(beside)

    scores = tf.matmul(tf.gather(queries, beside, axis=1), keys, transpose_b=True)
    scores = shifted_sum(scores, in_beside, tf.size(below), len(steps), b_rows, q)
    scores = tf.pad(scores, [[0, 0], [0, 0], [reach, reach]])
    return shifted_sum(scores, in_below, tf.size(block), len(steps), 1, q)


def shifted_sum(scores, index, n, taps, stride, q):
    """Σ over j < taps of rows index[j·n : (j + 1)·n] and columns j·stride … + q."""
    return tf.add_n(
        [
            tf.gather(
                scores[:, :, j * stride : j * stride + q],
                index[j * n : (j + 1) * n],
                axis=1,
            )
            for j in range(taps)
        ]
    )


def patch_blocks(canvas):
    """The four blocks of every raw patch, column by column, `[B, Q, 4·D]`.

    Args:
      canvas: `[B, rows + 1, columns + 1, D]`.
    """
    height, width = tf.shape(canvas)[1] - 1, tf.shape(canvas)[2] - 1
    corners = [(i, j) for i in (0, 1) for j in (0, 1)]
    return by_columns(
        tf.concat([canvas[:, i : i + height, j : j + width] for i, j in corners], -1)
    )


def block_size(batch, f_size, b_size, reach, scratch_bytes):
    """How many queries fit, with their neighbours in the columns beside them."""
    keys = tf.cast(b_size[0] * b_size[1], tf.float32)
    query_bytes = 4.0 * _ALIVE * tf.cast(batch, tf.float32) * keys
    fitting = tf.cast(scratch_bytes / query_bytes, tf.int32)
    return tf.maximum(fitting - 2 * reach * f_size[0], _LEAST_QUERIES)


def in_blocks(answer, wanted, size, depth):
    """`answer` of all queries, a block at a time.

    Args:
      answer: `[n]` int32 queries → (`[B, n, depth]` float32, `[B, n]` int32).
      wanted: `[N]` int32, all queries.
      size: of a block.
      depth: static.

    Returns:
      (`[N, B, depth]`, `[N, B]`).
    """
    count = tf.maximum(-(-tf.size(wanted) // size), 1)

    def step(i, pasted, best):
        answers = answer(wanted[i * size : (i + 1) * size])
        return (
            i + 1,
            pasted.write(i, tf.transpose(answers[0], [1, 0, 2])),
            best.write(i, tf.transpose(answers[1])),
        )

    def collector(dtype, shape):
        return tf.TensorArray(dtype, count, infer_shape=False, element_shape=shape)

    pasted = collector(tf.float32, [None, None, depth])
    best = collector(tf.int32, [None, None])
    _, pasted, best = tf.while_loop(
        lambda i, *_: i < count, step, (0, pasted, best), parallel_iterations=1
    )
    return pasted.concat(), best.concat()


def scattered(pasted, wanted, f_size):
    """The foreground's canvas, every query's four blocks added in their places.

    Args:
      pasted: `[N, B, 4·D]`, see `patch_blocks`.
      wanted: `[N]` int32, row-major places.
      f_size: (rows, columns) of the foreground.

    Returns:
      `[B, rows + 1, columns + 1, D]`.
    """
    rows, columns = f_size
    batch = tf.shape(pasted)[1]
    depth = pasted.shape[-1] // 4
    canvas = tf.zeros([(rows + 1) * (columns + 1), batch, depth])
    first = wanted // columns * (columns + 1) + wanted % columns
    for corner, blocks in enumerate(tf.split(pasted, 4, axis=-1)):
        place = first + corner // 2 * (columns + 1) + corner % 2
        canvas = tf.tensor_scatter_nd_add(canvas, place[:, None], blocks)
    canvas = tf.reshape(canvas, [rows + 1, columns + 1, batch, depth])
    return tf.transpose(canvas, [2, 0, 1, 3])

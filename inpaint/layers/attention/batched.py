"""Contextual attention for a whole batch at once: the form that training uses.

With P foreground and Q background positions, row-major, scores and attention are P×Q
matrices, by far the largest tensors of the network. They are
computed without materialising the patches:

* ⟨patch p, patch q⟩ is the sum of the pixel products ⟨f[p+δ], b[q+δ]⟩ over the
  patch's positions δ. So one matrix of pixel products is summed along its diagonals,
  first down the rows of both pictures, then along them.
* The fusion is two more diagonal sums, of the score matrix itself.
* Pasting sums attention along its diagonals over the four patches that overlap in a
  block (see `blocks`), then multiplies with the blocks.

A diagonal sum is a sum of rolls of the flattened matrix. Zero rows and columns
behind each axis (guards) take up what a roll carries over the end of a row. At most
three P×Q matrices are alive at a time, with kernels of 3 as released; a sum of more
rolls holds them all.
"""

import tensorflow as tf

from inpaint.layers.attention.blocks import (
    from_blocks,
    inverse_patch_norms,
    small_size,
    to_blocks,
    to_offsets,
    valid_patches,
)
from inpaint.tensors import resize_nearest


def attend(foreground, background, mask, options):
    """Repaint the foreground with background patches.

    Args:
      foreground: `[B, h, w, C]` float32.
      background: `[B, h', w', C]` float32.
      mask: `[B or 1, h', w', 1]` float32 or None.
      options: a `ContextualAttention` layer, for its settings.

    Returns:
      (output like `foreground`, offsets `[B, ⌈h/rate⌉, ⌈w/rate⌉, 2]` int32).
    """
    rate = options.rate
    f_size, b_size = small_size(foreground, rate), small_size(background, rate)
    scores = patch_scores(
        resize_nearest(foreground, *f_size),
        resize_nearest(background, *b_size),
        options.kernel_size,
    )  # [B, P, Q]
    if options.fuse:
        scores = fuse_scores(scores, f_size, b_size, options.fuse_kernel_size)
    if mask is None:
        attention = tf.nn.softmax(scores * options.softmax_scale)
    else:
        valid = valid_patches(resize_nearest(mask, *b_size), options.kernel_size)
        valid = tf.reshape(valid, [tf.shape(mask)[0], 1, -1])  # [B or 1, 1, Q]
        attention = tf.nn.softmax(scores * (options.softmax_scale * valid)) * valid
    blocks = paste(attention, to_blocks(background, b_size, rate), f_size, b_size)
    output = from_blocks(blocks, tf.shape(foreground), rate)
    best = tf.argmax(attention, axis=-1, output_type=tf.int32)
    return output, to_offsets(tf.reshape(best, [-1, *f_size]), f_size[1])


def patch_scores(foreground, background, kernel_size):
    """Similarity of every foreground patch and every normalised background patch.

    Args:
      foreground, background: `[B, rows, columns, C]` float32.
      kernel_size: side of the patches (zeros outside the picture), odd.

    Returns:
      `[B, P, Q]`: ⟨patch p, patch q / max(‖patch q‖, 1e-4)⟩.
    """
    reach = kernel_size // 2
    batch, f_rows, f_columns = _sizes(foreground)
    _, b_rows, b_columns = _sizes(background)
    guard = [[0, 0], [0, reach], [0, reach], [0, 0]]
    f_pixels = _flatten(tf.pad(foreground, guard))  # [B, (rows+g)(columns+g), C]
    b_pixels = _flatten(tf.pad(background, guard))
    products = tf.matmul(f_pixels, b_pixels, transpose_b=True)

    b_length = (b_rows + reach) * (b_columns + reach)
    row_step = (f_columns + reach) * b_length + (b_columns + reach)
    products = tf.reshape(products, [batch, -1])
    products = diagonal_sum(products, row_step, reach)
    products = diagonal_sum(products, b_length + 1, reach)
    products = tf.reshape(
        products,
        [batch, f_rows + reach, f_columns + reach, b_rows + reach, b_columns + reach],
    )
    positions = [batch, f_rows, f_columns, b_rows, b_columns]
    products = tf.slice(products, [0] * 5, positions)

    inverse_norms = inverse_patch_norms(background, kernel_size)
    scores = tf.reshape(products, [batch, f_rows * f_columns, b_rows * b_columns])
    return scores * tf.reshape(inverse_norms, [batch, 1, -1])


def fuse_scores(scores, f_size, b_size, kernel_size):
    """Add to every score those of its neighbours, shifted alike in both pictures.

    Along the rows first, then along the columns. The neighbour of a row's last position
    is the next row's first (the columns' likewise), as released.

    Args:
      scores: `[B, P, Q]`, both axes row-major.
      f_size, b_size: (rows, columns) of P and Q.
      kernel_size: how many neighbours, odd.
    """
    batch, p, q = (tf.shape(scores)[axis] for axis in range(3))
    reach = kernel_size // 2

    def along_diagonal(x):
        x = tf.pad(x, [[0, 0], [0, reach], [0, reach]])
        x = diagonal_sum(tf.reshape(x, [batch, -1]), q + reach + 1, reach)
        x = tf.reshape(x, [batch, p + reach, q + reach])
        return tf.slice(x, [0, 0, 0], [batch, p, q])

    def transposed(x, f_size, b_size):
        x = tf.reshape(x, [batch, *f_size, *b_size])
        return tf.reshape(tf.transpose(x, [0, 2, 1, 4, 3]), [batch, p, q])

    scores = along_diagonal(scores)
    scores = along_diagonal(transposed(scores, f_size, b_size))
    return transposed(scores, f_size[::-1], b_size[::-1])


def paste(attention, blocks, f_size, b_size):
    """The canvas of raw background patches weighted by attention, overlaps added, / 4.

    Args:
      attention: `[B, P, Q]`.
      blocks: the background's canvas, `[B, rows + 1, columns + 1, D]`.
      f_size, b_size: (rows, columns) of P and Q.

    Returns:
      The foreground's canvas.
    """
    batch = tf.shape(attention)[0]
    weights = tf.reshape(attention, [batch, *f_size, *b_size])
    weights = tf.pad(weights, [[0, 0]] + [[0, 1]] * 4)
    b_length = (b_size[0] + 1) * (b_size[1] + 1)
    row_step = (f_size[1] + 1) * b_length + (b_size[1] + 1)
    weights = tf.reshape(weights, [batch, -1])
    weights += tf.roll(weights, row_step, axis=1)
    weights += tf.roll(weights, b_length + 1, axis=1)
    weights = tf.reshape(weights, [batch, -1, b_length])
    depth = blocks.shape[-1]
    pasted = tf.matmul(weights, tf.reshape(blocks, [batch, b_length, depth])) / 4.0
    return tf.reshape(pasted, [batch, f_size[0] + 1, f_size[1] + 1, depth])


def diagonal_sum(x, step, reach):
    """Σ over |d| ≤ reach of `[B, N]` shifted by d·step positions."""
    shifts = [d for d in range(-reach, reach + 1) if d]
    return tf.add_n([tf.roll(x, d * step, axis=1) for d in shifts] + [x])


def _sizes(x):
    shape = tf.shape(x)
    return shape[0], shape[1], shape[2]


def _flatten(x):
    return tf.reshape(x, [tf.shape(x)[0], -1, x.shape[-1]])

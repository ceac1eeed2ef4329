"""What the forms of attention share.

P foreground and Q background positions lie at 1/rate of the features' size. Pasted raw
patches are 2·rate wide, one at every rate-th pixel: they are made of 2×2 blocks of
rate×rate pixels, each shared by the four patches that overlap there. So a picture of
(rows, columns) positions is a canvas of (rows + 1)×(columns + 1) blocks.
"""

import tensorflow as tf


def small_size(x, rate):
    """(rows, columns) of positions of `[B, h, w, C]`: h, w over rate, rounded up."""
    shape = tf.shape(x)
    return -(-shape[1] // rate), -(-shape[2] // rate)


def inverse_patch_norms(x, kernel_size):
    """1 / max(‖patch‖, 1e-4) of every patch, zeros outside, `[B, rows, columns, 1]`.

    The maximum is taken of the squares, which keeps the gradient of an all-zero
    patch finite.
    """
    reach = kernel_size // 2
    squares = tf.reduce_sum(tf.square(x), -1, keepdims=True)
    squares = tf.pad(squares, [[0, 0], [reach, reach], [reach, reach], [0, 0]])
    squares = tf.nn.avg_pool2d(squares, kernel_size, strides=1, padding="VALID")
    return tf.math.rsqrt(tf.maximum(squares * float(kernel_size**2), 1e-8))


def valid_patches(mask, kernel_size):
    """1 for every patch of `[B, rows, columns, 1]` without hole, 0 for the others."""
    holes = tf.nn.max_pool2d(mask, kernel_size, strides=1, padding="SAME")
    return tf.cast(holes <= 0.0, tf.float32)


def to_blocks(x, size, rate):
    """The canvas of `[B, h, w, C]`: `[B, rows + 1, columns + 1, rate·rate·C]`.

    Zeros surround the picture as SAME padding of the raw patches puts them.
    """
    channels = x.shape[-1]
    shape = tf.shape(x)
    margins = [(size[i] + 1) * rate - shape[i + 1] for i in (0, 1)]
    margins = [[margin // 2, margin - margin // 2] for margin in margins]
    x = tf.pad(x, [[0, 0], *margins, [0, 0]])
    x = tf.reshape(x, [shape[0], size[0] + 1, rate, size[1] + 1, rate, channels])
    x = tf.transpose(x, [0, 1, 3, 2, 4, 5])
    return tf.reshape(x, [shape[0], size[0] + 1, size[1] + 1, rate * rate * channels])


def from_blocks(blocks, shape, rate):
    """The picture of a canvas `[B, rows + 1, columns + 1, rate·rate·C]`.

    Args:
      blocks: see `to_blocks`.
      shape: of the picture, `[B, h, w, C]`, int32 tensor; C static in `blocks`.
      rate: side of a block.
    """
    channels = blocks.shape[-1] // rate**2
    size = tf.shape(blocks)
    x = tf.reshape(blocks, [size[0], size[1], size[2], rate, rate, channels])
    x = tf.transpose(x, [0, 1, 3, 2, 4, 5])
    x = tf.reshape(x, [size[0], size[1] * rate, size[2] * rate, channels])
    top, left = ((size[i] * rate - shape[i]) // 2 for i in (1, 2))
    return x[:, top : top + shape[1], left : left + shape[2]]


def to_offsets(best, columns):
    """Offsets to the positions attended most, `[B, rows, columns, 2]` int32.

    As released, the position in the background is read with the foreground's width.

    Args:
      best: `[B, rows, columns]` int32, row-major position in the background.
      columns: width of the foreground, in positions.
    """
    rows = tf.shape(best)[1]
    here = tf.stack(tf.meshgrid(tf.range(rows), tf.range(columns), indexing="ij"), -1)
    return tf.stack([best // columns, best % columns], axis=-1) - here

"""Contextual attention, "Generative Image Inpainting with Contextual Attention" §4.

Every patch of the foreground is repainted as a softmax-weighted sum of background
patches, compared by cosine similarity. With P foreground and Q background places
(both at 1/rate of the features' size, row-major), scores and attention are P×Q
matrices, by far the largest tensors of the network. They are computed without
patch matrices:

* ⟨patch p, patch q⟩ is the sum of the pixel products ⟨f[p+δ], b[q+δ]⟩ over the
  patch's places δ. So one matrix of pixel products is summed along its diagonals,
  first down the rows of both pictures, then along them.
* The fusion is two more diagonal sums of the score matrix itself.
* Pasting cuts the raw patches, 2·rate wide, into rate×rate blocks: attention is
  summed along its diagonals over the four patches that overlap in a block, then
  multiplied with the blocks.

A diagonal sum is a sum of rolls of the flattened matrix. Zero rows and columns
behind each axis (guards) take up what a roll carries over the end of a row. At most
three P×Q matrices are alive at a time.
"""

import keras
import tensorflow as tf

from inpaint.tensors import resize_nearest


@keras.utils.register_keras_serializable(package="inpaint")
class ContextualAttention(keras.layers.Layer):
    """Paints the foreground with the background patches that resemble it.

    Computed in float32 whatever the layer's dtype.

    Args:
      kernel_size: side of the compared patches, odd.
      rate: the features are compared at 1/rate of their size; pasted patches are
        2·rate wide.
      fuse: whether neighbouring places are made to attend to neighbouring patches
        (§4.2, "attention propagation").
      fuse_kernel_size: reach of that propagation, odd.
      softmax_scale: factor on the scores before the softmax.

    Call arguments:
      foreground: `[B, h, w, C]` float features to repaint.
      background: `[B, h', w', C]` float features to paint with.
      mask: `[B, h', w', 1]` (or `[1, h', w', 1]` for all), 1 where the background
        must not be used (the hole); None uses all of it.

    Returns:
      (output, offsets): output like `foreground`; offsets int32
      `[B, ⌈h/rate⌉, ⌈w/rate⌉, 2]`, how many (rows, columns) away the most attended
      patch lies.

    Reference:
      Yu et al., CVPR 2018, arXiv 1801.07892, §4. As released: a masked patch still
      adds exp(0) to the softmax's denominator, and overlaps are divided by 4
      whatever the rate.
    """

    def __init__(
        self,
        kernel_size=3,
        rate=2,
        fuse=True,
        fuse_kernel_size=3,
        softmax_scale=10.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        for name, size in (
            ("kernel_size", kernel_size),
            ("fuse_kernel_size", fuse_kernel_size),
        ):
            if size < 1 or size % 2 == 0:
                raise ValueError(f"`{name}` must be odd. Received: {size!r}")
        if rate < 1:
            raise ValueError(f"`rate` must be at least 1. Received: {rate!r}")
        self.kernel_size = kernel_size
        self.rate = rate
        self.fuse = fuse
        self.fuse_kernel_size = fuse_kernel_size
        self.softmax_scale = softmax_scale

    def call(self, foreground, background, mask=None):
        dtype = foreground.dtype
        foreground = tf.cast(foreground, tf.float32)  # [B, h, w, C]
        background = tf.cast(background, tf.float32)
        f_shape, b_shape = tf.shape(foreground), tf.shape(background)
        # (rows, columns) of the compared places
        f_size = [-(-f_shape[1] // self.rate), -(-f_shape[2] // self.rate)]
        b_size = [-(-b_shape[1] // self.rate), -(-b_shape[2] // self.rate)]

        scores = patch_scores(
            resize_nearest(foreground, *f_size),
            resize_nearest(background, *b_size),
            self.kernel_size,
        )  # [B, P, Q]
        if self.fuse:
            scores = fuse_scores(scores, f_size, b_size, self.fuse_kernel_size)
        if mask is None:
            attention = tf.nn.softmax(scores * self.softmax_scale)
        else:
            mask = resize_nearest(tf.cast(mask, tf.float32), *b_size)
            valid = valid_patches(mask, self.kernel_size)[:, tf.newaxis]  # [B, 1, Q]
            attention = tf.nn.softmax(scores * (self.softmax_scale * valid)) * valid

        output = paste(attention, background, f_shape, f_size, b_size, self.rate)
        output.set_shape(foreground.shape)
        return tf.cast(output, dtype), best_offsets(attention, f_size)

    def compute_mask(self, *_, **__):
        """The mask is used up here: nothing to hand on to the next layer."""

    def compute_output_shape(self, foreground_shape, background_shape=None):
        batch, height, width, _ = foreground_shape
        small = [None if s is None else -(-s // self.rate) for s in (height, width)]
        return foreground_shape, (batch, *small, 2)

    def get_config(self):
        config = super().get_config()
        config.update(
            kernel_size=self.kernel_size,
            rate=self.rate,
            fuse=self.fuse,
            fuse_kernel_size=self.fuse_kernel_size,
            softmax_scale=self.softmax_scale,
        )
        return config


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
    )[:, :f_rows, :f_columns, :b_rows, :b_columns]

    # Below 1e-4 the norm counts as 1e-4; taking the maximum of the squares keeps the
    # gradient of an all-zero patch finite.
    squares = tf.reduce_sum(tf.square(background), -1, keepdims=True)
    squares = tf.nn.avg_pool2d(
        tf.pad(squares, [[0, 0], [reach, reach], [reach, reach], [0, 0]]),
        kernel_size,
        strides=1,
        padding="VALID",
    ) * float(kernel_size**2)
    inverse_norms = tf.math.rsqrt(tf.maximum(squares, 1e-8))
    scores = tf.reshape(products, [batch, f_rows * f_columns, b_rows * b_columns])
    return scores * tf.reshape(inverse_norms, [batch, 1, -1])


def fuse_scores(scores, f_size, b_size, kernel_size):
    """Add to every score those of its neighbours, shifted alike in both pictures.

    Along the rows first, then along the columns. The neighbour of a row's last place
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
        return tf.reshape(x, [batch, p + reach, q + reach])[:, :p, :q]

    def transposed(x, f_size, b_size):
        x = tf.reshape(x, [batch, *f_size, *b_size])
        return tf.reshape(tf.transpose(x, [0, 2, 1, 4, 3]), [batch, p, q])

    scores = along_diagonal(scores)
    scores = along_diagonal(transposed(scores, f_size, b_size))
    return transposed(scores, f_size[::-1], b_size[::-1])


def valid_patches(mask, kernel_size):
    """1 for each patch of `[B, rows, columns, 1]` without hole, `[B, rows·columns]`."""
    touched = tf.nn.max_pool2d(mask, kernel_size, strides=1, padding="SAME")
    return tf.reshape(tf.cast(touched <= 0.0, tf.float32), [tf.shape(mask)[0], -1])


def paste(attention, background, f_shape, f_size, b_size, rate):
    """Sum of the raw background patches, weighted by attention, overlaps added, / 4.

    A raw patch is 2·rate wide and one lies at every rate-th pixel, so it is made of
    2×2 blocks, each shared by the four patches that overlap there.

    Args:
      attention: `[B, P, Q]`.
      background: `[B, h', w', C]` float32.
      f_shape: shape of the result.
      f_size, b_size: (rows, columns) of P and Q.
      rate: stride of the patches, in pixels.
    """
    batch = f_shape[0]
    channels = background.shape[-1]
    weights = tf.reshape(attention, [batch, *f_size, *b_size])
    weights = tf.pad(weights, [[0, 0]] + [[0, 1]] * 4)
    b_length = (b_size[0] + 1) * (b_size[1] + 1)
    row_step = (f_size[1] + 1) * b_length + (b_size[1] + 1)
    weights = tf.reshape(weights, [batch, -1])
    weights += tf.roll(weights, row_step, axis=1)
    weights += tf.roll(weights, b_length + 1, axis=1)

    # SAME padding of 2·rate patches at stride rate: whole blocks around the picture
    margins = [(b_size[i] + 1) * rate - tf.shape(background)[i + 1] for i in (0, 1)]
    margins = [[margin // 2, margin - margin // 2] for margin in margins]
    blocks = tf.pad(background, [[0, 0], *margins, [0, 0]])
    blocks = tf.reshape(
        blocks, [batch, b_size[0] + 1, rate, b_size[1] + 1, rate, channels]
    )
    blocks = tf.transpose(blocks, [0, 1, 3, 2, 4, 5])
    blocks = tf.reshape(blocks, [batch, b_length, rate * rate * channels])

    f_length = (f_size[0] + 1) * (f_size[1] + 1)
    output = tf.matmul(tf.reshape(weights, [batch, f_length, b_length]), blocks)
    output = tf.reshape(
        output, [batch, f_size[0] + 1, f_size[1] + 1, rate, rate, channels]
    )
    output = tf.transpose(output, [0, 1, 3, 2, 4, 5])
    output = tf.reshape(
        output, [batch, (f_size[0] + 1) * rate, (f_size[1] + 1) * rate, channels]
    )
    top, left = (((f_size[i] + 1) * rate - f_shape[i + 1]) // 2 for i in (0, 1))
    return output[:, top : top + f_shape[1], left : left + f_shape[2]] / 4.0


def best_offsets(attention, f_size):
    """Where the largest attention of each place lies, `[B, rows, columns, 2]` int32.

    As released, the place in the background is read with the foreground's width.
    """
    rows, columns = f_size
    best = tf.argmax(attention, axis=-1, output_type=tf.int32)
    best = tf.reshape(best, [-1, rows, columns])
    here = tf.stack(tf.meshgrid(tf.range(rows), tf.range(columns), indexing="ij"), -1)
    return tf.stack([best // columns, best % columns], axis=-1) - here


def diagonal_sum(x, step, reach):
    """Σ over |d| ≤ reach of `[B, N]` shifted by d·step places."""
    shifts = [d for d in range(-reach, reach + 1) if d]
    return tf.add_n([tf.roll(x, d * step, axis=1) for d in shifts] + [x])


def _sizes(x):
    shape = tf.shape(x)
    return shape[0], shape[1], shape[2]


def _flatten(x):
    return tf.reshape(x, [tf.shape(x)[0], -1, x.shape[-1]])

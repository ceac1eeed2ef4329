"""Contextual attention for other runtimes: static shapes, neither loops nor branches.

The sums are those of the other two forms, in the order that costs least where nothing
is fused and a part of a matrix is a copy. The products of the patches' rows are one
matrix of P×Q. All that follows is done a row of queries at a time, so that it stays in
the processor's cache, and no sum needs a roll or a transposed matrix: a key's neighbour
in a column lies a row of keys further. Where a column goes on at its other end, those
keys are laid there too.

A row of queries is `[B, W, …]`, W its positions; keys are row-major.
"""

import tensorflow as tf

from inpaint.layers.attention.blocks import (
    from_blocks,
    inverse_patch_norms,
    to_blocks,
    to_offsets,
    valid_patches,
)
from inpaint.tensors import resize_nearest

PASTED_AT_ONCE = 512  # blocks


def attend(foreground, background, mask, options):
    """Repaint the foreground; arguments and results as of `batched.attend`.

    All shapes must be known when the graph is made.
    """
    rate = options.rate
    f_size, b_size = (
        tuple(-(-side // rate) for side in x.shape[1:3])
        for x in (foreground, background)
    )
    rows = FusedScores(
        resize_nearest(foreground, *f_size),
        resize_nearest(background, *b_size),
        options,
    )
    valid = None
    if mask is not None:
        valid = valid_patches(resize_nearest(mask, *b_size), options.kernel_size)
        valid = tf.reshape(valid, [mask.shape[0], 1, -1])  # [B or 1, 1, Q]

    attention = [attention_to(rows.of(i), valid) for i in range(f_size[0])]
    blocks = paste(attention, to_blocks(background, b_size, rate), b_size)
    output = from_blocks(blocks, tf.shape(foreground), rate)
    best = [tf.argmax(x, axis=-1, output_type=tf.int32) for x in attention]
    return output, to_offsets(tf.stack(best, axis=1), f_size[1])


def attention_to(scores, valid):
    """`[B, W, Q]` of scores that have their scale; valid is `[B or 1, 1, Q]`."""
    if valid is None:
        return tf.nn.softmax(scores)
    return tf.nn.softmax(scores * valid) * valid


class FusedScores:
    """Scores of all keys, fused, times the softmax's scale, by row of queries.

    Args:
      foreground, background: `[B, rows, columns, C]` float32, static.
      options: a `ContextualAttention` layer, for its settings.
    """

    def __init__(self, foreground, background, options):
        self._height = options.kernel_size // 2
        self._reach = options.fuse_kernel_size // 2 if options.fuse else 0
        batch, self._rows, self._columns = foreground.shape[:3]
        _, *self._b_size = background.shape[:3]
        height, reach = self._height, self._reach
        queries = row_patches(foreground, options.kernel_size)
        queries = tf.reshape(queries, [batch, self._rows * self._columns, -1])
        keys = row_patches(background, options.kernel_size)
        keys = tf.pad(keys, [[0, 0], [height, height], [0, 0], [0, 0]])
        length = keys.shape[1] * keys.shape[2]
        keys = tf.reshape(keys, [batch, length, -1])
        keys = tf.pad(keys, [[0, 0], [reach, reach], [0, 0]])
        self._products = tf.matmul(queries, keys, transpose_b=True)
        norms = inverse_patch_norms(background, options.kernel_size)
        norms = tf.reshape(norms * options.softmax_scale, [batch, 1, -1])
        self._factors = tf.pad(norms, [[0, 0], [0, 0], [reach, reach]])
        self._made = {}

    def of(self, row):
        """`[B, W, Q]`: fused along the rows, then down the columns."""
        if not self._reach:
            return self._once(self._compared, row)
        step, count = self._b_size[1], self._b_size[0] * self._b_size[1]
        parts = []
        for i in range(2 * self._reach + 1):
            column, other = divmod(row + i - self._reach, self._rows)
            x = self._once(self._along_the_row, other)
            x = x[:, :, i * step : i * step + count]
            parts.append(moved(x, column, axis=1))
        return add(parts)

    def _along_the_row(self, row):
        """Σ_d of the scores d positions further in both pictures.

        Returns:
          `[B, W, Q and more]`: as many rows of keys as the fusion reaches come before
          and behind, where the columns go on at their other end.
        """
        first, width = row * self._columns - self._reach, self._columns
        x = self._queries(first, first + width + 2 * self._reach)
        k_rows, k_columns = self._b_size
        taps = range(2 * self._reach + 1)
        x = add([x[:, d : d + width, d : d + k_rows * k_columns] for d in taps])

        def beyond(row):
            column, other = divmod(row, k_rows)
            x_row = x[:, :, other * k_columns : (other + 1) * k_columns]
            return moved(x_row, column, axis=2)

        before = [beyond(k) for k in range(-self._reach, 0)]
        behind = [beyond(k) for k in range(k_rows, k_rows + self._reach)]
        return tf.concat([*before, x, *behind], axis=2)

    def _queries(self, first, last):
        """Scores of the positions first … last − 1, zeros outside the picture."""
        width, count = self._columns, self._rows * self._columns
        inside = range(max(first, 0), min(last, count))
        parts = []
        for row in range(inside[0] // width, inside[-1] // width + 1):
            start = row * width
            ends = max(inside[0] - start, 0), min(inside[-1] + 1 - start, width)
            parts.append(self._once(self._compared, row)[:, slice(*ends)])
        x = tf.concat(parts, axis=1)
        outside = [inside[0] - first, last - 1 - inside[-1]]
        return tf.pad(x, [[0, 0], outside, [0, 0]]) if any(outside) else x

    def _compared(self, row):
        """Scores of whole patches, `[B, W, Q + 2·reach]`; keys outside have none."""
        width, k_columns = self._columns, self._b_size[1]
        parts = []
        for d in range(-self._height, self._height + 1):
            if 0 <= row + d < self._rows:
                queries = slice((row + d) * width, (row + d + 1) * width)
                first = (self._height + d) * k_columns
                keys = slice(first, first + self._factors.shape[2])
                parts.append(self._products[:, queries, keys])
        return add(parts) * self._factors

    def _once(self, function, row):
        key = function.__name__, row
        if key not in self._made:
            self._made[key] = function(row)
        return self._made[key]


def paste(attention, blocks, b_size):
    """The canvas of raw background patches weighted by attention, overlaps added, / 4.

    Args:
      attention: a list of rows, `[B, W, Q]` each.
      blocks: the background's canvas, `[B, rows + 1, columns + 1, D]`.
      b_size: (rows, columns) of Q.

    Returns:
      The foreground's canvas.
    """
    batch, width = attention[0].shape[:2]
    beside = []  # sums over the patches that share a block side by side
    for x in attention:
        x = tf.reshape(x, [batch, width, *b_size])
        right, left = ([[0, 0], [i, 1 - i], [0, 0], [i, 1 - i]] for i in (0, 1))
        x = tf.pad(x, right) + tf.pad(x, left)
        beside.append(tf.reshape(x, [batch, width + 1, -1]))
    step = b_size[1] + 1
    blocks = tf.reshape(blocks / 4.0, [batch, -1, blocks.shape[-1]])
    sums = []
    for above, below in zip([None, *beside], [*beside, None]):
        parts = []  # and of those above each other
        if below is not None:
            parts.append(tf.pad(below, [[0, 0], [0, 0], [0, step]]))
        if above is not None:
            parts.append(tf.pad(above, [[0, 0], [0, 0], [step, 0]]))
        sums.append(add(parts))
    # A product of many rows: a runtime lays the blocks out anew for each.
    count = max(1, PASTED_AT_ONCE // (width + 1))
    pasted = [
        tf.matmul(tf.concat(sums[i : i + count], axis=1), blocks)
        for i in range(0, len(sums), count)
    ]
    pasted = tf.concat(pasted, axis=1)
    return tf.reshape(pasted, [batch, len(sums), width + 1, pasted.shape[-1]])


def moved(x, by, axis):
    """`x` with element n + by of an axis at n, zeros outside."""
    if not by:
        return x
    size = x.shape[axis]
    by = max(-size, min(by, size))
    ends = [slice(None)] * 3
    ends[axis] = slice(max(by, 0), size + min(by, 0))
    margins = [[0, 0]] * 3
    margins[axis] = [max(-by, 0), max(by, 0)]
    return tf.pad(x[tuple(ends)], margins)


def add(parts):
    """Their sum, by operations of two: other runtimes have them at their fastest."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def row_patches(x, kernel_size):
    """Each pixel with its neighbours in its row, zeros outside: `[…, kernel_size·C]`.

    Args:
      x: `[B, rows, columns, C]`.
    """
    reach = kernel_size // 2
    columns = tf.shape(x)[2]
    padded = tf.pad(x, [[0, 0], [0, 0], [reach, reach], [0, 0]])
    return tf.concat([padded[:, :, j : j + columns] for j in range(kernel_size)], -1)

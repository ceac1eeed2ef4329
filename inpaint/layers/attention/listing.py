"""Lists of positions: a matrix of scores has rows for the listed queries only.

Listed in the order of a flattened mask, positions that follow each other there follow
each other in the list, if both are in it. So a sum over neighbours in that order is a
`diagonal_sum` of a matrix with a row for each listed position, and going on to a sum in
another order takes one gathering of rows.
"""

import tensorflow as tf


def transposed(mask):
    """A `[n, m]` mask flattened column by column; `[n·m]`."""
    return tf.reshape(tf.transpose(mask), [-1])


def grown(mask, reach):
    """True as far as `reach` positions along the last axis from one that is."""
    if not reach:
        return mask
    length = tf.shape(mask)[-1]
    padded = tf.pad(mask, [[0, 0]] * (mask.shape.rank - 1) + [[reach, reach]])
    near = [padded[..., j : j + length] for j in range(2 * reach + 1)]
    return tf.reduce_any(tf.stack(near), axis=0)


def with_next(mask):
    """True where a `[n, m]` mask or its next element along the last axis is."""
    return mask | tf.pad(mask[:, 1:], [[0, 0], [0, 1]])


def listed(mask):
    """The indices of a `[n]` mask's True elements, `[m]` int32."""
    return tf.cast(tf.where(mask), tf.int32)[:, 0]


def ranks(found, indices):
    """Where indices are in a `listed` mask's list, `[n]` int32; if they are there."""
    return tf.searchsorted(found, indices)


def rows_of(matrix, indices, before=0, after=0):
    """Rows of a `[n, m]` matrix by index, its last one around them as often as told."""
    last = tf.shape(matrix)[0] - 1
    around = [tf.fill([before], last), indices, tf.fill([after], last)]
    return tf.gather(matrix, tf.concat(around, axis=0))

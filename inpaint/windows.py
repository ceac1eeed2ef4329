"""A network's last layers only in windows around the pixels that are wanted.

Towards the picture layers grow large and see little: around thin strokes a window that
holds a tile of pixels and what they depend on costs much less than the box around all
strokes. All windows are of one size, so they are computed as a batch; at the picture's
border they are moved inwards, so that their padding is the picture's there.
"""

import tensorflow as tf

from inpaint import regions

SIDE = 32  # picture pixels, of a tile


def in_windows(part, x, scale_in, wanted, pixels):
    """A part's output in picture pixels, right where it is wanted.

    Args:
      part: as of `regions.in_bands`, without strides.
      x: `[B, h, w, C]`.
      scale_in: picture pixels in a pixel of `x`.
      wanted: `[B or 1, H, W, 1]` float, 1 where the output is wanted.
      pixels: picture pixels computed at a time, the margins not counted, about.

    Returns:
      `[B, H, W, F]`; if windows are less than all of it, 0 where there are none.
    """
    shape = tf.shape(x)
    size, side = shape[1:3], SIDE // scale_in
    first, last = regions.source(part, 0, SIDE - 1)
    beyond = max(-first, last + 1 - side)
    window = tf.minimum(side + 2 * beyond, size)
    tiles = _touched(wanted, shape[0])

    def in_some():
        flat = tf.reshape(x, [-1, x.shape[-1]])
        tile = tf.minimum(side, size)
        at_once = tf.maximum(pixels // SIDE**2, 1)
        count = -(-tf.shape(tiles)[0] // at_once)

        def step(i, values, where):
            sample, place = tf.split(tiles[i * at_once : (i + 1) * at_once], [1, 2], 1)
            start = tf.minimum(place * side, size - tile)
            begin = tf.clip_by_value(start - beyond, 0, size - window)
            y = part(tf.gather(flat, _places(sample, begin, window, size)))
            number = tf.range(tf.shape(sample)[0])[:, None]
            inside = (start - begin) * scale_in, tile * scale_in
            y = tf.gather(
                tf.reshape(y, [-1, y.shape[-1]]),
                tf.reshape(_places(number, *inside, window * scale_in), [-1]),
            )
            place = _places(sample, start * scale_in, inside[1], size * scale_in)
            return i + 1, values.write(i, y), where.write(i, tf.reshape(place, [-1]))

        def collector(dtype, *shape):
            return tf.TensorArray(dtype, count, infer_shape=False, element_shape=shape)

        channels = part.layers[-1].channels
        collectors = collector(x.dtype, None, channels), collector(tf.int32, None)
        _, values, where = tf.while_loop(
            lambda i, *_: i < count, step, (0, *collectors), parallel_iterations=1
        )
        empty = tf.zeros([shape[0] * size[0] * size[1] * scale_in**2, channels])
        filled = tf.tensor_scatter_nd_update(
            empty, where.concat()[:, None], values.concat()
        )
        return tf.reshape(
            filled, [shape[0], size[0] * scale_in, size[1] * scale_in, channels]
        )

    number = tf.shape(tiles)[0]
    return tf.cond(
        (number > 0) & (number * tf.reduce_prod(window) < tf.reduce_prod(shape[:3])),
        in_some,
        lambda: regions.in_bands(part, x, scale_in, 1, pixels),
    )


def _touched(wanted, batch):
    """Tiles with a wanted pixel: `[T, 3]` int32, sample, row and column of tiles."""
    margins = -tf.shape(wanted)[1:3] % SIDE
    wanted = tf.pad(wanted, [[0, 0], [0, margins[0]], [0, margins[1]], [0, 0]])
    touched = tf.nn.max_pool2d(wanted, SIDE, SIDE, "VALID")[..., 0] > 0.5
    return tf.cast(tf.where(touched | tf.zeros([batch, 1, 1], tf.bool)), tf.int32)


def _places(sample, start, extent, size):
    """Indices of boxes' pixels in flattened pictures of `size`.

    Args:
      sample: `[n, 1]` int32.
      start: `[n, 2]` int32, a box's first row and column.
      extent: `[2]` int32, rows and columns of all boxes.
      size: `[2]` int32, (rows, columns).

    Returns:
      `[n, rows, columns]` int32.
    """
    rows = sample * size[0] + start[:, :1] + tf.range(extent[0])
    columns = start[:, 1:] + tf.range(extent[1])
    return rows[:, :, None] * size[1] + columns[:, None]

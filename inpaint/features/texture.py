"""How far apart two pictures' textures are, told by random filters.

Gram matrices of one layer of random filters are enough to describe a texture: "Texture
Synthesis Using Shallow Convolutional Networks with Random Filters", Ustyuzhaninov,
Brendel, Gatys, Bethge, arXiv 1606.00021. So there is nothing to download, and nothing
to train. Here they are taken window by window and of the hole's pixels alone, and their
square roots are compared: amplitudes, which have a gradient where a fill is smooth.
"""

import numpy as np
import tensorflow as tf

FILTERS = ((3, 24), (5, 24), (9, 32))  # (side, how many)
SCALES = 3  # each half of the one before
WINDOW = 32  # pixels a side, at every scale
LEAST = 24  # pixels of hole in a window that counts
_CHROMA = 0.8  # of the filters, beside their grey part
_LEAST_POWER = 1e-4  # of an amplitude, squared: (0.01 of half the range)²


def filters():
    """The filters: of mean 0 and norm 1, `[side, side, 3, count]` float32 each.

    Example:
      >>> [x.shape for x in filters()]
      [(3, 3, 3, 24), (5, 5, 3, 24), (9, 9, 3, 32)]
    """
    rng = np.random.default_rng(0)
    return [_filters(rng, side, count) for side, count in FILTERS]


def _filters(rng, side, count):
    drawn = rng.standard_normal((side, side, 3, count))
    grey = drawn.mean(axis=2, keepdims=True)
    drawn = _CHROMA * (drawn - grey) + np.sqrt(3) * grey
    drawn -= drawn.mean(axis=(0, 1), keepdims=True)
    return np.float32(drawn / np.sqrt((drawn**2).sum(axis=(0, 1, 2), keepdims=True)))


class Texture:
    """The distance between the textures of two batches of pictures.

    Call arguments:
      pictures, others: `[B, H, W, 3]`, or `[B, H, W, 1]` as grey, float32 in [−1, 1],
        of known H and W.
      hole: `[1 or B, H, W, 1]` float32, 1 where textures are compared.

    Returns:
      scalar float32: mean |√G − √G'| of the windows' Gram matrices, diagonals once
      more, weighed by the hole's pixels; 0 where no window has enough of them.

    Example:
      >>> noise, smooth = tf.random.normal([1, 32, 32, 3]), tf.zeros([1, 32, 32, 3])
      >>> texture, hole = Texture(), tf.ones([1, 32, 32, 1])
      >>> float(texture(noise, noise, hole)), bool(texture(noise, smooth, hole) > 0)
      (0.0, True)
    """

    def __init__(self):
        self._filters = filters()

    def __call__(self, pictures, others, hole):
        hole = tf.ones_like(pictures[..., :1]) * hole
        pictures, others = (x + tf.zeros([3]) for x in (pictures, others))
        total = 0.0
        for scale in range(SCALES):
            if scale:
                pictures, others = (
                    tf.nn.avg_pool2d(x, 2, 2, "SAME") for x in (pictures, others)
                )
                hole = tf.nn.max_pool2d(hole, 2, 2, "SAME")
            inside = windows(hole)
            count = tf.reduce_sum(inside, axis=[1, 2])
            pair = [
                self._amplitudes(x, inside, tf.maximum(count, 1.0))
                for x in (pictures, others)
            ]
            total += _distance(*pair, tf.where(count < LEAST, 0.0, count))
        return total / SCALES

    def _amplitudes(self, pictures, inside, count):
        """√G of each window, `[N, C, C]`."""
        found = [tf.nn.conv2d(pictures, x, 1, "SAME") for x in self._filters]
        features = windows(tf.nn.relu(tf.concat(found, axis=-1))) * inside
        gram = tf.matmul(features, features, transpose_a=True)
        return tf.sqrt(gram / count[:, tf.newaxis, tf.newaxis] + _LEAST_POWER)


def windows(planes):
    """The windows of planes, one after the other; zeros where they end.

    Args:
      planes: `[B, H, W, C]`.

    Returns:
      `[B·⌈H / WINDOW⌉·⌈W / WINDOW⌉, WINDOW², C]`.

    Example:
      >>> windows(tf.zeros([2, 40, 32, 5])).shape.as_list()
      [4, 1024, 5]
    """
    height, width, channels = planes.shape[1:]
    rows, columns = -(-height // WINDOW), -(-width // WINDOW)
    ends = [[0, rows * WINDOW - height], [0, columns * WINDOW - width]]
    planes = tf.pad(planes, [[0, 0], *ends, [0, 0]])
    planes = tf.reshape(planes, [-1, rows, WINDOW, columns, WINDOW, channels])
    planes = tf.transpose(planes, [0, 1, 3, 2, 4, 5])
    return tf.reshape(planes, [-1, WINDOW**2, channels])


def _distance(found, others, weights):
    apart = tf.abs(found - others)
    of_each = tf.reduce_mean(apart, axis=[1, 2])
    of_each += tf.reduce_mean(tf.linalg.diag_part(apart), axis=1)
    return tf.math.divide_no_nan(
        tf.reduce_sum(weights * of_each), tf.reduce_sum(weights)
    )

"""Where a generator's attention points, for the hole's positions only."""

import tensorflow as tf

from inpaint.fastpath import cropped, regions
from inpaint.layers import ContextualAttention
from inpaint.tensors import composite, resize_nearest


def of_attention(generator, image, mask, edge):
    """The attention's offsets in the hole.

    Args:
      generator: a `CoarseToFineGenerator` with attention.
      image, mask, edge: see `inpaint.models.base`.

    Returns:
      `[B, h/8, w/8, 2]` int32, see `ContextualAttention`; defined where a position's
      patch touches the hole.
    """
    hole = regions.around(mask)
    coarse = cropped.coarse(generator, image, mask, edge, hole)
    stage2 = generator.stage2_input(composite(coarse, image, mask), mask)
    features = cropped.encoded(generator, stage2)
    return _offsets(generator.attention, features, mask)


def of_likeness(picture, mask):
    """`of_attention` for a network without one: by patches of the filled picture.

    Args:
      picture: `[B, h, w, 3]` float32 in [−1, 1], filled.
      mask: `[B or 1, h, w, 1]` float32, 1 in the hole that was filled.
    """
    features = tf.nn.space_to_depth(picture, cropped.FEATURES)
    return _offsets(ContextualAttention(), features, mask)


def _offsets(attention, features, mask):
    size = tf.shape(features)[1:3]
    small_mask = resize_nearest(mask, size[0], size[1])
    near = tf.nn.max_pool2d(mask, cropped.FEATURES, cropped.FEATURES, "SAME")
    near = tf.nn.max_pool2d(near, 2 * attention.rate, attention.rate, "SAME")
    needed = tf.reduce_max(near, axis=[0, 3]) > 0.5
    return attention(features, features, small_mask, needed=needed)[1]

"""Where a generator's attention points, for the hole's positions only."""

import tensorflow as tf

from inpaint.fastpath import cropped, regions
from inpaint.layers import ContextualAttention
from inpaint.tensors import composite, resize_nearest


def of_attention(generator, inputs):
    """The attention's offsets in the hole.

    Args:
      generator: a `CoarseToFineGenerator` with attention.
      inputs: its inputs, see `inpaint.models.base`; sides are multiples of 8.

    Returns:
      `[B, h/8, w/8, 2]` int32, see `ContextualAttention`; defined where a position's
      patch touches the hole.
    """
    image = tf.cast(inputs["image"], generator.compute_dtype)
    mask, edge = tf.cast(inputs["hole"], tf.float32), inputs.get("edge")
    hole = regions.around(mask)
    painted = cropped.coarse(generator, image, mask, edge, hole)
    completed = composite(tf.cast(painted, image.dtype), image, mask)
    stage2 = generator.stage2_input(completed, mask)
    features = cropped.encoded(generator, stage2)
    return _offsets(generator.attention, features, mask)


def of_likeness(picture, mask):
    """`of_attention` for a network without one: by patches of the filled picture.

    Args:
      picture: `[B, h, w, 3]` uint8, filled; sides are multiples of 8.
      mask: `[B or 1, h, w, 1]` bool, True in the hole that was filled.
    """
    features = tf.cast(picture, tf.float32) / 127.5 - 1.0
    features = tf.nn.space_to_depth(features, cropped.FEATURES)
    return _offsets(ContextualAttention(), features, tf.cast(mask, tf.float32))


def _offsets(attention, features, mask):
    size = tf.shape(features)[1:3]
    small_mask = resize_nearest(mask, size[0], size[1])
    near = tf.nn.max_pool2d(mask, cropped.FEATURES, cropped.FEATURES, "SAME")
    near = tf.nn.max_pool2d(near, 2 * attention.rate, attention.rate, "SAME")
    required = tf.reduce_max(near, axis=[0, 3]) > 0.5
    return attention(features, features, small_mask, required=required)[1]

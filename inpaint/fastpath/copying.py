"""What the attention attends to, copied at another size.

"Contextual Residual Aggregation for Ultra High-Resolution Image Inpainting" (Yi, Tang,
Azizi, Jang, Xu, CVPR 2020, arXiv 2005.09704, §3.2): the attention that was computed at
a small size is used once more, to paste what belongs to the attended patches of the
large picture.
"""

import tensorflow as tf

from inpaint.fastpath import cropped, regions
from inpaint.layers import ContextualAttention
from inpaint.tensors import composite, resize_nearest


def attended(generator, image, mask, edge, values):
    """Values pasted into the hole as a generator's attention pastes features.

    Args:
      generator: a `CoarseToFineGenerator` with attention.
      image, mask, edge: see `inpaint.models.base`; one picture.
      values: `[1, h/4, w/4, D]` float32, what belongs to each position of the features.

    Returns:
      `[1, h/4, w/4, D]`; right where a position has hole pixels.
    """
    hole = regions.around(mask)
    completed = composite(
        cropped.coarse(generator, image, mask, edge, hole), image, mask
    )
    features = cropped.encoded(generator, generator.stage2_input(completed, mask))
    return _pasted(generator.attention, features, mask, values)


def matched(picture, mask, values):
    """`attended` for a network without attention: by the likeness of a filled picture.

    Patches of the picture itself are compared, not features.

    Args:
      picture: `[1, h, w, 3]` float32 in [−1, 1], filled.
      mask: `[1, h, w, 1]` float32, 1 in the hole that was filled.
      values: as of `attended`.
    """
    features = tf.nn.space_to_depth(picture, cropped.FEATURES)
    return _pasted(ContextualAttention(), features, mask, values)


def _pasted(attention, features, mask, values):
    size = tf.shape(features)[1:3]
    small_mask = resize_nearest(mask, size[0], size[1])
    near = tf.nn.max_pool2d(mask, cropped.FEATURES, cropped.FEATURES, "SAME")
    near = tf.nn.max_pool2d(near, 2 * attention.rate, attention.rate, "SAME")
    needed = tf.reduce_max(near, axis=[0, 3]) > 0.5
    return attention(features, features, small_mask, needed=needed, values=values)[0]

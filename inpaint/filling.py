"""From uint8 pictures and masks to filled uint8 pictures, as one graph of tensors.

What `Inpainter` and the served signatures share: padding, normalising, both stages,
compositing and cutting back, for any size.
"""

import tensorflow as tf

from inpaint import tensors, visualize
from inpaint.fastpath import cropped

EDGE_THRESHOLD = 0.6  # of 255, as released


def fill(generator, images, mask, edge=None):
    """Fill holes.

    Args:
      generator: an `inpaint.models.base.Generator`.
      images: `[B, H, W, 3]` uint8 RGB, any H and W: they are padded to multiples of
        8 by mirroring at the bottom and right, and cut back.
      mask: `[B or 1, H, W, 1]` bool, True in the hole.
      edge: `[B or 1, H, W, 1]` bool, for guided generators.

    Returns:
      `[B, H, W, 3]` uint8 RGB; known pixels are those of `images`.
    """
    incomplete, hole, edge = _prepared(images, mask, edge)
    refined, box = cropped.complete(generator, incomplete, hole, edge)
    refined = box.put(tensors.to_uint8(refined), tf.shape(incomplete)[1:3])
    return _completed(refined, images, mask)


def fill_in_detail(generator, images, mask, edge=None):
    """`fill`, and what the stages made of the whole picture, none of it left out.

    Returns:
      (completed, coarse, refined, offsets): `[B, H, W, 3]` uint8 RGB each; offsets
      shows where attention points, colours scaled for each picture by itself, and is
      None of a network without attention.
    """
    size = tf.shape(images)[1:3]
    result = generator(*_prepared(images, mask, edge))
    coarse, refined = (
        tensors.to_uint8(result[stage])[:, : size[0], : size[1]]
        for stage in ("coarse", "refined")
    )
    offsets = result["offsets"]
    if offsets is not None:
        offsets = visualize.offset_picture(
            offsets, visualize.radius(offsets), 8, generator.offset_resize
        )
        offsets = tensors.to_levels(offsets)[:, : size[0], : size[1]]
    return _completed(refined, images, mask), coarse, refined, offsets


def _prepared(images, mask, edge):
    """What the generator takes: padded, in [−1, 1], the hole 0."""
    hole = tf.cast(tensors.pad_to_multiple(mask), tf.float32)
    incomplete = tensors.to_network(tensors.pad_to_multiple(images)) * (1.0 - hole)
    if edge is not None:
        edge = tf.cast(tensors.pad_to_multiple(edge), tf.float32) * hole
    return incomplete, hole, edge


def _completed(refined, images, mask):
    shape = tf.shape(images)
    return tensors.composite(refined[:, : shape[1], : shape[2]], images, mask)

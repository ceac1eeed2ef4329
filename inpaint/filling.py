"""From uint8 pictures and masks to filled uint8 pictures, as one graph of tensors.

What `Inpainter` and the served signatures share: padding, normalising, the network,
compositing and cutting back, for any size that the network takes.
"""

import tensorflow as tf

from inpaint import tensors, visualize
from inpaint.fastpath import pointing

EDGE_THRESHOLD = 0.6  # of 255, as released


def fill(generator, images, mask, edge=None):
    """Fill holes.

    Args:
      generator: an `inpaint.models.base.Generator`.
      images: `[B, H, W, 3]` uint8 RGB, any H and W: they are padded as the generator
        says, and cut back. A generator of a fixed size takes no other.
      mask: `[B or 1, H, W, 1]` bool, True in the hole.
      edge: `[B or 1, H, W, 1]` bool, for generators that take one.

    Returns:
      `[B, H, W, 3]` uint8 RGB; known pixels are those of `images`.
    """
    inputs = prepared(generator, images, mask, edge)
    picture, region = generator.complete(inputs)
    size = tf.shape(inputs["image"])[1:3]
    return _completed(region.put(generator.to_uint8(picture), size), images, mask)


def offsets(generator, images, mask, filled, edge=None):
    """Where the hole's detail may be copied from, see `strategies.residual`.

    Args:
      generator, images, mask, edge: see `fill`; H and W are multiples of 8.
      filled: what `fill` returned.

    Returns:
      `[B, H/8, W/8, 2]` int32: the attention's; by the likeness of the filled
      picture's patches of a network without. Defined in the hole.
    """
    found = generator.attended(prepared(generator, images, mask, edge))
    return pointing.of_likeness(filled, mask) if found is None else found


def fill_in_detail(generator, images, mask, edge=None):
    """`fill`, and what the stages made of the whole picture, none of it left out.

    Returns:
      (completed, stages, offsets): `[B, H, W, 3]` uint8 RGB; a dict of such by
      stage; offsets shows where attention points, colours scaled for each picture by
      itself, and is None of a network without attention.
    """
    size = tf.shape(images)[1:3]
    inputs = prepared(generator, images, mask, edge)
    result = generator(inputs, training=False)
    stages = {
        stage: generator.to_uint8(result[stage])[:, : size[0], : size[1]]
        for stage in generator.stages
    }
    offsets = result.get("offsets")
    if offsets is not None:
        scale = tf.shape(inputs["image"])[1] // tf.shape(offsets)[1]
        offsets = visualize.offset_picture(
            offsets, visualize.radius(offsets), scale, generator.offset_resize
        )
        offsets = tensors.to_levels(offsets)[:, : size[0], : size[1]]
    return _completed(stages[generator.stages[-1]], images, mask), stages, offsets


def prepared(generator, images, mask, edge=None):
    """The generator's inputs: padded, in its range, the hole filled as it wants it.

    Args:
      generator, images, mask, edge: see `fill`; mask and edge bool or 0 and 1.
    """
    images, mask, edge = generator.pad(images, mask, edge)
    hole = tf.cast(mask, tf.float32)
    image = generator.incomplete(generator.to_network(images), hole)
    if generator.fixed_size is not None:
        image = tf.ensure_shape(image, [None, *generator.fixed_size, None])
    inputs = {"image": image, "hole": hole}
    if edge is not None:
        inputs["edge"] = tf.cast(edge, tf.float32) * hole
    return inputs


def _completed(picture, images, mask):
    shape = tf.shape(images)
    return tensors.composite(picture[:, : shape[1], : shape[2]], images, mask)

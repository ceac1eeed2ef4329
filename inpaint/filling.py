"""From pictures and masks to filled pictures, as one graph of tensors.

What `Inpainter` and the served signatures share: padding, normalising, the network,
compositing and cutting back, for any size that the network takes.
"""

import tensorflow as tf

from inpaint import tensors, visualize
from inpaint.fastpath import pointing

EDGE_THRESHOLD = 0.6  # of 255, as released
_STEPS = 257.0  # levels of 16 bits to one of 8


def fill(generator, images, mask, edge=None):
    """Fill holes.

    Args:
      generator: an `inpaint.models.base.Generator`.
      images: `[B, H, W, 3]` uint8 or uint16 RGB, any H and W: they are padded as the
        generator says, and cut back. A generator of a fixed size takes no other. Of a
        generator of one channel `[B, H, W, 1]` float32, values of its `value_range`;
        in the hole they may be no numbers.
      mask: `[B or 1, H, W, 1]` bool, True in the hole.
      edge: `[B or 1, H, W, 1]` bool, for generators that take one.

    Returns:
      like `images`, RGB of their type; known pixels are those of `images`. Levels of
      uint8 are cut off or rounded as the generator says, of uint16 the nearest.
    """
    inputs = prepared(generator, images, mask, edge)
    picture, region = generator.complete(inputs)
    size = tf.shape(inputs["image"])[1:3]
    painted = _painted(generator, picture, images.dtype)
    return _completed(region.put(painted, size), images, mask)


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
    return pointing.of_likeness(_to_255(filled), mask) if found is None else found


def fill_in_detail(generator, images, mask, edge=None):
    """`fill`, and what the stages made of the whole picture, none of it left out.

    Returns:
      (completed, stages, offsets): `[B, H, W, 3]` RGB of the images' type; a dict of
      such, always uint8, by stage; offsets, uint8 too, shows where attention points,
      colours scaled for each picture by itself, and is None of a network without
      attention.
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
    painted = _painted(generator, result[generator.stages[-1]], images.dtype)
    return _completed(painted, images, mask), stages, offsets


def prepared(generator, images, mask, edge=None):
    """The generator's inputs: padded, in its range, the hole filled as it wants it.

    Args:
      generator, images, mask, edge: see `fill`; mask and edge bool or 0 and 1.
    """
    if generator.value_range is not None:
        images = _levels(generator, images, mask)
    images, mask, edge = generator.pad(_to_255(images), mask, edge)
    hole = tf.cast(mask, tf.float32)
    image = generator.incomplete(generator.to_network(images), hole)
    if generator.fixed_size is not None:
        image = tf.ensure_shape(image, [None, *generator.fixed_size, None])
    inputs = {"image": image, "hole": hole}
    if edge is not None:
        inputs["edge"] = tf.cast(edge, tf.float32) * hole
    return inputs


def _levels(generator, values, mask):
    """The levels of one channel's values, 0 in the hole, whatever it holds."""
    low, high = generator.value_range
    levels = (tf.cast(values, tf.float32) - low) * (255.0 / (high - low))
    return tf.where(tf.cast(mask, tf.bool), tf.zeros_like(levels), levels)


def _to_255(images):
    """Levels 0 … 255: uint8 as they are, uint16 as float32."""
    if images.dtype != tf.uint16:
        return images
    return tf.cast(images, tf.float32) / _STEPS


def _painted(generator, picture, dtype):
    """What the generator painted, in whole levels of a type: uint8, or else float32.

    Of one channel, in its values.
    """
    if generator.value_range is not None:
        low, high = generator.value_range
        levels = tf.clip_by_value(generator.to_levels(picture), 0.0, 255.0)
        return low + levels * ((high - low) / 255.0)
    if dtype != tf.uint16:
        return generator.to_uint8(picture)
    levels = tf.clip_by_value(generator.to_levels(picture), 0.0, 255.0)
    return tf.round(levels * _STEPS)


def _completed(picture, images, mask):
    """Composited in the type of `picture`: float32 has every level of uint16."""
    shape = tf.shape(images)
    known = tf.cast(images, picture.dtype)
    picture = picture[:, : shape[1], : shape[2]]
    return tf.cast(tensors.composite(picture, known, mask), images.dtype)

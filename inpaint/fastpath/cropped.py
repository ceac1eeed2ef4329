"""Completion of the hole's region: what the hole does not depend on is not computed.

Known pixels are copied, so only the hole's outputs count. The coarse network, the
branch of dilated convolutions and the decoder run on the hole's bounding box, grown by
their receptive field; the layers after the dilated ones run on active tiles only,
where these are less than the box. Attention computes only the query positions in the
decoder's receptive field of the hole. The attention's encoder sees the whole picture,
since it makes the keys, and runs in bands. In the hole the result is the generator's,
to float rounding.
"""

import tensorflow as tf

from inpaint.fastpath import active_tiles, regions
from inpaint.tensors import composite, resize_nearest

FEATURES = 4  # picture pixels in a pixel of the features
BAND_PIXELS = 2**19  # computed at a time


def complete(generator, inputs):
    """The refined picture around the hole.

    Args:
      generator: a `CoarseToFineGenerator`.
      inputs: its inputs, see `inpaint.models.base`.

    Returns:
      (refined, region): `[B, h, w, 3]` in [−1, 1] of a `Region` of the picture; it is
      that of the generator wherever the mask is hole.
    """
    # Keras casts only what it calls itself; regions are found in float32.
    image = tf.cast(inputs["image"], generator.compute_dtype)
    mask, edge = tf.cast(inputs["hole"], tf.float32), inputs.get("edge")
    size = tf.shape(image)[1:3]
    hole = regions.around(mask)
    painted = coarse(generator, image, mask, edge, hole)
    completed = composite(tf.cast(painted, image.dtype), image, mask)

    decoder, branch = generator.decoder, generator.conv_branch
    inner = hole.grown(regions.receptive_margin(decoder, FEATURES, 1), size)
    outer = inner.grown(regions.receptive_margin(branch, 1, FEATURES), size)
    stage2 = generator.stage2_input(completed, mask)
    del painted, completed  # whole pictures, which would be kept when run eagerly
    features = _run(branch, outer.cut(stage2), 1, FEATURES)
    features = [inner.cut(features, FEATURES, outer)]
    if generator.attention is not None:
        compared = encoded(generator, stage2)
        del stage2
        attended = attention(generator, compared, mask)
        part = generator.attention_decoder
        outer = inner.grown(regions.receptive_margin(part, FEATURES, FEATURES), size)
        required = outer.cut(required_features(generator, mask), FEATURES)
        attended = outer.cut(attended, FEATURES)
        attended = _where(required, part.layers, attended, FEATURES)
        features.append(inner.cut(attended, FEATURES, outer))
    features = tf.concat(features, axis=-1)
    refined = _where(inner.cut(mask), decoder.layers, features, 1)
    return generator.to_range(hole.cut(refined, origin=inner)), hole


def coarse(generator, image, mask, edge, hole):
    """The first stage's picture `[B, H, W, 3]`, exact where the mask is hole."""
    size = tf.shape(image)[1:3]
    outer = hole.grown(regions.receptive_margin(generator.coarse), size)
    cut_mask = outer.cut(mask)
    planes = [outer.cut(image), cut_mask]
    planes.append(None if edge is None else outer.cut(edge))
    features = generator.stage1_input(*planes)
    painted = _painted(generator.coarse.layers, features, cut_mask)
    return outer.put(generator.to_range(painted), size)


def complete_stack(generator, layers, inputs):
    """The final picture around the hole, of a network that is a stack of layers.

    Args:
      generator: a `Generator`, whose `first_input(image, hole)` is what the first
        layer takes.
      layers: the stack; the first ones bring the picture to a quarter of its size.
      inputs: see `complete`.

    Returns:
      (picture, region): see `complete`.
    """
    image = tf.cast(inputs["image"], generator.compute_dtype)
    mask = tf.cast(inputs["hole"], tf.float32)
    size = tf.shape(image)[1:3]
    hole = regions.around(mask)
    outer = hole.grown(regions.receptive_margin(regions.Stack(layers)), size)
    cut_mask = outer.cut(mask)
    features = generator.first_input(outer.cut(image), cut_mask)
    painted = _painted(layers, features, cut_mask)
    return hole.cut(painted, origin=outer), hole


def attention(generator, features, mask):
    """The attention's output `[B, H/4, W/4, C]`, exact where the hole depends on it.

    Args:
      features: of `encoded`.
    """
    size = tf.shape(features)[1:3]
    small_mask = resize_nearest(mask, size[0], size[1])
    required = required_positions(generator, mask)
    return generator.attention(
        features, features, small_mask, required=required, with_offsets=False
    )[0]


def encoded(generator, stage2):
    """The features that the attention compares, `[B, H/4, W/4, C]`."""
    return _run(generator.attention_encoder, stage2, 1, FEATURES)


def required_features(generator, mask):
    """The decoder's receptive field of the hole: `[B, H/4, W/4, 1]` float, 0 or 1."""
    first, last = regions.input_range(generator.decoder, 0, FEATURES - 1)
    required = tf.nn.max_pool2d(mask, FEATURES, FEATURES, "SAME")
    return tf.nn.max_pool2d(required, 2 * max(-first, last) + 1, 1, "SAME")


def required_positions(generator, mask):
    """The positions whose pasted patches reach the hole: `[⌈H/8⌉, ⌈W/8⌉]` bool."""
    first, last = regions.input_range(generator.attention_decoder, 0, 0)
    required = required_features(generator, mask)
    required = tf.nn.max_pool2d(required, 2 * max(-first, last) + 1, 1, "SAME")
    rate = generator.attention.rate  # pasted patches are 2·rate wide
    required = tf.nn.max_pool2d(required, 2 * rate, rate, "SAME")
    return tf.reduce_max(required, axis=[0, 3]) > 0.5


def _painted(layers, x, required):
    """A whole network's output, exact where it is required."""
    number = 1 + max(i for i, layer in enumerate(layers) if _sees_far(layer))
    features = _run(regions.Stack(layers[:number]), x, 1, FEATURES)
    return _where(required, layers[number:], features, 1)


def _sees_far(layer):
    first, last = layer.input_range(0, 0)
    return last - first > 2


def _where(required, layers, x, scale_out):
    """The output of the trailing layers of a part, exact where it is required."""
    trailing = active_tiles.TrailingLayers(layers, scale_out)
    return regions.in_bands(trailing, x, FEATURES, scale_out, BAND_PIXELS, required)


def _run(part, x, scale_in, scale_out):
    return regions.in_bands(part, x, scale_in, scale_out, BAND_PIXELS)

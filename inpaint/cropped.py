"""The generator where it matters: what cannot reach the hole is not computed.

Known pixels are copied, so only the hole's outputs count. The coarse network, the
branch of dilated convolutions and the decoder run on the hole's bounding box, grown by
what their outputs there depend on; the layers that make a picture of features run in
windows around the hole where these are less than the box. Attention answers only the
queries whose paste the decoder sees from the hole. The attention's encoder must see
the whole picture, since it makes the keys, and runs in bands. The result in the hole is
the generator's, to float rounding.
"""

import tensorflow as tf

from inpaint import regions, windows
from inpaint.layers import PlainUpsample2D
from inpaint.tensors import composite, resize_nearest

FEATURES = 4  # picture pixels in a pixel of the features
BAND_PIXELS = 2**20  # computed at a time


def complete(generator, image, mask, edge=None):
    """The refined picture around the hole.

    Args:
      generator, image, mask, edge: see `inpaint.models.base`.

    Returns:
      (refined, box): `[B, h, w, 3]` in [−1, 1], of the part of the picture that `box`
      is; it is that of the generator wherever the mask is hole.
    """
    size = tf.shape(image)[1:3]
    hole = regions.around(mask)
    completed = composite(coarse(generator, image, mask, edge, hole), image, mask)

    decoder, branch = generator.decoder, generator.conv_branch
    inner = hole.grown(regions.margin(decoder, FEATURES, 1), size)
    outer = inner.grown(regions.margin(branch, 1, FEATURES), size)
    stage2 = generator.stage2_input(completed, mask)
    features = _run(branch, outer.cut(stage2), 1, FEATURES)
    features = [inner.cut(features, FEATURES, outer)]
    if generator.attention is not None:
        attended = attention(generator, stage2, mask)
        part = generator.attention_decoder
        outer = inner.grown(regions.margin(part, FEATURES, FEATURES), size)
        attended = _run(part, outer.cut(attended, FEATURES), FEATURES, FEATURES)
        features.append(inner.cut(attended, FEATURES, outer))
    features = tf.concat(features, axis=-1)
    refined = _paint(decoder, features, FEATURES, inner.cut(mask))
    return generator.squash(hole.cut(refined, origin=inner)), hole


def coarse(generator, image, mask, edge, hole):
    """The first stage's picture `[B, H, W, 3]`, right where the mask is hole."""
    size = tf.shape(image)[1:3]
    outer = hole.grown(regions.margin(generator.coarse), size)
    near = outer.cut(mask)
    planes = [outer.cut(image), near]
    planes.append(None if edge is None else outer.cut(edge))
    painted = _paint(generator.coarse, generator.stage1_input(*planes), 1, near)
    return outer.put(generator.squash(painted), size)


def attention(generator, stage2, mask):
    """The attention's output `[B, H/4, W/4, C]`, right where the hole depends on it."""
    features = _run(generator.attention_encoder, stage2, 1, FEATURES)
    size = tf.shape(features)[1:3]
    small_mask = resize_nearest(mask, size[0], size[1])
    needed = needed_places(generator, mask)
    return generator.attention(features, features, small_mask, needed=needed)[0]


def needed_places(generator, mask):
    """Which places' pastes can reach the hole: `[⌈H/8⌉, ⌈W/8⌉]` bool."""
    # features that the output pixels of one feature pixel depend on
    first, last = regions.source(generator.decoder, 0, FEATURES - 1)
    first, last = regions.source(generator.attention_decoder, first, last)
    window = 2 * max(-first, last) + 1
    rate = generator.attention.rate
    near = tf.nn.max_pool2d(mask, FEATURES, FEATURES, "SAME")
    near = tf.nn.max_pool2d(near, window, 1, "SAME")
    near = tf.nn.max_pool2d(near, 2 * rate, rate, "SAME")  # where a place pastes
    return tf.reduce_max(near, axis=[0, 3]) > 0.5


def _paint(part, x, scale_in, wanted):
    """The output of a part that paints, right where it is wanted."""
    number = next(
        i for i, layer in enumerate(part.layers) if isinstance(layer, PlainUpsample2D)
    )
    x = _run(regions.Stack(part.layers[:number]), x, scale_in, FEATURES)
    last = regions.Stack(part.layers[number:])
    return windows.in_windows(last, x, FEATURES, wanted, BAND_PIXELS)


def _run(part, x, scale_in, scale_out):
    return regions.in_bands(part, x, scale_in, scale_out, BAND_PIXELS)

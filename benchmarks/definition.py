"""The published layers, transcribed as they are written: the yardstick.

Contextual attention, CVPR 2018, arXiv 1801.07892, §4: patches as convolution filters,
the score matrix fused by convolution with an identity kernel, pasting by transposed
convolution. Gated convolution, ICCV 2019, arXiv 1806.03589, §3.1: one convolution whose
channels are halved into features and gates, and upsampling before it. Slow and hungry;
`inpaint.layers` has the same results (tests/test_definition.py).
"""

import functools

import tensorflow as tf

from inpaint.layers import GatedConv2D, GatedUpsample2D
from inpaint.tensors import resize_nearest


def published(generator):
    """Let a DeepFill v2 generator compute by the published layers; returns it."""
    generator.attention = PublishedAttention()
    for layer in generator._flatten_layers():
        if isinstance(layer, (GatedConv2D, GatedUpsample2D)):
            assert layer.padding == "same"
        if isinstance(layer, GatedConv2D):
            layer.call = functools.partial(gated_convolution, layer)
        elif isinstance(layer, GatedUpsample2D):
            layer.call = functools.partial(gated_upsampling, layer)
    return generator


def gated_convolution(layer, x, training=None):
    x = tf.nn.conv2d(
        x, layer.kernel, layer.strides, "SAME", dilations=layer.dilation_rate
    )
    x = tf.nn.bias_add(x, layer.bias)
    if not layer.gated:
        return x if layer.activation is None else layer.activation(x)
    features, gates = tf.split(x, 2, axis=-1)
    return layer.activation(features) * tf.sigmoid(gates)


def gated_upsampling(layer, x, training=None):
    size = tf.shape(x)[1:3] * 2
    doubled = tf.image.resize(x, size, "nearest")
    return gated_convolution(layer.convolution, doubled)


class PublishedAttention:
    """Takes the place of a generator's `attention`; rate 2, 3×3 patches, fused.

    For one picture, its sides multiples of 2; gives no offsets.
    """

    rate, softmax_scale = 2, 10.0

    def __call__(self, f, b, mask, training=None):
        rate, channels = self.rate, f.shape[-1]
        shape = tf.shape(f)
        h, w = shape[1] // rate, shape[2] // rate
        places = h * w
        raw = self.patches(b, 2 * rate, rate)  # [4, 4, C, Q]
        f, b = resize_nearest(f, h, w), resize_nearest(b, h, w)
        mask = resize_nearest(mask, h, w)
        keys = self.patches(b, 3, 1)  # [3, 3, C, Q]
        norms = tf.sqrt(tf.reduce_sum(keys**2, axis=[0, 1, 2]))
        scores = tf.nn.conv2d(f, keys / tf.maximum(norms, 1e-4), 1, "SAME")

        identity = tf.reshape(tf.eye(3), [3, 3, 1, 1])
        scores = tf.reshape(scores, [1, places, places, 1])
        scores = tf.nn.conv2d(scores, identity, 1, "SAME")
        scores = tf.transpose(tf.reshape(scores, [1, h, w, h, w]), [0, 2, 1, 4, 3])
        scores = tf.reshape(scores, [1, places, places, 1])
        scores = tf.nn.conv2d(scores, identity, 1, "SAME")
        scores = tf.transpose(tf.reshape(scores, [1, w, h, w, h]), [0, 2, 1, 4, 3])
        scores = tf.reshape(scores, [1, h, w, places])

        holes = tf.image.extract_patches(
            mask, [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], "SAME"
        )
        valid = tf.cast(tf.reduce_mean(holes, axis=-1) == 0, tf.float32)
        valid = tf.reshape(valid, [1, 1, 1, places])
        attention = tf.nn.softmax(scores * valid * self.softmax_scale) * valid
        output = tf.nn.conv2d_transpose(attention, raw, shape, rate, "SAME") / 4.0
        output.set_shape([1, None, None, channels])
        return output, None

    def patches(self, x, size, stride):
        """All patches of one picture as filters, `[size, size, C, Q]`."""
        found = tf.image.extract_patches(
            x, [1, size, size, 1], [1, stride, stride, 1], [1, 1, 1, 1], "SAME"
        )
        found = tf.reshape(found, [-1, size, size, x.shape[-1]])
        return tf.transpose(found, [1, 2, 3, 0])

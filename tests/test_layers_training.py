"""The layers in training, whose gradients are their own: against TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import GatedConv2D, GatedUpsample2D, PlainUpsample2D

SIDE = 6


def mirrored(x, reach, padding):
    paddings = [[0, 0], [reach, reach], [reach, reach], [0, 0]]
    mode = "CONSTANT" if padding == "same" else padding.upper()
    return tf.pad(x, paddings, mode)


def gate(x):
    features, gates = tf.split(x, 2, axis=-1)
    return tf.nn.elu(features) * tf.sigmoid(gates)


def convolved(layer, x, kernel, bias):
    """The definition: padded, convolved, gated."""
    if layer.strides == 1:
        reach = layer.dilation_rate * (layer.kernel_size // 2)
        x = mirrored(x, reach, layer.padding)
    padding = "VALID" if layer.strides == 1 else "SAME"
    x = tf.nn.conv2d(x, kernel, layer.strides, padding, dilations=layer.dilation_rate)
    return gate(x + bias)


def upsampled(layer, x, kernel, bias):
    doubled = tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)
    x = mirrored(doubled, 1, layer.convolution.padding)
    x = tf.nn.conv2d(x, kernel, 1, "VALID") + bias
    return gate(x) if isinstance(layer, GatedUpsample2D) else tf.nn.elu(x)


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize(
    ("layer", "definition"),
    [
        (GatedConv2D(6), convolved),
        (GatedConv2D(6, kernel_size=5), convolved),
        (GatedConv2D(6, strides=2), convolved),
        (GatedConv2D(6, dilation_rate=2), convolved),
        (GatedConv2D(6, dilation_rate=2, padding="reflect"), convolved),
        (GatedUpsample2D(6), upsampled),
        (GatedUpsample2D(6, padding="symmetric"), upsampled),
        (PlainUpsample2D(6), upsampled),
    ],
)
def test_slopes_are_those_of_the_definition(layer, definition, graph):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(2, SIDE, SIDE + 2, 3)), tf.float32)
    if not layer.built:
        layer.build(x.shape)
    inner = getattr(layer, "convolution", layer)
    inner.kernel.assign(0.3 * rng.normal(size=inner.kernel.shape))
    inner.bias.assign(rng.normal(size=inner.bias.shape))
    weights = [tf.convert_to_tensor(w) for w in (inner.kernel, inner.bias)]
    towards = tf.constant(rng.normal(size=layer(x).shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch([x, *weights])
        expected = definition(layer, x, *weights)
        total = tf.reduce_sum(expected * towards)
    gradients = tape.gradient(total, [x, *weights])

    def ours(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
            total = tf.reduce_sum(y * towards)
        return y, tape.gradient(total, [x, *layer.trainable_variables])

    y, found = (tf.function(ours) if graph else ours)(x)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    for gradient, wanted in zip(found, gradients):
        np.testing.assert_allclose(gradient, wanted, atol=5e-5)


def test_slopes_of_one_gate():
    """y = 2·σ(0) = 1: ∂/∂feature is σ(0) = ½, ∂/∂gate is y·(1 − σ(0)) = ½."""
    layer = GatedConv2D(2, kernel_size=1)
    layer.build((None, None, None, 1))
    layer.bias.assign([2.0, 0.0])
    with tf.GradientTape() as tape:
        y = layer(tf.zeros([1, 1, 1, 1]), training=True)
    assert float(y[0, 0, 0, 0]) == 1.0
    np.testing.assert_array_equal(
        tape.gradient(y, layer.trainable_variables)[1], [0.5, 0.5]
    )

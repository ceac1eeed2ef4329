"""Partial convolution: hand-checked windows, golden arrays, and what it must refuse."""

import golden_papers as golden
import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import PartialConv2D

PLANE = np.arange(1.0, 10.0, dtype=np.float32).reshape(1, 3, 3, 1)
SIX = ["k3", "k3_nobias", "k5s2", "k7s2", "k3s2", "k3d2"]
OPTIONS = {
    "k3": {},
    "k3_nobias": {},
    "k5s2": {"kernel_size": 5, "strides": 2},
    "k7s2": {"kernel_size": 7, "strides": 2},
    "k3s2": {"strides": 2},
    "k3d2": {"dilation_rate": 2},
}


def made(channels, kernel, bias=None, **options):
    layer = PartialConv2D(kernel.shape[-1], use_bias=bias is not None, **options)
    layer.build((None, None, None, channels))
    layer.kernel.assign(kernel)
    if bias is not None:
        layer.bias.assign(bias)
    return layer


def test_a_window_is_scaled_by_what_is_known_of_it():
    known = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)[None, ..., None]
    layer = made(1, np.ones((3, 3, 1, 1), np.float32), [0.5])
    y, new = layer(PLANE, known)
    expected = [[27.5, 27.5, 45.5], [27.5, 27.5, 45.5], [45.5, 45.5, 45.5]]
    np.testing.assert_allclose(y[0, ..., 0], expected, rtol=1e-6)
    np.testing.assert_array_equal(new, np.ones((1, 3, 3, 1)))


@pytest.mark.parametrize("mask", [None, np.ones((1, 3, 3, 1), np.float32)])
def test_the_border_counts_as_hole(mask):
    y, _ = made(1, np.ones((3, 3, 1, 1), np.float32))(PLANE, mask)
    expected = [[27, 31.5, 36], [40.5, 45, 49.5], [54, 58.5, 63]]
    np.testing.assert_allclose(y[0, ..., 0], expected, rtol=1e-6)


@pytest.mark.parametrize("several", [False, True])
def test_channels_may_have_masks_of_their_own(several):
    ones = np.ones((1, 2, 2, 1), np.float32)
    parts, masks = (2 * ones, 10 * ones), (ones, ones.copy())
    masks[1][0] = [[[0], [0]], [[0], [1]]]
    kernel = np.zeros((3, 3, 2, 1), np.float32)
    kernel[1, 1] = 1
    layer = made(2, kernel, [1.0])
    if several:
        y, _ = layer(parts, masks)
    else:
        y, _ = layer(np.concatenate(parts, -1), np.concatenate(masks, -1))
    np.testing.assert_allclose(y[0, ..., 0], [[8.2, 8.2], [8.2, 44.2]], rtol=1e-6)


def test_an_empty_window_gives_0_and_not_the_bias():
    layer = made(1, np.ones((3, 3, 1, 1), np.float32), [0.5])
    y, new = layer(PLANE, np.zeros_like(PLANE))
    assert not np.any(y)
    assert not np.any(new)


def test_a_tuple_is_built_as_its_concatenation():
    layer = PartialConv2D(4)
    y, _ = layer((tf.ones([1, 4, 4, 2]), tf.ones([1, 4, 4, 3])))
    assert y.shape == (1, 4, 4, 4)
    assert tuple(layer.kernel.shape) == (3, 3, 5, 4)


@pytest.mark.parametrize("masks", ["multi", "single"])
@pytest.mark.parametrize("case", SIX)
def test_golden_layer(case, masks):
    found = golden.below(golden.read("partial_conv"), f"layer/{case}_{masks}/")
    kernel = golden.kernel(found["weight"])
    layer = made(kernel.shape[2], kernel, found.get("bias"), **OPTIONS[case])
    x, mask = (tf.constant(golden.nhwc(found[k])) for k in ("x", "m"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y, new = layer(x, mask)
        total = tf.reduce_sum(y**2)
    golden.assert_close(y, golden.nhwc(found["y"]), golden.OUTPUTS, "y")
    np.testing.assert_array_equal(new, golden.nhwc(found["m_new"]))
    wanted = {"grad_x": x, "grad_w": layer.kernel, "grad_b": layer.bias}
    wanted = {k: v for k, v in wanted.items() if k in found}
    gradients = dict(zip(wanted, tape.gradient(total, list(wanted.values()))))
    layout = {"grad_x": golden.nhwc, "grad_w": golden.kernel, "grad_b": np.asarray}
    for name, gradient in gradients.items():
        expected = layout[name](found[name])
        golden.assert_close(gradient, expected, golden.OUTPUTS, name)


def test_golden_padding():
    found = golden.below(golden.read("partial_conv"), "layer/padding/")
    kernel = golden.kernel(found["weight"])
    y, _ = made(kernel.shape[2], kernel)(golden.nhwc(found["x"]))
    golden.assert_close(y, golden.nhwc(found["y"]), golden.OUTPUTS)


def test_half_precision_counts_in_float32():
    """1024 channels of 49 places are more than float16's whole numbers reach."""
    x = tf.ones([1, 8, 8, 1024])
    layer = PartialConv2D(1, 7, dtype="mixed_float16", kernel_initializer="ones")
    y, _ = layer(x / 1024)
    assert y.dtype == tf.float16
    np.testing.assert_allclose(y, np.full((1, 8, 8, 1), 49.0), rtol=2e-3)


@pytest.mark.parametrize(
    "wrong", [{"filters": 0}, {"kernel_size": 4}, {"strides": 0}, {"dilation_rate": 0}]
)
def test_wrong_arguments_are_named(wrong):
    with pytest.raises(ValueError, match=f"`{next(iter(wrong))}` must be"):
        PartialConv2D(**{"filters": 2, **wrong})


def test_the_configuration_makes_the_same_layer():
    layer = PartialConv2D(4, 5, 2, 1, True, name="enc")
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()

"""PlainConv2D and PlainUpsample2D: what they do not share with the gated ones."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import GatedConv2D, PlainConv2D, PlainUpsample2D, leaky_relu


def with_weights(layer, kernel, bias, channels=1):
    layer.build((None, None, None, channels))
    layer.kernel.assign(np.broadcast_to(kernel, layer.kernel.shape).astype(np.float32))
    layer.bias.assign(np.float32(bias))
    return layer


def plane(*rows):
    """`[1, H, W, 1]` float32 of rows of numbers."""
    return tf.constant(np.array(rows, np.float32)[np.newaxis, ..., np.newaxis])


def test_every_filter_is_handed_on_through_the_activation():
    """2·2 + 1 = 5 and −1·2 + 1 = −1: ELU leaves 5 and makes e⁻¹ − 1 of −1."""
    layer = with_weights(PlainConv2D(2, 1), [2.0, -1.0], [1.0, 1.0])
    y = layer(plane([2])).numpy().ravel()
    np.testing.assert_allclose(y, [5, np.exp(-1) - 1], rtol=1e-6)


@pytest.mark.parametrize("filters", [2, 3])
def test_without_activation_it_is_linear(filters):
    layer = with_weights(PlainConv2D(filters, 1, activation=None), -1, [0] * filters)
    assert layer(plane([2])).numpy().ravel().tolist() == [-2] * filters


def test_three_filters_are_no_exception():
    """A layer that paints RGB has three."""
    layer = with_weights(PlainConv2D(3, 1, activation="relu"), [1, -1, 0], [0, 0, 2])
    assert layer(plane([2])).numpy().ravel().tolist() == [2, 0, 2]
    assert (
        PlainConv2D(3).output_channels
        == GatedConv2D(3, gated=False).output_channels
        == 3
    )
    assert PlainConv2D(4).output_channels == 2 * GatedConv2D(4).output_channels == 4


def test_an_odd_number_of_filters():
    layer = PlainConv2D(5, 3, strides=2)
    assert layer.compute_output_shape((2, 7, None, 3)) == (2, 4, None, 5)


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        ("same", [[10, 10], [10, 10]]),
        # 1 1 2 2 / 1 1 2 2 / 3 3 4 4 / 3 3 4 4
        ("symmetric", [[18, 21], [24, 27]]),
        # 4 3 4 3 / 2 1 2 1 / 4 3 4 3 / 2 1 2 1
        ("reflect", [[27, 24], [21, 18]]),
    ],
)
def test_paddings(padding, expected):
    layer = with_weights(PlainConv2D(1, 3, padding=padding, activation=None), 1, [0])
    np.testing.assert_array_equal(layer(plane([1, 2], [3, 4]))[0, ..., 0], expected)


def test_upsampled_pixel():
    """2 becomes 2 × 2 pixels; each sees all four: 8, and ELU(−8) = e⁻⁸ − 1."""
    layer = PlainUpsample2D(2, name="up")
    layer.build((None, None, None, 1))
    assert layer.convolution.name == "up_conv"
    layer.convolution.kernel.assign(
        np.broadcast_to([1.0, -1.0], (3, 3, 1, 2)).astype(np.float32)
    )
    y = layer(plane([2])).numpy()
    assert y.shape == layer.compute_output_shape((1, 1, 1, 1)) == (1, 2, 2, 2)
    np.testing.assert_array_equal(y[..., 0], np.full((1, 2, 2), 8))
    np.testing.assert_allclose(y[..., 1], np.expm1(-8), rtol=1e-6)


def test_second_derivatives_of_leaky_relu():
    """y³ has the second derivative 6y·slope²; leaky ReLU itself has none."""
    x = tf.constant([-2.0, 3.0])

    @tf.function
    def derivatives(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(leaky_relu(x) ** 3)
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    first, second = derivatives(x)
    np.testing.assert_allclose(first, [3 * 0.16 * 0.2, 27], rtol=1e-6)
    np.testing.assert_allclose(second, [6 * -0.4 * 0.04, 18], rtol=1e-6)


def test_kernels_and_strides_may_differ_by_direction():
    """Ones of 1 × 3 over a row of ones: 2 at either end, 3 between; every other row."""
    layer = PlainConv2D(
        1,
        (1, 3),
        strides=(2, 1),
        activation=None,
        use_bias=False,
        kernel_initializer="ones",
    )
    y = layer(tf.ones([1, 3, 4, 1]))
    np.testing.assert_array_equal(y[0, ..., 0], [[2, 3, 3, 2]] * 2)
    assert layer.compute_output_shape((1, 3, 4, 1)) == (1, 2, 4, 1)
    assert len(layer.weights) == 1


def test_regularizers_and_constraints_are_kerass():
    """0.5·Σ|1| over three weights; a norm of at most 1 for the bias."""
    layer = PlainConv2D(
        1,
        (1, 3),
        kernel_initializer="ones",
        bias_initializer="ones",
        kernel_regularizer=keras.regularizers.L1(0.5),
        bias_constraint=keras.constraints.MaxNorm(1.0),
    )
    layer.build((None, None, None, 1))
    assert float(sum(layer.losses)) == 1.5
    again = PlainConv2D.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.bias_constraint.max_value == 1.0

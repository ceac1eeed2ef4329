"""GatedConv2D and GatedUpsample2D: values by hand, and against loops in NumPy."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import GatedConv2D, GatedUpsample2D, portable_operations


def with_weights(layer, kernel, bias, channels=1):
    if not layer.built:
        layer.build((None, None, None, channels))
    layer.kernel.assign(np.broadcast_to(kernel, layer.kernel.shape).astype(np.float32))
    layer.bias.assign(np.float32(bias))
    return layer


def plane(*rows):
    """`[1, H, W, 1]` float32 of rows of numbers."""
    return tf.constant(np.array(rows, np.float32)[np.newaxis, ..., np.newaxis])


# By hand


def test_features_times_sigmoid_of_gates():
    """Features 2x + 1, gates ln 3 (σ = ¾): ELU(5) = 5, ELU(−1) = e⁻¹ − 1."""
    layer = with_weights(GatedConv2D(2, 1), [2.0, 0.0], [1.0, np.log(3)])
    y = layer(plane([2, -1])).numpy().ravel()
    np.testing.assert_allclose(y, [0.75 * 5, 0.75 * (np.exp(-1) - 1)], rtol=1e-6)


@pytest.mark.parametrize("gate", [-300.0, -1.5, 0.0, 2.0, 300.0])
def test_in_one_pass_and_by_portable_operations(gate):
    """The same value and gradients; those by hand from σ' = σ(1 − σ)."""
    layer = with_weights(GatedConv2D(2, 1, activation=None), [1.0, 0.0], [0.0, gate])
    s = 1 / (1 + np.exp(-gate))
    for portable in (False, True):
        with contextlib.ExitStack() as stack:
            if portable:
                stack.enter_context(portable_operations())
            with tf.GradientTape() as tape:
                y = layer(plane([3.0]))
            gradient = tape.gradient(y, layer.bias).numpy()
        np.testing.assert_allclose(y.numpy().ravel(), [3 * s], rtol=1e-6, atol=1e-30)
        np.testing.assert_allclose(
            gradient, [s, 3 * s * (1 - s)], rtol=1e-5, atol=1e-30
        )


def test_portable_operations_end_with_an_error():
    with pytest.raises(KeyError), portable_operations():
        raise KeyError
    graph = tf.function(GatedConv2D(2, 1)).get_concrete_function(plane([3.0]))
    kinds = {operation.type for operation in graph.graph.get_operations()}
    assert "SoftplusGrad" in kinds
    assert "Sigmoid" not in kinds


def test_first_half_is_features_second_half_is_gates():
    """Of 4 filters: output channel c is filter c gated by filter c + 2."""
    layer = with_weights(
        GatedConv2D(4, 1, activation="relu"), 0, [1, 10, 0, np.log(1 / 3)]
    )
    np.testing.assert_allclose(layer(plane([0])).numpy().ravel(), [0.5, 2.5], rtol=1e-6)


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
def test_sum_of_three_by_three(padding, expected):
    layer = GatedConv2D(1, 3, padding=padding, activation=None, gated=False)
    y = with_weights(layer, 1, [0])(plane([1, 2], [3, 4]))
    np.testing.assert_array_equal(y[0, ..., 0], expected)


def test_mirrors_by_more_than_the_picture():
    """Dilated by 8, the taps of 2 pixels lie 8 away: 0 1 | 1 0 0 1 1 0 …"""
    layer = GatedConv2D(
        1, 3, dilation_rate=8, padding="symmetric", activation=None, gated=False
    )
    kernel = np.zeros((3, 3, 1, 1))
    kernel[1, 0] = 1  # the left tap
    y = with_weights(layer, kernel, [0])(plane([5, 7]))
    np.testing.assert_array_equal(y[0, ..., 0], [[5, 7]])
    layer = GatedConv2D(
        1, 3, dilation_rate=9, padding="symmetric", activation=None, gated=False
    )
    y = with_weights(layer, kernel, [0])(plane([5, 7]))
    np.testing.assert_array_equal(y[0, ..., 0], [[5, 5]])


@pytest.mark.parametrize(
    ("activation", "expected"), [(None, [2, -2, -3]), ("relu", [2, 0, 0])]
)
def test_without_gates_it_is_a_plain_convolution(activation, expected):
    layer = GatedConv2D(3, 1, activation=activation, gated=False)
    y = with_weights(layer, [1.0, -1.0, 0.0], [0, 0, -3])(plane([2]))
    assert y.numpy().ravel().tolist() == expected


def test_three_filters_are_no_exception():
    with pytest.raises(ValueError, match="`gated=False`"):
        GatedConv2D(3, 1)


def test_no_activation_is_the_identity_of_the_features():
    """−1 and −1 + 1, by σ(0) = 1/2."""
    layer = with_weights(GatedConv2D(4, 1, activation=None), [1, 1, 0, 0], [0, 1, 0, 0])
    assert layer(plane([-1])).numpy().ravel().tolist() == [-0.5, 0]


def test_upsampled_pixel():
    """2 becomes 2 × 2 pixels; each sees all four: ELU(8) · σ(0) = 4."""
    layer = GatedUpsample2D(2)
    layer.build((None, None, None, 1))
    with_weights(layer.convolution, [1, 0], [0, 0])
    np.testing.assert_array_equal(layer(plane([2]))[0, ..., 0], [[4, 4], [4, 4]])


def test_upsampling_doubles_every_pixel():
    """A kernel that is 1 at its centre shows the convolution's input."""
    layer = GatedUpsample2D(2, activation=None, gated=False)
    layer.build((None, None, None, 2))
    kernel = np.zeros((3, 3, 2, 2))
    kernel[1, 1] = np.eye(2)
    with_weights(layer.convolution, kernel, [0, 0])
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 2)).astype(np.float32)
    np.testing.assert_array_equal(layer(x), x.repeat(2, axis=1).repeat(2, axis=2))


# Against loops


def mirrored(index, size, padding):
    """The source of a pixel outside a picture; None where zeros are."""
    if 0 <= index < size:
        return index
    if padding == "same":
        return None
    backwards = (
        range(size - 1, -1, -1) if padding == "symmetric" else range(size - 2, 0, -1)
    )
    cycle = [*range(size), *backwards]
    return cycle[index % len(cycle)]


def convolved(x, kernel, bias, stride, rate, padding):
    """`[H, W, C]`, kernel `[k, k, C, F]` → `[⌈H/stride⌉, ⌈W/stride⌉, F]` float64."""
    sizes, k = x.shape[:2], kernel.shape[0]
    outputs = [-(-size // stride) for size in sizes]
    reach = rate * (k - 1)
    margins = [reach // 2] * 2
    if padding == "same":  # TensorFlow's: the odd pixel behind
        margins = [
            max((out - 1) * stride + reach + 1 - size, 0) // 2
            for out, size in zip(outputs, sizes)
        ]
    y = np.tile(np.float64(bias), (*outputs, 1))
    for i, j, di, dj in np.ndindex(*outputs, k, k):
        row = mirrored(i * stride + di * rate - margins[0], sizes[0], padding)
        column = mirrored(j * stride + dj * rate - margins[1], sizes[1], padding)
        if row is not None and column is not None:
            y[i, j] += np.float64(x[row, column]) @ kernel[di, dj]
    return y


@pytest.mark.parametrize("padding", ["same", "symmetric", "reflect"])
@pytest.mark.parametrize(
    ("kernel_size", "stride", "rate"),
    [
        (3, 1, 1),
        (5, 1, 1),
        (1, 1, 1),
        (3, 2, 1),
        (3, 1, 2),
        (3, 1, 16),
        (5, 2, 1),
        (2, 1, 1),
        (4, 2, 1),
        (2, 1, 3),
        (3, 2, 2),
    ],
)
@pytest.mark.parametrize("size", [(6, 8), (7, 5), (2, 3)])
def test_against_loops(padding, kernel_size, stride, rate, size):
    rng = np.random.default_rng(1)
    layer = GatedConv2D(4, kernel_size, stride, rate, padding)
    kernel = rng.normal(size=(kernel_size, kernel_size, 3, 4))
    bias = rng.normal(size=4)
    with_weights(layer, kernel, bias, channels=3)
    x = rng.normal(size=(2, *size, 3)).astype(np.float32)
    raw = np.stack([convolved(i, kernel, bias, stride, rate, padding) for i in x])
    features, gates = raw[..., :2], raw[..., 2:]
    elu = np.where(features > 0, features, np.expm1(features))
    expected = elu / (1 + np.exp(-gates))
    y = layer(x)
    assert y.shape == layer.compute_output_shape(x.shape) == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_initial_weights():
    """Glorot uniform: √(6 / (inputs + outputs of a kernel)) at most; zero biases."""
    layer = GatedConv2D(64, 3)
    layer.build((None, None, None, 32))
    limit = np.sqrt(6 / (9 * 32 + 9 * 64))
    kernel = np.array(layer.kernel)
    assert 0.98 * limit < np.abs(kernel).max() <= limit
    assert abs(kernel.std() - limit / np.sqrt(3)) < 0.02 * limit
    assert not np.array(layer.bias).any()


# Arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"filters": 5},
            "`filters` of a gated convolution must be even (`gated=False`",
        ),
        ({"filters": 0}, "`filters` must be a positive integer. Received: 0"),
        ({"filters": 2.5}, "`filters` must be a positive integer. Received: 2.5"),
        ({"kernel_size": -3}, "`kernel_size` must be a positive integer. Received: -3"),
        ({"strides": "2"}, "`strides` must be a positive integer. Received: '2'"),
        ({"strides": (2, 2, 2)}, "positive integer or two. Received: (2, 2, 2)"),
        (
            {"dilation_rate": 0},
            "`dilation_rate` must be a positive integer. Received: 0",
        ),
        (
            {"padding": "SAME"},
            "one of ('same', 'symmetric', 'reflect'). Received: 'SAME'",
        ),
        ({"activation": "eluu"}, "eluu"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=r"Received|eluu") as caught:
        GatedConv2D(**{"filters": 4, **arguments})
    assert message in str(caught.value)


def test_upsample_checks_its_arguments_too():
    with pytest.raises(ValueError, match=r"`padding` must be one of .* 'valid'"):
        GatedUpsample2D(4, padding="valid")


def test_static_shapes():
    layer = GatedConv2D(6, 3, strides=2, padding="reflect")
    assert layer.compute_output_shape((None, None, 7, 3)) == (None, None, 4, 3)
    assert GatedConv2D(6, activation=None, gated=False).compute_output_shape(
        (2, 5, 7, 3)
    ) == (
        2,
        5,
        7,
        6,
    )
    layer = GatedUpsample2D(6)
    assert layer.compute_output_shape((2, None, 7, 3)) == (2, None, 14, 3)

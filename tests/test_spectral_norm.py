"""Spectral normalisation: hand values, singular values, state, precision, addons."""

import importlib.util
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.errors import InputError
from inpaint.layers import SpectralNormConv2D, addons_conv
from inpaint.layers.spectral_norm import spectral_norm

KERAS_2 = keras.__version__.startswith("2.")
HAS_ADDONS = KERAS_2 and importlib.util.find_spec("tensorflow_addons") is not None


def random(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def built(channels=3, filters=6, seed=0, **options):
    """A layer whose kernel has singular values that differ."""
    layer = SpectralNormConv2D(filters, **options)
    layer.build((None, None, None, channels))
    layer.kernel.assign(random(*layer.kernel.shape, seed=seed))
    layer.bias.assign(random(filters, seed=seed + 1))
    return layer


def as_matrix(kernel):
    return np.asarray(kernel).reshape(-1, kernel.shape[-1])


def largest_singular_value(kernel):
    return np.linalg.svd(as_matrix(kernel), compute_uv=False)[0]


def settle(layer, channels=3, steps=200):
    pixel = tf.zeros([1, layer.kernel_size, layer.kernel_size, channels])
    for _ in range(steps):
        layer(pixel, training=True)


def test_the_norm_of_a_matrix_of_ones_is_2():
    sigma, u = spectral_norm(tf.ones([2, 2]), tf.constant([[0.3, 0.9]]))
    assert float(sigma) == pytest.approx(2.0, abs=1e-6)
    np.testing.assert_allclose(u, [[0.5**0.5, 0.5**0.5]], atol=1e-6)


def test_one_step_by_hand():
    """W = diag(2, 1), u = (1, 1)/√2: v = (2, 1)/√5, u' = (4, 1)/√17, σ = √(17/5)."""
    matrix = tf.constant([[2.0, 0.0], [0.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(matrix)
        sigma, u = spectral_norm(matrix, tf.constant([[0.5**0.5, 0.5**0.5]]))
    assert float(sigma) == pytest.approx((17 / 5) ** 0.5, rel=1e-6)
    np.testing.assert_allclose(u, np.array([[4, 1]]) / 17**0.5, rtol=1e-6)
    # (v + (u'Wᵀ − σv) / ‖uWᵀ‖)ᵀ u', with u'Wᵀ = (8, 1)/√17 and ‖uWᵀ‖ = √(5/2).
    v, moved = np.array([2, 1]) / 5**0.5, np.array([4, 1]) / 17**0.5
    through_v = (np.array([8, 1]) / 17**0.5 - 3.4**0.5 * v) / 2.5**0.5
    expected = np.outer(v + through_v, moved)
    np.testing.assert_allclose(tape.gradient(sigma, matrix), expected, rtol=1e-5)


def test_settled_it_is_the_largest_singular_value_and_its_derivative():
    matrix = tf.constant(random(20, 7))
    u = tf.constant(random(1, 7, seed=1))
    for _ in range(300):
        _, u = spectral_norm(matrix, u)
    left, values, right = np.linalg.svd(matrix)
    with tf.GradientTape() as tape:
        tape.watch(matrix)
        sigma, _ = spectral_norm(matrix, u)
    assert float(sigma) == pytest.approx(values[0], rel=1e-5)
    derivative = np.outer(left[:, 0], right[0])
    np.testing.assert_allclose(tape.gradient(sigma, matrix), derivative, atol=1e-4)


def test_it_convolves_with_the_kernel_over_sigma():
    layer = built()
    kernel = layer.kernel.numpy()
    u = layer.u.numpy()
    x = tf.constant(random(2, 11, 8, 3))
    v = u @ as_matrix(kernel).T
    v /= np.linalg.norm(v)
    sigma = np.linalg.norm(v @ as_matrix(kernel))
    expected = tf.nn.conv2d(x, kernel / sigma, 2, "SAME") + layer.bias.numpy()
    np.testing.assert_allclose(layer(x), expected, atol=2e-6)


def test_after_many_calls_the_kernel_it_uses_has_norm_1():
    layer = built(channels=1, filters=2, kernel_size=3, strides=1, padding="valid")
    settle(layer, channels=1)
    layer.bias.assign([0.0, 0.0])
    pixels = tf.reshape(tf.eye(9), [9, 3, 3, 1])  # each shows one value of the kernel
    used = layer(pixels).numpy().reshape(9, 2)
    assert largest_singular_value(used) == pytest.approx(1.0, rel=1e-5)
    expected = as_matrix(layer.kernel) / largest_singular_value(layer.kernel)
    np.testing.assert_allclose(used, expected, atol=1e-5)


def test_only_training_moves_u_and_nothing_moves_the_kernel():
    layer = built()
    kernel, u = layer.kernel.numpy(), layer.u.numpy()
    x = tf.constant(random(1, 8, 8, 3))
    for training in (None, False):
        layer(x, training=training)
        np.testing.assert_array_equal(layer.u, u)
    steps = [u]
    for _ in range(3):
        layer(x, training=True)
        steps.append(layer.u.numpy())
        _, expected = spectral_norm(tf.constant(as_matrix(kernel)), steps[-2])
        np.testing.assert_allclose(steps[-1], expected, atol=1e-6)
        assert np.abs(steps[-1] - steps[-2]).max() > 1e-3
    np.testing.assert_array_equal(layer.kernel, kernel)


def test_u_moves_once_a_call_in_a_graph_whatever_is_differentiated():
    layer = built()
    u = layer.u.numpy()

    @tf.function
    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(layer(x, training=True) ** 2)
        return tape.gradient(total, x)

    assert np.abs(gradients(tf.constant(random(1, 8, 8, 3)))).max() > 0
    _, expected = spectral_norm(tf.constant(as_matrix(layer.kernel)), u)
    np.testing.assert_allclose(layer.u, expected, atol=1e-6)


def test_what_is_trained():
    layer = built()
    assert [v.shape for v in layer.trainable_variables] == [(5, 5, 3, 6), (6,)]
    assert [v.shape for v in layer.non_trainable_variables] == [(1, 6)]


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("strides", [1, 2, 3])
@pytest.mark.parametrize("size", [(8, 8), (9, 14), (5, 7)])
def test_output_shape(size, strides, padding):
    layer = SpectralNormConv2D(4, strides=strides, padding=padding)
    shape = (2, *size, 3)
    assert tuple(layer(tf.zeros(shape)).shape) == layer.compute_output_shape(shape)
    unknown = layer.compute_output_shape((None, None, None, 3))
    assert unknown == (None, None, None, 4)


def test_configuration_round_trip():
    layer = SpectralNormConv2D(4, 3, 1, "valid", name="conv9")
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(again, SpectralNormConv2D)
    assert again.get_config() == layer.get_config()
    described = {k: again.get_config()[k] for k in ("filters", "kernel_size", "name")}
    assert described == {"filters": 4, "kernel_size": 3, "name": "conv9"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filters": 0}, "`filters` must be a positive integer. Received: 0"),
        ({"filters": 2.5}, "`filters` must be a positive integer. Received: 2.5"),
        ({"kernel_size": -1}, "`kernel_size` must be a positive integer. Received: -1"),
        ({"strides": "2"}, "`strides` must be a positive integer. Received: '2'"),
        ({"padding": "full"}, r"`padding` must be one of .* Received: 'full'"),
    ],
)
def test_errors_say_what_came(options, message):
    with pytest.raises(ValueError, match=message):
        SpectralNormConv2D(**{"filters": 4, **options})


def test_mixed_precision_convolves_in_bfloat16_and_normalises_in_float32():
    layer = SpectralNormConv2D(6, dtype="mixed_bfloat16")
    layer.build((None, None, None, 3))
    reference = built()
    for name in ("kernel", "bias", "u"):
        getattr(layer, name).assign(getattr(reference, name).numpy())
    x = tf.constant(random(2, 8, 8, 3))
    y = layer(x, training=True)
    assert y.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(y, tf.float32), reference(x), atol=0.05)
    reference(x, training=True)
    np.testing.assert_allclose(layer.u, reference.u, atol=1e-6)
    for variable in (layer.kernel, layer.bias, layer.u):
        assert tf.as_dtype(variable.dtype) == tf.float32


@pytest.mark.skipif(KERAS_2, reason="where tensorflow-addons may be installed")
def test_addons_needs_keras_2():
    with pytest.raises(InputError, match=r"spectral_norm: addons needs .* Keras 3"):
        addons_conv(4)


@pytest.mark.skipif(not KERAS_2, reason="of the error where Keras is 2")
def test_addons_has_to_be_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_addons.layers", None)
    with pytest.raises(InputError, match=r"spectral_norm: addons needs tensorflow-add"):
        addons_conv(4)


@pytest.mark.skipif(not HAS_ADDONS, reason="tensorflow-addons is not installed")
def test_addons_finds_the_same_sigma():
    ours, theirs = built(), addons_conv(6)
    theirs.build((None, None, None, 3))
    theirs.layer.kernel.assign(ours.kernel.numpy())
    theirs.layer.bias.assign(ours.bias.numpy())
    theirs.u.assign(ours.u.numpy())
    x = tf.constant(random(2, 8, 8, 3))
    kernel = ours.kernel.numpy()
    np.testing.assert_allclose(
        ours(x, training=True), theirs(x, training=True), atol=2e-6
    )
    np.testing.assert_allclose(ours.u, theirs.u, atol=1e-6)
    for steps in range(2, 100):
        # Theirs has divided its kernel by every σ so far; what it starts from is ours.
        theirs.layer.kernel.assign(kernel)
        sigma, _ = spectral_norm(tf.constant(as_matrix(kernel)), ours.u.numpy())
        ours(x, training=True)
        theirs(x, training=True)
        used = theirs.layer.kernel.numpy()
        np.testing.assert_allclose(kernel / sigma, used, atol=1e-6, err_msg=str(steps))
        np.testing.assert_allclose(ours.u, theirs.u, atol=1e-6)
    assert float(sigma) == pytest.approx(largest_singular_value(kernel), rel=1e-5)

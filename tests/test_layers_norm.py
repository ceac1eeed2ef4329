"""Batch norm, convolution with it, channel-wise dense layer: numbers by hand, files."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import BatchNorm, ChannelwiseDense, NormConv2D, NormConv2DTranspose


def column(*values):
    return tf.reshape(tf.constant(values, tf.float32), [-1, 1, 1, 1])


def picture(rows):
    return tf.constant(rows, tf.float32)[tf.newaxis, ..., tf.newaxis]


def with_weights(layer, channels=1, **weights):
    """A layer, built, its variables set by name; those of its batch norm too."""
    layer.build((None, None, None, channels))
    for name, value in weights.items():
        owner = layer if hasattr(layer, name) else layer.norm
        variable = getattr(owner, name)
        variable.assign(np.reshape(value, variable.shape))
    return layer


def test_batch_statistics():
    layer = with_weights(BatchNorm(), gamma=2.0, beta=0.5)
    y = layer(column(1.0, 3.0, 5.0, 7.0), training=True)  # mean 4, variance 5
    unit = 1 / np.sqrt(5 + 1e-5)
    expected = 0.5 + 2 * unit * np.array([-3, -1, 1, 3])
    np.testing.assert_allclose(y.numpy().ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(layer.moving_mean, [0.4], rtol=1e-6)
    # Of the unbiased variance, 20/3.
    np.testing.assert_allclose(layer.moving_variance, [0.9 + 2 / 3], rtol=1e-6)


def test_running_statistics():
    layer = with_weights(
        BatchNorm(), gamma=1.5, beta=0.25, moving_mean=0.5, moving_variance=0.75
    )
    y = layer(column(-1.0, 0.0, 1.0)).numpy().ravel()
    np.testing.assert_allclose(y, [-2.34806, -0.61602, 1.11602], atol=1e-5)


def test_a_frozen_layer_keeps_its_statistics():
    layer = with_weights(BatchNorm(), moving_mean=2.0)
    layer.trainable = False
    y = layer(column(1.0, 3.0), training=True)
    np.testing.assert_allclose(y.numpy().ravel(), [-1, 1], rtol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, [2.0])


def test_a_single_value_has_no_spread():
    layer = with_weights(BatchNorm(), beta=0.5)
    np.testing.assert_array_equal(layer(column(3.0), training=True), column(0.5))
    np.testing.assert_allclose(layer.moving_variance, [0.9], rtol=1e-6)


def test_gradient_is_that_of_the_formula():
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(3, 4, 5, 2)).astype(np.float32))
    weights = rng.normal(size=x.shape).astype(np.float32)
    layer = with_weights(BatchNorm(), 2, gamma=[1.5, -0.5], beta=[0.1, 0.2])
    gamma, beta = tf.constant([1.5, -0.5]), tf.constant([0.1, 0.2])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, gamma, beta])
        ours = tf.reduce_sum(weights * layer(x, training=True) ** 2)
        mean, variance = tf.nn.moments(x, [0, 1, 2])
        plain = (x - mean) / tf.sqrt(variance + 1e-5) * gamma + beta
        plain = tf.reduce_sum(weights * plain**2)
    actual = tape.gradient(ours, [x, *layer.trainable_variables])
    for got, expected in zip(actual, tape.gradient(plain, [x, gamma, beta])):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("activation_first", "expected"),
    [(False, [0, 0, 1.11602]), (True, [-0.61602, -0.61602, 1.11602])],
)
def test_order(activation_first, expected):
    layer = with_weights(
        NormConv2D(1, 1, activation_first=activation_first),
        kernel=2.0,
        bias=-1.0,
        gamma=1.5,
        beta=0.25,
        moving_mean=0.5,
        moving_variance=0.75,
    )
    y = layer(column(0.0, 0.5, 1.0)).numpy().ravel()
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_zeros_at_strides_are_symmetric():
    layer = with_weights(
        NormConv2D(1, 3, strides=2, norm=False, activation=None), kernel=np.ones(9)
    )
    y = layer(picture(np.arange(1, 17).reshape(4, 4)))
    np.testing.assert_array_equal(y[0, ..., 0], [[14, 30], [57, 99]])


def test_transposed():
    layer = with_weights(
        NormConv2DTranspose(1, norm=False, activation=None), kernel=np.arange(16)
    )
    y = layer(picture([[1, 2], [3, 4]]))
    expected = [[5, 14, 17, 12], [12, 32, 42, 28], [28, 72, 82, 52], [27, 62, 69, 40]]
    np.testing.assert_array_equal(y[0, ..., 0], expected)


def test_transposed_of_one_pixel():
    layer = with_weights(
        NormConv2DTranspose(1, "valid", norm=False, activation=None),
        kernel=np.arange(16),
    )
    y = layer(picture([[2]]))
    np.testing.assert_array_equal(y[0, ..., 0], 2 * np.arange(16).reshape(4, 4))


LAYERS = [
    NormConv2D(2, 5),
    NormConv2D(2, 3, strides=2),
    NormConv2D(2, 4, strides=2, norm=False),
    NormConv2D(2, 3, dilation_rate=4),
    NormConv2D(2, 3, padding="valid", activation_first=True),
    NormConv2D(2, 1, use_bias=False, activation=None),
    NormConv2DTranspose(2),
    NormConv2DTranspose(2, "valid", use_bias=False),
]


@pytest.mark.parametrize("prototype", LAYERS)
def test_source_is_what_a_row_depends_on(prototype):
    layer = type(prototype).from_config(prototype.get_config())
    x = tf.Variable(
        np.random.default_rng(1).normal(size=(1, 12, 12, 3)), dtype="float32"
    )
    layer.build(x.shape)
    rows = layer(x).shape[1]
    assert layer.compute_output_shape(x.shape) == tuple(layer(x).shape)
    for row in range(rows):
        with tf.GradientTape() as tape:
            convolved = layer.convolved(
                tf.pad(x, [[0, 0], [layer.zeros] * 2, [layer.zeros] * 2, [0, 0]])
                if type(layer) is NormConv2D
                else x,
                tf.ones_like(layer.kernel),
                "VALID" if type(layer) is NormConv2D else layer.padding.upper(),
            )
            total = tf.reduce_sum(convolved[:, row])
        touched = np.abs(tape.gradient(total, x)).max(axis=(0, 2, 3)) > 0
        first, last = layer.input_range(row, row)
        expected = np.zeros(12, bool)
        expected[max(first, 0) : last + 1] = True
        step = layer.dilation_rate
        expected[max(first, 0) : last + 1] = [
            (i - first) % step == 0 for i in range(max(first, 0), min(last, 11) + 1)
        ]
        np.testing.assert_array_equal(touched, expected)


@pytest.mark.parametrize("prototype", LAYERS)
def test_a_window_is_as_in_the_whole(prototype):
    if prototype.padding == "valid" or prototype.strides > 1:
        pytest.skip("the tiles' layers have neither")
    layer = type(prototype).from_config(prototype.get_config())
    x = tf.constant(np.random.default_rng(1).normal(size=(1, 24, 24, 3)), tf.float32)
    whole = layer(x)
    first, last = layer.input_range(8, 15)
    window = layer.call_valid(x[:, first : last + 1, first : last + 1])
    np.testing.assert_allclose(window, whole[:, 8:16, 8:16], rtol=0, atol=1e-5)


@pytest.mark.parametrize("prototype", LAYERS)
def test_batch_norm_is_part_of_the_kernel(prototype):
    """What inference computes is batch norm after the convolution."""
    layer = type(prototype).from_config({**prototype.get_config(), "activation": None})
    x = tf.constant(np.random.default_rng(2).normal(size=(2, 8, 8, 3)), tf.float32)
    if layer.norm is None:
        pytest.skip("no batch norm")
    layer.build(x.shape)
    for i, variable in enumerate(layer.norm.trainable_variables):
        variable.assign([0.5 + i, 2.0])
    layer.norm.moving_mean.assign([0.3, -0.7])
    layer.norm.moving_variance.assign([0.5, 3.0])
    plain = type(layer).from_config({**layer.get_config(), "norm": False})
    plain.build(x.shape)
    plain.kernel.assign(layer.kernel)
    np.testing.assert_allclose(layer(x), layer.norm(plain(x)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision(precision):
    layer = NormConv2D(4, dtype=keras.mixed_precision.Policy(precision))
    x = tf.ones([1, 8, 8, 3])
    for training in (False, True):
        y = layer(x, training=training)
        assert y.dtype == precision.removeprefix("mixed_")
        assert np.isfinite(tf.cast(y, tf.float32)).all()
    assert layer.norm.moving_variance.dtype == "float32"


def test_channelwise_dense():
    layer = ChannelwiseDense()
    layer.build((None, 2, 2, 1))
    layer.kernel.assign(np.arange(16).reshape(1, 4, 4))
    layer.bias.assign([[0, 1, 2, 3]])
    y = layer(picture([[1, 2], [3, 4]]))
    np.testing.assert_array_equal(y[0, ..., 0], [[80, 91], [102, 113]])


def test_channelwise_dense_has_no_links_between_maps():
    layer = ChannelwiseDense(use_bias=False)
    layer.build((None, 6, 6, 256))
    assert layer.kernel.shape == (256, 36, 36)  # 331,776 weights
    layer = ChannelwiseDense()
    x = np.zeros((1, 3, 3, 2), np.float32)
    x[..., 1] = 1
    y = layer(x).numpy()
    assert not y[..., 0].any()
    assert y[..., 1].all()


def test_channelwise_dense_needs_a_size():
    with pytest.raises(ValueError, match="known height and width"):
        ChannelwiseDense().build((None, None, 6, 4))


@pytest.mark.parametrize(
    ("layer", "options"),
    [
        (NormConv2D, {"filters": 0}),
        (NormConv2D, {"filters": 3, "strides": 1.5}),
        (NormConv2D, {"filters": 3, "padding": "reflect"}),
        (BatchNorm, {"momentum": 1.0}),
        (BatchNorm, {"epsilon": 0}),
    ],
)
def test_refused(layer, options):
    with pytest.raises(ValueError, match="Received"):
        layer(**options)


def test_a_network_of_them_is_saved(tmp_path):
    x = keras.Input((4, 4, 3))
    y = NormConv2D(2, strides=2)(x)
    y = NormConv2DTranspose(3)(ChannelwiseDense()(y))
    model = keras.Model(x, BatchNorm(gamma_initializer="zeros")(y))
    path = tmp_path / "network.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 4, 4, 3)), tf.float32)
    np.testing.assert_array_equal(loaded(x), model(x))

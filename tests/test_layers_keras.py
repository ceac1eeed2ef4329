"""The layers as Keras layers: configuration, files, unknown sizes, half precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import (
    ContextualAttention,
    GatedConv2D,
    GatedUpsample2D,
    PlainConv2D,
    PlainUpsample2D,
)

LAYERS = [
    GatedConv2D(
        8,
        5,
        strides=2,
        dilation_rate=1,
        padding="reflect",
        activation="relu",
        name="gated",
    ),
    GatedConv2D(3, activation=None, gated=False, name="plain"),
    GatedConv2D(4, activation="linear", trainable=False, name="linear"),
    GatedUpsample2D(6, padding="symmetric", activation="relu", name="up"),
    GatedUpsample2D(6, activation=None, gated=False, name="plain_up"),
    PlainConv2D(5, strides=2, padding="symmetric", activation="relu", name="version_1"),
    PlainUpsample2D(5, padding="reflect", name="version_1_up"),
    ContextualAttention(
        kernel_size=5,
        rate=3,
        fuse=False,
        fuse_kernel_size=7,
        softmax_scale=2.5,
        scratch_bytes=10,
        portable=True,
        name="attention",
    ),
]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def network():
    """Functional, of all three layers, for pictures of any size."""
    picture = keras.Input((None, None, 3), name="picture")
    mask = keras.Input((None, None, 1), name="mask")
    features = GatedConv2D(8, 3, strides=2, name="down")(picture)
    small_mask = keras.layers.MaxPool2D(2, padding="same", name="shrink")(mask)
    features, offsets = ContextualAttention(name="attention")(
        features, features, mask=small_mask
    )
    features = GatedUpsample2D(8, padding="symmetric", name="up")(features)
    painted = GatedConv2D(3, activation=None, gated=False, name="paint")(features)
    return keras.Model([picture, mask], [painted, offsets])


def picture_and_mask(height, width, batch=2):
    mask = np.zeros((batch, height, width, 1), np.float32)
    mask[:, height // 4 : height // 2, width // 4 : width // 2] = 1
    return normal(batch, height, width, 3), mask


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_configuration_round_trip(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    for name in ("filters", "strides", "padding", "activation", "gated", "trainable"):
        assert getattr(again, name, None) == getattr(layer, name, None)


def test_gates_are_left_out_on_request_only():
    assert GatedConv2D(4, activation="linear").gated
    assert GatedConv2D(4, activation=None).gated
    assert not GatedConv2D(4, gated=False).gated
    assert GatedConv2D(4, gated=False).output_channels == 4


def test_activation_may_be_a_function():
    layer = GatedConv2D(2, 1, activation=keras.activations.relu)
    assert layer.get_config()["activation"] == "relu"


def test_weight_names():
    model = network()
    paths = {w.path if hasattr(w, "path") else w.name[:-2] for w in model.weights}
    assert paths >= {"down/kernel", "down/bias", "paint/kernel"}
    inner = model.get_layer("up").convolution
    assert inner.name == "up_conv"
    assert [len(x.weights) for x in model.layers if x.name in ("up", "attention")] == [
        0,
        2,
    ]


def test_symbolic_outputs():
    picture = keras.Input((None, 14, 4))
    output, offsets = ContextualAttention(rate=3)(picture, picture)
    assert tuple(output.shape) == (None, None, 14, 4)
    assert tuple(offsets.shape) == (None, None, 5, 2)
    assert tf.as_dtype(offsets.dtype) == tf.int32


def test_keras_file(tmp_path):
    model = network()
    for weight in model.weights:
        weight.assign(normal(*weight.shape, seed=len(weight.shape)) / 5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for size in ((16, 24), (20, 12)):
        for ours, expected in zip(
            again(picture_and_mask(*size)), model(picture_and_mask(*size))
        ):
            np.testing.assert_array_equal(ours, expected)


def test_predict_of_any_size_and_fit():
    model = network()
    for height, width in ((16, 24), (18, 10)):
        painted, offsets = model.predict(picture_and_mask(height, width), verbose=0)
        assert painted.shape == (2, 2 * -(-height // 2), 2 * -(-width // 2), 3)
        assert offsets.shape[1:3] == (-(-height // 4), -(-width // 4))
    painted = keras.Model(model.inputs, model.outputs[0])
    painted.compile("sgd", "mse")
    before = [w.numpy().copy() for w in painted.trainable_weights]
    picture, mask = picture_and_mask(16, 16)
    painted.fit([picture, mask], picture, epochs=1, verbose=0)
    for old, weight in zip(before, painted.trainable_weights):
        assert np.isfinite(weight.numpy()).all()
        assert not np.array_equal(old, weight.numpy())


def test_keras_does_not_compile_attention_by_xla():
    """On a GPU, Keras 3 would compile the whole model by itself, and fit would fail."""
    assert not ContextualAttention().supports_jit


def test_required_positions_through_the_layer():
    """Places of 4 × 6 from the second row on: the first row of blocks stays empty."""
    x, required = tf.constant(normal(1, 8, 12, 2)), np.ones((4, 6), bool)
    layer = ContextualAttention()
    np.testing.assert_allclose(
        layer(x, x, required=tf.constant(required))[0], layer(x, x)[0], atol=1e-5
    )
    required[0] = False
    assert not layer(x, x, required=tf.constant(required))[0][0, 0].numpy().any()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("scratch_bytes", [1, 2**29])
def test_one_graph_for_all_sizes(training, scratch_bytes):
    layer = ContextualAttention(scratch_bytes=scratch_bytes)
    traced = []

    def attend(foreground, background, mask):
        traced.append(1)
        return layer(foreground, background, mask=mask, training=training)

    features = tf.TensorSpec([None, None, None, 2])
    mask = tf.TensorSpec([None, None, None, 1])
    graph = tf.function(attend, input_signature=[features, features, mask])
    for f_size, b_size, masks in (
        ((1, 1), (1, 1), 2),
        ((7, 10), (12, 5), 1),
        ((16, 8), (16, 8), 2),
    ):
        arguments = (
            normal(2, *f_size, 2),
            normal(2, *b_size, 2, seed=1),
            (normal(masks, *b_size, 1) > 1).astype(np.float32),
        )
        for ours, expected in zip(
            graph(*arguments),
            layer(*arguments[:2], mask=arguments[2], training=training),
        ):
            np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5)
    assert len(traced) == 1


@pytest.mark.parametrize(
    ("portable", "training", "loops"),
    [(False, False, True), (True, False, False), (False, True, False)],
)
def test_one_form_of_attention_in_a_graph(portable, training, loops):
    """The streaming form has a loop over tiles; no graph has both forms."""
    layer = ContextualAttention(portable=portable)
    size = (12, 16) if portable else (None, None)
    graph = tf.function(lambda x: layer(x, x, training=training)[0])
    graph = graph.get_concrete_function(tf.TensorSpec([1, *size, 2])).graph
    kinds = {operation.type for operation in graph.get_operations()}
    assert bool(kinds & {"While", "StatelessWhile"}) == loops
    if not loops:
        assert not kinds & {"If", "StatelessIf"}


# Half precision


@pytest.mark.parametrize("layer", [GatedConv2D, GatedUpsample2D])
def test_half_precision_computes_in_bfloat16(layer):
    x = normal(1, 6, 8, 4)
    half, full = layer(8, dtype="mixed_bfloat16"), layer(8)
    y = half(x)
    full.build(x.shape)
    for ours, theirs in zip(full.weights, half.weights):
        assert tf.as_dtype(theirs.dtype) == tf.float32
        ours.assign(theirs)
    assert y.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(y, tf.float32), full(x), rtol=0.05, atol=0.05)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("scratch_bytes", [1, 2**29])
def test_attention_computes_in_float32(training, scratch_bytes):
    """Only inputs and output are rounded to bfloat16, nothing in between."""
    x = tf.cast(normal(2, 8, 12, 6), tf.bfloat16)
    mask = (normal(2, 8, 12, 1) > 1).astype(np.float32)
    settings = {"scratch_bytes": scratch_bytes}
    half = ContextualAttention(dtype="mixed_bfloat16", **settings)
    output, offsets = half(x, x, mask=mask, training=training)
    full = ContextualAttention(**settings)
    x = tf.cast(x, tf.float32)
    expected, expected_offsets = full(x, x, mask=mask, training=training)
    assert (output.dtype, offsets.dtype) == (tf.bfloat16, tf.int32)
    np.testing.assert_array_equal(
        tf.cast(output, tf.float32), tf.cast(tf.cast(expected, tf.bfloat16), tf.float32)
    )
    np.testing.assert_array_equal(offsets, expected_offsets)


def test_half_precision_network():
    """The global policy reaches the layer inside the upsampling one."""
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = network()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    painted, offsets = model(picture_and_mask(16, 24))
    assert (painted.dtype, offsets.dtype) == (tf.bfloat16, tf.int32)
    assert all(tf.as_dtype(w.dtype) == tf.float32 for w in model.weights)
    assert np.isfinite(tf.cast(painted, tf.float32)).all()

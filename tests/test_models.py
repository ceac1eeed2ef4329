"""DeepFill v2's generator: its size, names, inputs and errors; the registry."""

import warnings

import keras
import numpy as np
import pytest
import release
import tensorflow as tf

from inpaint import config
from inpaint.errors import InputError
from inpaint.models import build_generator, recognise
from inpaint.models.deepfill_v2 import DeepFillV2Generator

SMALL = 4


def inputs(height, width, batch=1, guided=False, seed=0):
    """`image` with a hole of zeros, `hole` and, if guided, `edge`."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((batch, height, width, 1), np.float32)
    mask[:, height // 4 : height // 2, width // 4 : width // 2] = 1
    image = rng.uniform(-1, 1, (batch, height, width, 3)).astype(np.float32)
    arguments = {"image": tf.constant(image * (1 - mask)), "hole": tf.constant(mask)}
    if guided:
        edge = (rng.random((batch, height, width, 1)) > 0.5) * mask
        arguments["edge"] = tf.constant(edge.astype(np.float32))
    return arguments


def small(**arguments):
    """A generator of 4 base filters with the stand-in weights."""
    generator = DeepFillV2Generator(SMALL, **arguments)
    shapes = release.generator_shapes(SMALL, generator.guided)
    for name, value in release.values(shapes).items():
        generator.variables_by_name()[name].assign(value)
    return generator


# Size and names


@pytest.mark.parametrize(("guided", "count"), [(False, 4_052_478), (True, 4_053_678)])
def test_number_of_parameters(guided, count):
    generator = DeepFillV2Generator(guided=guided)
    weights = generator.trainable_weights
    assert sum(int(np.prod(weight.shape)) for weight in weights) == count
    assert generator.count_params() == count
    assert not generator.non_trainable_weights


@pytest.mark.parametrize("base_filters", [48, 4, 20])
@pytest.mark.parametrize("guided", [False, True])
def test_names_and_shapes_of_the_release(guided, base_filters):
    generator = DeepFillV2Generator(base_filters, guided=guided)
    shapes = {k: list(v.shape) for k, v in generator.variables_by_name().items()}
    assert shapes == release.generator_shapes(base_filters, guided)
    assert {id(v) for v in generator.variables_by_name().values()} == {
        id(v) for v in generator.trainable_weights
    }


def test_layers_of_the_paper():
    """What names and shapes do not tell: strides, dilations, activations."""
    layers = DeepFillV2Generator(SMALL).convolutions()
    strided = {name for name, layer in layers.items() if layer.strides == 2}
    assert strided == {name for name in layers if name.endswith("downsample")}
    for prefix in ("", "x"):
        for number, rate in ((7, 2), (8, 4), (9, 8), (10, 16)):
            assert layers.pop(f"{prefix}conv{number}_atrous").dilation_rate == rate
    assert {layer.dilation_rate for layer in layers.values()} == {1}
    assert {name for name, layer in layers.items() if not layer.gated} == {
        "conv17",
        "allconv17",
    }
    activations = {name: layer.activation for name, layer in layers.items()}
    assert activations.pop("pmconv6") is keras.activations.relu
    del activations["conv17"], activations["allconv17"]
    assert set(activations.values()) == {keras.activations.elu}


def test_attention_as_released():
    settings = DeepFillV2Generator(SMALL).attention.get_config()
    expected = {
        "kernel_size": 3,
        "rate": 2,
        "fuse": True,
        "fuse_kernel_size": 3,
        "softmax_scale": 10.0,
    }
    assert {key: settings[key] for key in expected} == expected


# Inputs and outputs


@pytest.mark.parametrize("padding", ["same", "symmetric", "reflect"])
@pytest.mark.parametrize("size", [(8, 8), (16, 8), (24, 40)])
def test_any_multiple_of_eight(padding, size):
    result = small(padding=padding)(inputs(*size, batch=2))
    assert result["coarse"].shape == result["refined"].shape == (2, *size, 3)
    assert result["offsets"].shape == (2, size[0] // 8, size[1] // 8, 2)
    for picture in (result["coarse"], result["refined"]):
        assert np.isfinite(picture).all()
        assert np.abs(picture).max() <= 1
    assert result["offsets"].dtype == tf.int32


def test_each_padding_is_used():
    arguments = inputs(24, 40)
    coarse = [
        small(padding=padding)(arguments)["coarse"].numpy()
        for padding in ("same", "symmetric", "reflect")
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(coarse[one] - coarse[other]).max() > 1e-3


def test_first_stages_input():
    generator = small(guided=True)
    arguments = inputs(8, 16, batch=2, guided=True)
    x = generator.stage1_input(*arguments.values()).numpy()
    assert x.shape == (2, 8, 16, 6)
    np.testing.assert_array_equal(x[..., :3], arguments["image"])
    np.testing.assert_array_equal(x[..., 3:4], arguments["edge"])
    np.testing.assert_array_equal(x[..., 4], 1)
    np.testing.assert_array_equal(x[..., 5:], arguments["hole"])
    unguided = small().stage1_input(arguments["image"], arguments["hole"]).numpy()
    np.testing.assert_array_equal(unguided, x[..., [0, 1, 2, 4, 5]])


def test_second_stages_input():
    """The image, and in the hole what the first stage painted."""
    generator, arguments = small(), inputs(16, 24)
    result = generator(arguments)
    hole = arguments["hole"] > 0.5
    completed = tf.where(hole, result["coarse"], arguments["image"])
    refined, offsets = generator.refine(completed, arguments["hole"])
    np.testing.assert_allclose(refined, result["refined"], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(offsets, result["offsets"])


def test_mask_by_keyword_is_no_concern_of_keras():
    """To Keras a `mask` is one of time steps, which a layer may lose: no warning."""
    generator, arguments = small(), inputs(8, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = generator(arguments)
    assert not any(hasattr(x, "_keras_mask") for x in result.values())


def test_one_mask_for_a_batch():
    generator, arguments = small(), inputs(16, 24, batch=3)
    each = generator(arguments)
    one = generator({**arguments, "hole": arguments["hole"][:1]})
    for name in ("coarse", "refined"):
        np.testing.assert_allclose(one[name], each[name], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(one["offsets"], each["offsets"])


@pytest.mark.parametrize("guided", [False, True])
def test_batch_of_different_masks_equals_single_runs(guided):
    generator, arguments = small(guided=guided), inputs(16, 24, 3, guided)
    rolled = [tf.roll(arguments["hole"][0], 5 * i, axis=1) for i in range(3)]
    arguments["hole"] = tf.stack(rolled)
    together = generator(arguments)
    for i in range(3):
        alone = generator({name: x[i : i + 1] for name, x in arguments.items()})
        for name in ("coarse", "refined"):
            np.testing.assert_allclose(together[name][i], alone[name][0], atol=1e-5)


def test_edge_matters():
    generator, arguments = small(guided=True), inputs(16, 24, guided=True)
    with_edge = generator(arguments)["coarse"]
    arguments["edge"] = tf.zeros_like(arguments["edge"])
    assert np.abs(with_edge - generator(arguments)["coarse"]).max() > 1e-3


def test_one_graph_for_all_sizes():
    generator, traced = small(), []

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, 3]),
            tf.TensorSpec([None, None, None, 1]),
        ]
    )
    def run(image, mask):
        traced.append(1)
        return generator({"image": image, "hole": mask})

    for size in ((8, 8), (16, 40), (24, 8)):
        expected = generator(inputs(*size, batch=2))
        result = run(*inputs(*size, batch=2).values())
        for name in ("coarse", "refined"):
            np.testing.assert_allclose(result[name], expected[name], rtol=0, atol=1e-4)
    assert len(traced) == 1


def test_every_variable_is_trained():
    generator, arguments = small(guided=True), inputs(16, 24, guided=True)
    with tf.GradientTape() as tape:
        result = generator(arguments, training=True)
        loss = tf.reduce_sum(result["coarse"] ** 2) + tf.reduce_sum(result["refined"])
    # Keras 3 wraps TensorFlow's variables.
    variables = [
        weight if isinstance(weight, tf.Variable) else weight.value
        for weight in generator.trainable_weights
    ]
    for gradient in tape.gradient(loss, variables):
        assert np.isfinite(gradient).all()
        assert np.any(gradient)


# Errors


@pytest.mark.parametrize("base_filters", [0, -4, 2, 50])
def test_widths_that_cannot_be(base_filters):
    with pytest.raises(
        ValueError, match=rf"`base_filters` .* Received: {base_filters}"
    ):
        DeepFillV2Generator(base_filters)


def test_padding_that_cannot_be():
    with pytest.raises(ValueError, match=r"`padding` must be one of .* 'valid'"):
        DeepFillV2Generator(SMALL, padding="valid")


def test_guided_needs_an_edge_and_others_take_none():
    arguments = inputs(8, 8, guided=True)
    edge = arguments.pop("edge")
    with pytest.raises(ValueError, match=r"`edge` is needed by .* `guided=True`"):
        small(guided=True)(arguments)
    with pytest.raises(ValueError, match=r"`edge` is not an input of .*`guided=False`"):
        small()({**arguments, "edge": edge})


# Registry


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("base_filters", [48, 4])
def test_recognise(guided, base_filters):
    shapes = release.generator_shapes(base_filters, guided) | release.critic_shapes()
    arguments = {"base_filters": base_filters, "guided": guided}
    assert recognise(shapes) == ("deepfill_v2", arguments)


@pytest.mark.parametrize(
    "shapes",
    [
        {},
        {"inpaint_net/conv1/kernel": [5, 5, 5, 48]},
        {"conv1/kernel": [5, 5, 5, 48], "conv2_downsample/kernel": [3, 3, 24, 96]},
        # A vector, an image of four channels, a width of 6.
        {"inpaint_net/conv1/kernel": [5], "inpaint_net/conv2_downsample/kernel": [3]},
        {
            "inpaint_net/conv1/kernel": [5, 5, 4, 48],
            "inpaint_net/conv2_downsample/kernel": [3, 3, 24, 96],
        },
        {
            "inpaint_net/conv1/kernel": [5, 5, 5, 6],
            "inpaint_net/conv2_downsample/kernel": [3, 3, 3, 12],
        },
    ],
)
def test_recognise_nothing_else(shapes):
    assert recognise(shapes) is None


def test_generator_of_a_configuration():
    settings = {"base_filters": 8, "guided": True, "padding": "REFELECT"}
    generator = build_generator(config.from_dict(settings, "a test"))
    assert isinstance(generator, DeepFillV2Generator)
    assert (generator.base_filters, generator.guided) == (8, True)
    assert generator.padding == "reflect"


def test_model_that_is_not_registered():
    with pytest.raises(
        InputError, match=r"model: 'deepfill_v9' is not one of deepfill_v"
    ):
        build_generator(config.Config(model="deepfill_v9"))

"""DeepFill v1's generators: their size, names, layers, inputs; what is recognised."""

import keras
import numpy as np
import pytest
import release
import tensorflow as tf

from inpaint import config
from inpaint.errors import InputError
from inpaint.models import build_generator, recognise, registry
from inpaint.models.deepfill_v1_generator import (
    DeepFillV1BaselineGenerator,
    DeepFillV1Generator,
)

SMALL = 4
V1 = ("deepfill_v1", "deepfill_v1_baseline")


def inputs(height, width, batch=1):
    """`image` with a hole of zeros and `hole`."""
    rng = np.random.default_rng(0)
    mask = np.zeros((batch, height, width, 1), np.float32)
    mask[:, height // 4 : height // 2, width // 4 : width // 2] = 1
    image = rng.uniform(-1, 1, (batch, height, width, 3)).astype(np.float32)
    return {"image": tf.constant(image * (1 - mask)), "hole": tf.constant(mask)}


def small(model="deepfill_v1", **arguments):
    """A generator of 4 base filters with the stand-in weights."""
    generator = registry.paper(model).generator(SMALL, **arguments)
    shapes = release.generator_shapes(SMALL, model=model)
    for name, value in release.values(shapes, model).items():
        generator.variables_by_name()[name].assign(value)
    return generator


def test_number_of_parameters():
    assert DeepFillV1Generator().count_params() == 3_601_542


def test_number_of_parameters_of_the_baseline():
    """Less the attention's branch, and half of the decoder's first kernel."""
    branch = [
        (5, 5, 32),
        (3, 32, 32),
        (3, 32, 64),
        (3, 64, 128),
        *[(3, 128, 128)] * 4,
    ]
    values = sum(k * k * i * o + o for k, i, o in branch)
    values += 9 * 128 * 128
    assert DeepFillV1BaselineGenerator().count_params() == 3_601_542 - values


@pytest.mark.parametrize("model", V1)
@pytest.mark.parametrize("base_filters", [32, 4, 20])
def test_names_and_shapes_of_the_release(model, base_filters):
    generator = registry.paper(model).generator(base_filters)
    shapes = {k: list(v.shape) for k, v in generator.variables_by_name().items()}
    assert shapes == release.generator_shapes(base_filters, model=model)
    assert len(generator.trainable_weights) == len(shapes)


def test_layers_of_the_paper():
    """What names and shapes do not tell: strides, dilations, activations."""
    layers = DeepFillV1Generator(SMALL).convolutions()
    strided = {name for name, layer in layers.items() if layer.strides == 2}
    assert strided == {name for name in layers if name.endswith("downsample")}
    rates = {name: x.dilation_rate for name, x in layers.items() if "atrous" in name}
    numbers = {7: 2, 8: 4, 9: 8, 10: 16}
    expected = {f"{p}conv{n}_atrous": r for p in ("", "x") for n, r in numbers.items()}
    assert rates == expected
    assert all(
        layer.dilation_rate == 1
        for name, layer in layers.items()
        if name not in expected
    )
    activations = {name: layer.activation for name, layer in layers.items()}
    assert activations.pop("pmconv6") is keras.activations.relu
    assert activations.pop("conv17") is activations.pop("allconv17") is None
    assert set(activations.values()) == {keras.activations.elu}


def test_second_stages_input_is_like_the_first_ones():
    """What the first stage completed, ones and the mask."""
    generator, (image, mask) = small(), inputs(16, 24, batch=2).values()
    result = generator({"image": image, "hole": mask[:1]})
    hole = mask > 0.5
    completed = np.where(hole, result["coarse"], image)
    x = generator.stage2_input(tf.constant(completed), mask[:1]).numpy()
    np.testing.assert_array_equal(x[..., :3], completed)
    np.testing.assert_array_equal(x[..., 3], 1)
    np.testing.assert_array_equal(x[..., 4:], mask)
    refined, offsets = generator.refine(tf.constant(x), mask[:1])
    np.testing.assert_allclose(refined, result["refined"], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(offsets, result["offsets"])


@pytest.mark.parametrize("model", V1)
def test_both_stages_end_in_a_clip(model):
    generator = small(model)
    for name in ("conv17", "allconv17"):
        variable = generator.variables_by_name()[f"inpaint_net/{name}/kernel"]
        variable.assign(tf.zeros_like(variable))
        bias = generator.variables_by_name()[f"inpaint_net/{name}/bias"]
        bias.assign([-3.0, 0.75, 1.5])
    result = generator(inputs(8, 8))
    for stage in ("coarse", "refined"):
        assert np.unique(result[stage]).tolist() == [-1, 0.75, 1]


@pytest.mark.parametrize("model", V1)
@pytest.mark.parametrize("padding", ["same", "symmetric", "reflect"])
def test_any_multiple_of_eight(model, padding):
    result = small(model, padding=padding)(inputs(24, 40, batch=2))
    for stage in ("coarse", "refined"):
        assert result[stage].shape == (2, 24, 40, 3)
        assert np.isfinite(result[stage]).all()
    if model == "deepfill_v1":
        assert result["offsets"].shape == (2, 3, 5, 2)
    else:
        assert "offsets" not in result


def test_the_baseline_has_no_attention():
    generator = DeepFillV1BaselineGenerator(SMALL)
    assert generator.attention is None
    assert not any("pm" in name for name in generator.variables_by_name())


@pytest.mark.parametrize("model", V1)
def test_every_variable_is_trained(model):
    generator = small(model)
    with tf.GradientTape() as tape:
        result = generator(inputs(16, 24), training=True)
        loss = tf.reduce_sum(result["coarse"] ** 2) + tf.reduce_sum(result["refined"])
    for gradient in tape.gradient(loss, generator.trainable_variables):
        assert np.isfinite(gradient).all()
        assert np.any(gradient)


@pytest.mark.parametrize("model", V1)
def test_it_takes_no_sketch(model):
    with pytest.raises(ValueError, match="`guided` must be False"):
        registry.paper(model).generator(SMALL, guided=True)
    settings = config.from_dict({"model": model, "guided": True}, "a test")
    with pytest.raises(InputError, match=f"guided: {model} takes no sketch"):
        build_generator(settings)


@pytest.mark.parametrize("model", release.MODELS)
@pytest.mark.parametrize("base_filters", [None, 4])
def test_recognise(model, base_filters):
    shapes = release.generator_shapes(base_filters, model=model)
    shapes |= release.critic_shapes(model)
    width = shapes["inpaint_net/conv1/kernel"][-1]
    arguments = {"base_filters": width, "guided": False}
    assert recognise(shapes) == (model, arguments)


def test_six_input_channels_are_not_version_1s():
    shapes = release.generator_shapes(model="deepfill_v1")
    shapes["inpaint_net/conv1/kernel"][2] = 6
    assert recognise(shapes) is None


@pytest.mark.parametrize("model", V1)
def test_configuration_round_trip(model):
    generator = registry.paper(model).generator(SMALL, padding="reflect")
    again = type(generator).from_config(generator.get_config())
    assert again.get_config() == generator.get_config()
    assert again.name == model

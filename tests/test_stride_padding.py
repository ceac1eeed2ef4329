"""`stride_padding`: networks trained with as many zeros on both sides of strides."""

import json

import h5py
import naive_deepfill
import numpy as np
import pytest
import release
import tensorflow as tf
from small_inpainter import box, picture

from inpaint import checkpoints, config
from inpaint.checkpoints import exports
from inpaint.errors import InputError
from inpaint.fastpath import cropped, regions
from inpaint.layers import GatedConv2D, PlainConv2D
from inpaint.models import build_generator, build_model, registry
from inpaint.training import start

MODELS = {"v1": "deepfill_v1", "v2": "deepfill_v2"}


def small_generator(model, stride_padding="symmetric", base_filters=4):
    made = registry.paper(model).generator
    generator = made(base_filters, stride_padding=stride_padding)
    values = release.values(release.generator_shapes(base_filters, model=model), model)
    for name, variable in generator.variables_by_name().items():
        variable.assign(values[name])
    return generator, values


def incomplete(height, width):
    """`[H, W, 3]` in [−1, 1] with 0 in the hole, `[H, W, 1]`."""
    mask = box(height, width)[..., np.newaxis].astype(np.float32)
    image = picture(height, width, 3).astype(np.float32) / 127.5 - 1
    return image * (1 - mask), mask


def inputs(image, mask):
    return {k: tf.constant(x[None]) for k, x in (("image", image), ("hole", mask))}


@pytest.mark.parametrize(
    ("stride_padding", "expected"),
    [("same", [[54, 45], [72, 54]]), ("symmetric", [[14, 30], [57, 99]])],
)
def test_by_hand(stride_padding, expected):
    """Ones 3×3 on 1 … 16, 4×4: 1 + 2 + 5 + 6 = 14 with a zero before, 54 without."""
    layer = PlainConv2D(1, 3, strides=2, stride_padding=stride_padding, activation=None)
    layer.build((None, None, None, 1))
    layer.kernel.assign(np.ones((3, 3, 1, 1), np.float32))
    x = np.arange(1, 17, dtype=np.float32).reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(layer(x)[0, ..., 0], expected)


@pytest.mark.parametrize("stride_padding", ["same", "symmetric"])
@pytest.mark.parametrize("options", [(5, 2, 1), (3, 3, 1), (3, 2, 2), (3, 1, 4)])
@pytest.mark.parametrize("size", [(8, 8), (9, 6)])
def test_layer(stride_padding, options, size):
    kernel_size, strides, dilation_rate = options
    layer = PlainConv2D(
        2,
        kernel_size,
        strides,
        dilation_rate,
        activation=None,
        stride_padding=stride_padding,
    )
    layer.build((None, None, None, 3))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((*size, 3)).astype(np.float32)
    padding = stride_padding if strides > 1 else "same"
    expected = naive_deepfill.convolve(
        x, layer.kernel.numpy(), 0, strides, dilation_rate, padding
    )
    np.testing.assert_allclose(layer(x[np.newaxis])[0], expected, atol=1e-5)
    assert layer.compute_output_shape((1, *size, 3)) == (1, *expected.shape)


@pytest.mark.parametrize("stride_padding", ["same", "symmetric"])
@pytest.mark.parametrize("kernel_size", [3, 5])
def test_receptive_field(stride_padding, kernel_size):
    """`source` names the inputs whose change is seen, no more and no fewer."""
    layer = PlainConv2D(
        1, kernel_size, strides=2, stride_padding=stride_padding, activation=None
    )
    layer.build((None, None, None, 1))
    layer.kernel.assign(tf.ones_like(layer.kernel))
    changed = []
    for i in range(16):
        x = np.zeros((1, 16, 16, 1), np.float32)
        x[0, i] = 1
        if layer(x)[0, 4, 4, 0] != 0:
            changed.append(i)
    assert layer.input_range(4, 4) == (changed[0], changed[-1])
    assert regions.receptive_margin(regions.Stack([layer]), 1, 2) == 8


@pytest.mark.parametrize("stride_padding", ["same", "symmetric"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_picture_is_that_of_a_transcription(version, stride_padding):
    generator, values = small_generator(MODELS[version], stride_padding)
    image, mask = incomplete(24, 16)
    painted = generator(inputs(image, mask))
    expected = naive_deepfill.Network(values, version, stride_padding)(image, mask)
    for stage, picture_ in zip(("coarse", "refined"), expected):
        np.testing.assert_allclose(painted[stage][0], picture_, atol=1e-4)


@pytest.mark.parametrize("model", MODELS.values())
def test_cut_to_the_hole_it_paints_the_same(model, monkeypatch):
    monkeypatch.setattr(cropped, "BAND_PIXELS", 8 * 40)
    generator, _ = small_generator(model)
    image, mask = incomplete(64, 96)
    whole = generator(inputs(image, mask))["refined"]
    other = small_generator(model, "same")[0](inputs(image, mask))["refined"]
    refined, place = cropped.complete(generator, inputs(image, mask))
    hole = mask[..., 0] > 0.5
    painted = place.put(refined, (64, 96))
    np.testing.assert_allclose(painted[0][hole], whole[0][hole], atol=1e-4)
    assert np.abs(whole[0][hole] - other[0][hole]).max() > 0.01


def test_training_sees_the_same_gradients():
    """The gated layer's own gradient, against its parts' automatic ones."""
    layer = GatedConv2D(4, 3, strides=2, stride_padding="symmetric")
    layer.build((None, None, None, 2))
    x = tf.constant(np.random.default_rng(1).standard_normal((1, 8, 8, 2)), tf.float32)

    def gradients(training):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(layer(x, training=training) ** 2)
        return tape.gradient(y, [x, *layer.trainable_variables])

    for ours, expected in zip(gradients(True), gradients(False)):
        np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_kept_in_a_weights_file(tmp_path):
    generator, _ = small_generator("deepfill_v2")
    path = tmp_path / "a.weights.h5"
    generator.save_weights(path)
    assert checkpoints.load_generator(path).stride_padding == "symmetric"


def test_kept_in_an_export(tmp_path):
    generator, _ = small_generator("deepfill_v2")
    description = exports.Description(0.6, **generator.description())
    folder = exports.write(tmp_path, None, description, lambda _: None)
    assert exports.describe(folder).arguments["stride_padding"] == "symmetric"


def write_snapshot(folder, settings):
    """A folder as the trainer leaves it."""
    generator = build_generator(settings)
    folder.mkdir()
    weights = {
        name: v if isinstance(v, tf.Variable) else v.value
        for name, v in generator.variables_by_name().items()
    }
    tf.train.Checkpoint(weights=weights).write(str(folder / "snap-4"))
    config.save(settings, folder / "config.yml")
    return folder


def small_settings(*others):
    small = ["base_filters=4", "discriminator_filters=4", "img_shapes=[32, 32, 3]"]
    return config.override(config.Config(), [*small, *others])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A training folder of a network with as many zeros on both sides."""
    settings = small_settings("stride_padding=SYMMETRIC")
    return write_snapshot(tmp_path_factory.mktemp("trained") / "a", settings)


def test_kept_in_a_training_folder(trained):
    assert checkpoints.load_generator(trained).stride_padding == "symmetric"


def test_a_fine_tune_takes_it_from_what_it_starts_from(trained):
    settings = start.adopted(small_settings(), trained, ["base_filters"])
    assert settings.stride_padding == "SYMMETRIC"
    model = build_model(settings)
    start.initialise(model, trained)
    assert model.generator.stride_padding == "symmetric"
    with pytest.raises(InputError, match="has stride_padding symmetric, but the"):
        start.initialise(build_model(small_settings()), trained)


def test_a_file_of_before_says_nothing_of_it(tmp_path):
    generator, _ = small_generator("deepfill_v2", "same")
    path = tmp_path / "a.weights.h5"
    generator.save_weights(path)
    with h5py.File(path, "r+") as file:
        described = json.loads(file.attrs["inpaint"])
        del described["arguments"]["stride_padding"]
        file.attrs["inpaint"] = json.dumps(described)
    assert checkpoints.load_generator(path).stride_padding == "same"


def test_a_file_that_says_what_is_none_is_one_line(tmp_path):
    generator, _ = small_generator("deepfill_v2")
    path = tmp_path / "a.weights.h5"
    generator.save_weights(path)
    with h5py.File(path, "r+") as file:
        described = json.loads(file.attrs["inpaint"])
        described["arguments"]["stride_padding"] = "valid"
        file.attrs["inpaint"] = json.dumps(described)
    with pytest.raises(InputError, match=r"describes no deepfill_v2: .*'valid'"):
        checkpoints.load_generator(path)


def test_a_checkpoint_of_the_release_cannot_tell_it(tmp_path):
    generator, _ = small_generator("deepfill_v2")
    with pytest.raises(InputError, match=r"could not tell .* stride_padding symmetric"):
        checkpoints.save_original(generator, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_it_must_be():
    with pytest.raises(ValueError, match="Received: 'valid'"):
        PlainConv2D(1, stride_padding="valid")

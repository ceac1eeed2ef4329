"""Ports of Global&Local and partial convolutions whose networks work otherwise."""

import types

import foreign_files
import naive_ports
import numpy as np
import pytest
from commands import refused, run
from test_foreign_papers import (
    array,
    assert_fits,
    norm,
    opened,
    same_values,  # noqa: F401, every test's fixture
)

from inpaint.checkpoints import keras_h5
from inpaint.cli import convert
from inpaint.errors import InputError
from inpaint.inference import Inpainter
from inpaint.models import registry
from inpaint.training import start

SIZE = (24, 32)


def picture():
    rng = np.random.default_rng(1)
    hole = np.zeros(SIZE, bool)
    hole[5:17, 9:23] = True
    return rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8), hole


def mmagic_global_local(c=4):
    widths = [c, 2 * c, 2 * c, *[4 * c] * 9, 2 * c, 2 * c, c, c // 2, 3]
    places = [f"encoder.enc{n}" for n in range(1, 7)]
    places += [f"dilation_neck.dilation_convs.{n}" for n in range(4)]
    places += [f"decoder.dec{n}" for n in range(1, 8)]
    found, before = {}, 4
    for place, width in zip(places, widths, strict=True):
        full = place in ("decoder.dec3", "decoder.dec5")
        side = 5 if place == "encoder.enc1" else 4 if full else 3
        shape = (before, width) if full else (width, before)
        scale = np.float32(2 / np.sqrt(before * side**2))
        found[f"generator.{place}.conv.weight"] = array(*shape, side, side) * scale
        if place == "decoder.dec7":
            found[f"generator.{place}.conv.bias"] = array(3) / 4
        else:
            found |= norm(f"generator.{place}.bn", width)
            found[f"generator.{place}.bn.running_var"] += 0.5
        before = width
    return found


def mmagic_partial_conv(levels=3, c=4):
    found, widths = {}, [3, c, 2 * c, 4 * c]
    for n in range(1, levels + 1):
        below, here = widths[n - 1 : n + 1]
        for place, out, channels, side in (
            (f"encoder.enc{n}", here, below, 7 if n == 1 else 5),
            (f"decoder.dec{n}", below, here + below, 3),
        ):
            shape = (out, channels, side, side)
            name = f"generator.{place}.conv.weight"
            found[name] = array(*shape) * np.float32(1 / np.sqrt(channels) / side)
            found[f"{name}_mask_updater"] = np.ones(shape, np.float32)
            if n == 1:
                found[f"generator.{place}.conv.bias"] = array(out) / 4
            else:
                found |= norm(f"generator.{place}.bn", out)
                found[f"generator.{place}.bn.running_var"] += 0.5
    return found


def saved(folder, weights):
    """As mmagic saves: other networks, and notes, beside the generator."""
    others = {"disc.fc.linear.weight": array(1, 4), "step_counter": array(1)}
    meta = {"iter": 500_002, "mmedit_version": "0.13"}
    tree = {"meta": meta, "state_dict": {**weights, **others}}
    return foreign_files.torch_zip(folder / "gl.pth", tree)


NETWORKS = {
    "global_local": (mmagic_global_local, naive_ports.global_local),
    "partial_conv": (
        mmagic_partial_conv,
        lambda *arguments: naive_ports.partial_conv(*arguments, depth=3),
    ),
}


@pytest.mark.parametrize("model", NETWORKS)
def test_mmagics_picture_is_ours(tmp_path, model):
    """BGR in [−1, 1] there; here whole levels, cut off or rounded."""
    make, paint = NETWORKS[model]
    weights = make()
    path = saved(tmp_path, weights)
    image, hole = picture()
    expected = paint(weights, image, hole)
    assert expected[hole].std() > 20  # a picture, and not all of it cut
    inpainter = Inpainter.load(path)
    completed = inpainter(image, hole)
    np.testing.assert_array_equal(completed[~hole], image[~hole])
    expected = expected[hole]
    whole = np.floor(expected) if model == "global_local" else np.round(expected)
    apart = np.abs(completed[hole] - whole)
    assert apart.max() <= 1  # where a level is met to float rounding
    assert (apart > 0).mean() < 0.01


@pytest.mark.parametrize("model", NETWORKS)
def test_mmagics_file_converted(here, capsys, model):
    path = saved(here, NETWORKS[model][0]())
    found, _ = opened(path)
    assert found.model == model
    assert_fits(found)
    assert run(convert.main, path, "out.weights.h5") == 0
    assert "licence: Apache-2.0" in capsys.readouterr().out
    image, hole = picture()
    first, second = (Inpainter.load(x)(image, hole) for x in (path, "out.weights.h5"))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("model", NETWORKS)
def test_mmagics_file_that_is_not_whole(tmp_path, model):
    weights = NETWORKS[model][0]()
    name = "generator.decoder.dec2.bn.running_var"
    less = {k: v for k, v in weights.items() if k != name}
    with pytest.raises(InputError, match=f"{name} is missing"):
        opened(saved(tmp_path, less))
    with pytest.raises(InputError, match=r"unexpected: generator\.more\.weight"):
        opened(saved(tmp_path, weights | {"generator.more.weight": array(1)}))


def test_masks_of_one_channel_count_otherwise(tmp_path):
    weights = mmagic_partial_conv()
    name = "generator.decoder.dec2.conv.weight_mask_updater"
    weights[name] = np.ones((1, 1, 3, 3), np.float32)
    with pytest.raises(InputError, match=r"is \[1, 1, 3, 3\]: expected masks of as"):
        opened(saved(tmp_path, weights))


# A port that trains Global&Local from scratch


def trained_from_scratch(c=4):
    widths = [c, 2 * c, 2 * c, *[4 * c] * 9, 2 * c, 2 * c, c, c // 2, 3]
    found, before = {}, 4
    for n, width in enumerate(widths, start=1):
        full = n in (13, 15)
        shape = (before, width) if full else (width, before)
        side, name = 5 if n == 1 else 4 if full else 3, f"{'de' * full}conv{n}"
        found |= {
            f"{name}.weight": array(*shape, side, side),
            f"{name}.bias": array(width),
        }
        if n < 17:
            found |= norm(f"bn{n}", width)
        before = width
    return found


def test_a_port_without_its_mean_colour(here, capsys):
    path = foreign_files.torch_stream(here / "model_cn", trained_from_scratch())
    line = refused(capsys, convert.main, path, "out.weights.h5")
    assert "not in the file but in its config.json, as mpv" in line
    with pytest.raises(InputError, match="--mean_color R,G,B"):
        Inpainter.load(path)


def test_a_port_with_its_mean_colour(here, capsys):
    weights = trained_from_scratch()
    path = foreign_files.torch_stream(here / "model_cn", weights)
    arguments = [path, "out.weights.h5", "--mean_color", "0.5,0.25,0.125"]
    assert run(convert.main, *arguments) == 0
    assert "licence: MIT" in capsys.readouterr().out
    generator = Inpainter.load("out.weights.h5").generator
    assert (generator.activation_first, generator.subtract_mean) == (True, False)
    np.testing.assert_array_equal(generator.mean_color, [0.5, 0.25, 0.125])
    values = generator.variables_by_name()
    kernel = values["completion_network/decoder/deconv15/kernel"].numpy()
    theirs = weights["deconv15.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(kernel, theirs)
    assert len(values) == 17 * 2 + 16 * 4 + 1


@pytest.mark.parametrize("color", ["1,2", "1,2,3", "a,b,c", "nan,0,0", ""])
def test_what_is_no_colour(here, capsys, color):
    line = refused(capsys, convert.main, "in", "out", "--mean_color", color)
    assert "expected three numbers in [0, 1]" in line


def test_a_colour_for_what_needs_none(here, capsys):
    path = saved(here, mmagic_global_local())
    color = ["--mean_color", "0,0,0"]
    assert run(convert.main, path, "out.weights.h5") == 0
    capsys.readouterr()
    for given in (path, "out.weights.h5"):
        line = refused(capsys, convert.main, given, "b.weights.h5", *color)
        assert "needs no mean colour" in line


# A Keras port of partial convolutions


def test_a_keras_ports_file_tells_too_little(tmp_path):
    import h5py

    path = tmp_path / "pconv.h5"
    with h5py.File(path, "w") as file:
        file["model_weights/p_conv2d_1/p_conv2d_1/kernel:0"] = array(7, 7, 3, 4)
        file["model_weights/outputs_img/outputs_img/kernel:0"] = array(1, 1, 3, 3)
    assert len(keras_h5.read(path)) == 2
    with pytest.raises(InputError, match="a Keras port's partial convolutions: its"):
        opened(path)


@pytest.mark.parametrize(
    ("model", "argument"),
    [("global_local", "output_activation"), ("partial_conv", "first_bias")],
)
def test_training_does_not_go_on_from_a_ports_network(tmp_path, model, argument):
    """No setting has its arguments: as another network its weights were nonsense."""
    path = saved(tmp_path, NETWORKS[model][0]())
    options = {"levels": 3} if model == "partial_conv" else {}
    generator = registry.paper(model).generator(base_filters=4, **options)
    of_settings = types.SimpleNamespace(generator=generator, critics=[])
    with pytest.raises(InputError, match=f"has {argument} "):
        start.initialise(of_settings, path)


def test_vgg16_does_not_compare_pictures_of_another_range():
    network = registry.paper("partial_conv")
    generator = network.generator(base_filters=1, levels=1, normalization="symmetric")
    with pytest.raises(ValueError, match="normalised as ImageNet's"):
        network.model(generator, features=lambda x: [x])
    assert network.model(generator, features=None).features is None


@pytest.mark.parametrize(
    ("model", "argument"),
    [("global_local", "output_activation"), ("partial_conv", "normalization")],
)
def test_arguments_that_are_none(model, argument):
    with pytest.raises(ValueError, match=f"`{argument}` must be one of"):
        registry.paper(model).generator(base_filters=4, **{argument: "tanh"})

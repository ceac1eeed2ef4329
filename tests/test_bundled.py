"""The weights that come with the package: made from a training, found by default."""

import importlib
import json
import os
import sys

import h5py
import numpy as np
import pytest
import release
from commands import ROOT, as_arguments, box, levels, listed, read_picture, refused, run
from package_files import package_data

from inpaint import Inpainter, checkpoints
from inpaint.cli import batch_test, evaluate, export, guided_batch_test
from inpaint.cli import test as fill_one
from inpaint.errors import InputError
from inpaint.evaluation import classical, measures
from inpaint.evaluation.samples import Sample
from inpaint.models import weights_h5
from inpaint.weights import bundled

sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "recipes" / "bundled"))
from bundle import bundle


def shapes_of(path):
    with h5py.File(path) as file:
        found = {}
        file.visititems(
            lambda name, item: found.update(
                {name: (item.shape, item.dtype)}
                if isinstance(item, h5py.Dataset)
                else {}
            )
        )
    return found


@pytest.fixture
def stand_in(tmp_path, monkeypatch, tiny_checkpoint):
    """As if the package came with the small stand-in network."""
    monkeypatch.setattr(bundled, "FOLDER", str(tmp_path))
    path = bundled.file_of(bundled.NAME)
    bundle(tiny_checkpoint, path)
    return path


def test_halves_of_a_checkpoint(stand_in, tiny_checkpoint):
    written = shapes_of(stand_in)
    expected = release.values(release.generator_shapes(base_filters=8))
    assert {name: list(shape) for name, (shape, _) in written.items()} == {
        name: list(value.shape) for name, value in expected.items()
    }
    assert {dtype for _, dtype in written.values()} == {np.dtype(np.float16)}
    read, description = weights_h5.read(stand_in)
    assert (description["base_filters"], description["padding"]) == (8, "same")
    for name, value in expected.items():
        assert read[name].dtype == np.float32
        # float16 has 11 significant bits: half of the last is 2^-11 of the value.
        np.testing.assert_allclose(read[name], value, rtol=2**-11, atol=2**-25)


def test_a_line_says_what_was_bundled(tmp_path, tiny_checkpoint):
    path = str(tmp_path / "x.weights.h5")
    count = sum(
        int(np.prod(shape))
        for shape in release.generator_shapes(base_filters=8).values()
    )
    line = bundle(tiny_checkpoint, path)
    assert line.startswith(f"{path}: base_filters 8, {count:,} values, ")
    assert f" {os.path.getsize(path):,} bytes, " in line


def test_one_third_as_float16(tmp_path):
    """By hand: 1/3 = 0x3555 = 1.0101010101₂ · 2⁻² = 1365/4096."""
    path = str(tmp_path / "x.weights.h5")
    weights_h5.write(path, {"a/b": np.float16([1 / 3])}, {})
    values, _ = weights_h5.read(path)
    assert values["a/b"].dtype == np.float32
    assert values["a/b"].tolist() == [1365 / 4096]


@pytest.mark.parametrize("kind", ["too_large", "too_many"])
def test_what_cannot_be_bundled(tmp_path, kind):
    from inpaint.models.deepfill_v2 import DeepFillV2Generator

    generator = DeepFillV2Generator(48 if kind == "too_many" else 4)
    if kind == "too_large":
        bias = generator.variables_by_name()["inpaint_net/conv1/bias"]
        bias.assign([1, 2, 65520, 3])  # float16 ends at 65504
    checkpoints.save_original(generator, tmp_path / "log")
    words = {"too_large": "conv1/bias", "too_many": "more than 8,000,000 bytes"}
    with pytest.raises(ValueError, match=words[kind]):
        bundle(tmp_path / "log", str(tmp_path / "x.weights.h5"))
    assert os.listdir(tmp_path) == ["log"]


def test_loaded_by_default(stand_in):
    assert Inpainter.load().generator.base_filters == 8


def test_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", str(tmp_path))
    with pytest.raises(
        InputError, match=r"deepfill_v2\.weights\.h5: this copy .* has no weigh"
    ):
        Inpainter.load()


@pytest.mark.usefixtures("stand_in", "eager")
def test_commands_without_a_checkpoint(flags, two_pictures):
    del flags["checkpoint_dir"]
    assert run(fill_one.main, *as_arguments(flags)) == 0
    filled = read_picture(flags["output"])
    assert (filled == levels())[~box()].all()
    assert (filled != levels())[box()].any()
    flags["checkpoint_dir"] = bundled.path()
    assert run(fill_one.main, *as_arguments(flags)) == 0
    assert (read_picture(flags["output"]) == filled).all()
    assert run(batch_test.main, *listed("a.png a_mask.png a_out.png")) == 0
    assert read_picture("a_out.png").shape == (37, 43, 3)


@pytest.mark.usefixtures("stand_in")
def test_export_without_a_checkpoint(here, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "inpaint.export.saved_model.export",
        lambda generator, *_: seen.append(generator) or "x",
    )
    assert run(export.main, "--export_dir", "models") == 0
    assert [generator.base_filters for generator in seen] == [8]


@pytest.mark.usefixtures("stand_in")
def test_sketches_are_not_for_the_bundled_weights(flags, two_pictures, capsys):
    del flags["checkpoint_dir"]
    flags["edge"] = two_pictures / "a_edge.jpg"
    line = refused(capsys, fill_one.main, *as_arguments(flags))
    assert "the bundled weights are not guided: leave out --edge, or name --ch" in line
    line = refused(capsys, guided_batch_test.main, *listed("a.png a_mask.png o.png"))
    assert "the bundled weights are not guided: use batch_test.py, or name" in line


def test_they_are_package_data():
    names = {path.name for path in package_data()}
    assert {"README.md", *(f"{name}.weights.h5" for name in bundled.NAMES)} <= names


def test_our_weights_are_small():
    """Of a package that one downloads: 12 MB at most."""
    sizes = [os.path.getsize(bundled.path(name)) for name in bundled.NAMES]
    assert sum(sizes) < 12_000_000


@pytest.mark.parametrize("name", bundled.NAMES)
def test_our_weights_are_of_the_published_shape(name):
    written = shapes_of(bundled.path(name))
    assert {dtype for _, dtype in written.values()} == {np.dtype(np.float16)}
    width = written["inpaint_net/conv1/bias"][0][0]
    expected = release.generator_shapes(base_filters=width)
    assert {name: list(shape) for name, (shape, _) in written.items()} == expected


@pytest.fixture(scope="module")
def ours():
    inpainter = Inpainter.load()
    inpainter.trace()
    return inpainter


@pytest.mark.slow
@pytest.mark.parametrize("masks", ["free_form", "random_box"])
def test_our_weights_beat_opencv(here, masks, ours, monkeypatch):
    """On photographs that were held out: hole ℓ1 and PSNR in the mean of two draws."""
    pytest.importorskip("skimage")
    (here / "pictures").mkdir()
    importlib.import_module("pictures").held_out(here / "pictures")
    monkeypatch.setattr(Inpainter, "load", lambda *_, **__: ours)
    found = {}
    for seed in (0, 1):
        argv = ["--images=pictures", f"--masks={masks}", f"--seed={seed}"]
        models = ["--model=bundled", "--model=telea", "--model=navier_stokes"]
        assert run(evaluate.main, *argv, *models, "--samples=0", "--overwrite") == 0
        stored = json.loads((here / "evaluation" / "results.json").read_text())
        for name, means in stored["methods"].items():
            error = np.array([means["hole_l1"]["mean"], -means["psnr"]["mean"]])
            found[name] = found.get(name, 0) + error / 2
    assert (found["bundled"] < found["telea"]).all()
    assert (found["bundled"] < found["navier_stokes"]).all()


def test_our_weights_fill_a_picture():
    """A hole in a grey gradient: nearer to it than the grey of its rim's mean."""
    image = np.tile(np.linspace(40, 215, 128), (128, 1)).astype(np.uint8)
    image = np.repeat(image[..., np.newaxis], 3, axis=-1)
    hole = np.zeros((128, 128), bool)
    hole[48:80, 48:80] = True
    filled = Inpainter.load()(image, hole)
    assert (filled == image)[~hole].all()
    error = np.abs(filled.astype(float) - image)[hole].mean()
    flat = np.abs(image[hole] - image[hole].mean()).mean()
    assert error < flat


@pytest.mark.parametrize("seed", [2, 3])
def test_our_texture_weights_copy(seed, monkeypatch):
    """Into a box of 80 pixels in woven cloth: sharper and more alike than Telea's."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    quality = importlib.import_module("quality")
    cloth = quality.cloth(np.random.default_rng(seed))
    hole = np.zeros(cloth.shape[:2], bool)
    hole[96:176, 80:160] = True
    fills = [Inpainter.load("deepfill_v2_texture")(cloth, hole)]
    fills.append(classical.fill("telea", cloth, hole))
    found = [measures.of_picture(Sample("", cloth, hole), fill) for fill in fills]
    sharpness = [values["sharpness"] for values in found]
    apart = [quality.patch_distance(cloth, fill, hole) for fill in fills]
    assert sharpness[0] > 0.6 > sharpness[1]
    assert apart[0] < 2 / 3 * apart[1]

"""`inpaint export`: what it writes, what it refuses."""

import re

import numpy as np
import pytest
import tensorflow as tf
from commands import ROOT, only_line, refused, run, run_script
from small_exports import small_generator

from inpaint import checkpoints, config
from inpaint.checkpoints import exports
from inpaint.cli import export
from inpaint.export import saved_model


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder: empty, without an inpaint.yml."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A small network in each kind of file, by kind."""
    folder = tmp_path_factory.mktemp("weights")
    generator = small_generator()
    generator.save_weights(folder / "small.weights.h5")
    checkpoints.save_original(generator, folder / "original")
    checkpoints.save_original(small_generator(guided=True), folder / "guided")
    trained = small_generator(guided=True)
    (folder / "trained").mkdir()
    snapshot = tf.train.Checkpoint(
        weights={
            name: v if isinstance(v, tf.Variable) else v.value
            for name, v in trained.variables_by_name().items()
        }
    )
    snapshot.write(str(folder / "trained" / "snap-4"))
    settings = ["guided=true", "padding=SYMMETRIC", "edge_threshold=0.25"]
    settings.append(f"base_filters={trained.base_filters}")
    settings = config.override(config.Config(), settings)
    config.save(settings, folder / "trained" / "config.yml")
    return {
        "weights": folder / "small.weights.h5",
        "original": folder / "original",
        "guided": folder / "guided",
        "trained": folder / "trained",
    }


@pytest.fixture
def guided_export(small_exports):
    """Its threshold is not the default."""
    return small_exports.guided.folder


@pytest.fixture
def asked(monkeypatch):
    """What `saved_model.export` is called with, instead of a run of it."""
    calls = []

    def note(generator, export_dir, version, warmup, smoke, threshold):
        calls.append(
            {
                "generator": generator,
                "export_dir": export_dir,
                "version": version,
                "warmup": warmup,
                "smoke": smoke,
                "threshold": threshold,
            }
        )
        return "models/1"

    monkeypatch.setattr(saved_model, "export", note)
    return calls


@pytest.mark.parametrize("kind", ["weights", "original"])
def test_weights_of_each_kind(here, weights, asked, capsys, kind):
    argv = ["--checkpoint_dir", weights[kind], "--export_dir", "models"]
    assert run(export.main, *argv) == 0
    assert re.fullmatch(r"models/1 written in \d+\.\d s\n", capsys.readouterr().out)
    (call,) = asked
    expected = small_generator().variables_by_name()
    for name, variable in call.pop("generator").variables_by_name().items():
        np.testing.assert_array_equal(variable, expected[name])
    assert call == {
        "export_dir": "models",
        "version": None,
        "warmup": [],
        "smoke": False,
        "threshold": 0.6,
    }


def test_a_training_folder_says_how_it_was_trained(here, weights, asked):
    config.save(config.Config(), "inpaint.yml")
    argv = ["--checkpoint_dir", weights["trained"], "--export_dir", "models"]
    assert run(export.main, *argv) == 0
    (call,) = asked
    assert call["generator"].padding == "symmetric"
    assert call["threshold"] == 0.25
    with_config = ["--config", "inpaint.yml", "--version", "3"]
    config.save(config.override(config.Config(), ["guided=true"]), "inpaint.yml")
    assert run(export.main, *argv, *with_config) == 0
    assert asked[1]["generator"].padding == "symmetric"
    assert asked[1]["threshold"] == 0.6


def test_an_export_keeps_its_threshold(here, guided_export, asked):
    argv = ["--checkpoint_dir", guided_export, "--export_dir", "models"]
    assert run(export.main, *argv) == 0
    assert asked[0]["threshold"] == 0.25


def test_all_options(here, weights, asked):
    settings = config.override(
        config.Config(), ["guided=true", "padding=REFLECT", "edge_threshold=0.5"]
    )
    config.save(settings, "other.yml")
    argv = ["--checkpoint_dir", weights["guided"], "--export_dir", "models", "--smoke"]
    argv += ["--version", "12", "--warmup", "256x256,512x680", "--config", "other.yml"]
    assert run(export.main, *argv) == 0
    (call,) = asked
    generator = call.pop("generator")
    assert (generator.guided, generator.padding) == (True, "reflect")
    assert call == {
        "export_dir": "models",
        "version": 12,
        "warmup": [(256, 256), (512, 680)],
        "smoke": True,
        "threshold": 0.5,
    }


def test_a_file_in_the_current_folder_need_not_say_guided(here, weights, asked):
    config.save(config.Config(), "inpaint.yml")
    argv = ["--checkpoint_dir", weights["guided"], "--export_dir", "models"]
    assert run(export.main, *argv) == 0
    assert asked[0]["generator"].guided


def test_the_script_writes_a_model_and_one_line(tmp_path, weights):
    """From another folder, as the README has it."""
    models = tmp_path / "models"
    argv = ["--checkpoint_dir", weights["weights"], "--export_dir", models]
    done = run_script(ROOT / "export.py", *argv, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert only_line(done.stdout).startswith(f"{models / '1'} written in ")
    assert exports.find(models) == str(models / "1")


REFUSED = {
    "no such checkpoint": (["--checkpoint_dir", "nowhere"], "nowhere: no such"),
    "version 0": (["--version", "0"], "version: expected an integer from 1, got 0"),
    "version in words": (["--version", "new"], "invalid int value: 'new'"),
    "warm-up": (["--warmup", "256"], "expected HEIGHTxWIDTH, got '256'"),
    "empty warm-up": (["--warmup", "256x256,"], "expected HEIGHTxWIDTH, got ''"),
    "no pixels": (["--warmup", "0x8"], "expected HEIGHTxWIDTH, got '0x8'"),
    "size of a SavedModel": (["--size", "8x8"], "--size is for tflite and onnx"),
    "no size": (["--format", "onnx"], "onnx needs the pictures' --size"),
    "another format": (["--format", "coreml"], "invalid choice: 'coreml'"),
    "smoke of a file": (
        ["--format", "tflite", "--size", "8x8", "--smoke"],
        "--smoke is for saved_model, not for tflite",
    ),
    "settings": (["--config", "no.yml"], "no.yml: No such file"),
}


@pytest.mark.parametrize("bad", REFUSED)
def test_bad_input_is_one_line_and_nothing_written(here, weights, capsys, bad):
    argv, words = REFUSED[bad]
    given = ["--checkpoint_dir", weights["weights"], "--export_dir", "models"]
    assert words in refused(capsys, export.main, *given, *argv)


def test_an_existing_version_is_refused(small_exports, weights, here, capsys):
    base = small_exports.plain.base
    assert small_exports.plain.folder
    argv = ["--checkpoint_dir", weights["weights"], "--export_dir", base]
    line = refused(capsys, export.main, *argv, "--version", "1")
    assert f"{base / '1'}: exists already, and versions are not written over" in line


def test_settings_that_disagree_are_refused(here, weights, capsys):
    config.save(config.Config(), "other.yml")
    argv = ["--checkpoint_dir", weights["guided"], "--export_dir", "models"]
    line = refused(capsys, export.main, *argv, "--config", "other.yml")
    assert "other.yml says guided: false, but the weights" in line


def test_a_failed_smoke_run_exits_with_1(here, weights, capsys, monkeypatch):
    def fail(*_):
        raise saved_model.SmokeError("bytes: no good")

    monkeypatch.setattr(saved_model, "export", fail)
    argv = ["--checkpoint_dir", weights["weights"], "--export_dir", "models"]
    assert run(export.main, *argv) == 1
    assert "error: bytes: no good" in only_line(capsys.readouterr().err)

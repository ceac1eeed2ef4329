"""The bundled weights' training: pictures, holes, weights, stages; and its curve."""

import csv
import importlib
import itertools
import json
import sys
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from commands import ROOT, levels, write_picture
from small_inpainter import small_generator

from inpaint import checkpoints, config
from inpaint.config import Config, save
from inpaint.errors import InputError
from inpaint.models.deepfill_v1_generator import DeepFillV1Generator
from inpaint.models.deepfill_v2 import DeepFillV2Generator

sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "recipes" / "bundled"))


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Runs copying_start.py with settings and returns the generator that it writes."""
    module = importlib.import_module("copying_start")
    (tmp_path / "photos").mkdir()
    for number in range(4):
        picture = levels(64, 64)[:: -1 if number % 2 else 1]
        write_picture(tmp_path / "photos" / f"{number}.png", picture)

    def run(**changes):
        small = {"img_shapes": [64, 64, 3], "height": 32, "width": 32}
        settings = Config(**small, **changes)
        save(settings, tmp_path / "settings.yml")
        options = [f"--config={tmp_path}/settings.yml", f"--data={tmp_path}/photos"]
        options += ["--set", "base_filters=8"]
        argv = ["copying_start.py", *options, f"{tmp_path}/start"]
        monkeypatch.setattr(sys, "argv", argv)
        module.main()
        return checkpoints.load_generator(tmp_path / "start")

    return run


def test_the_start_copies(start):
    """A dilated layer by hand: 1 / σ(2) = 1.1353 at the centre, noise beside it."""
    variables = start().variables_by_name()
    kernel = variables["inpaint_net/conv7_atrous/kernel"].numpy()
    bias = variables["inpaint_net/conv7_atrous/bias"].numpy()
    assert kernel.shape == (3, 3, 16, 32)  # features, then gates
    diagonal = np.diag(kernel[1, 1, :, :16])
    # Glorot's uniform: up to √(6 / (9·16 + 9·32)) = 0.118, a tenth of which remains.
    np.testing.assert_allclose(diagonal, 1.1353, atol=0.0119)
    kernel[1, 1, range(16), range(16)] = 0
    assert 0 < np.abs(kernel).max() < 0.0119
    np.testing.assert_array_equal(bias, [0] * 16 + [2] * 16)
    # The decoder begins with the first branch: the first half of its channels.
    kernel = variables["inpaint_net/allconv11/kernel"].numpy()
    assert kernel.shape == (3, 3, 32, 32)
    np.testing.assert_allclose(np.diag(kernel[1, 1, :16, :16]), 1.1353, atol=0.02)
    assert np.abs(kernel[1, 1, 16:, :16]).max() < 0.02


def test_the_start_is_of_version_2(start):
    with pytest.raises(
        SystemExit, match="a setting of deepfill_v2, not of deepfill_v1"
    ):
        start(model="deepfill_v1")


def test_a_wider_network_paints_what_the_trained_one_does():
    widen = importlib.import_module("widen").widen
    trained = small_generator()
    keras.utils.set_random_seed(1)
    wider = DeepFillV2Generator(8)
    new = wider.variables_by_name()["inpaint_net/conv3/kernel"].numpy()
    widen(trained, wider)
    image = tf.random.stateless_uniform([1, 40, 48, 3], [0, 0], -1, 1)
    hole = np.zeros((1, 40, 48, 1), np.float32)
    hole[:, 9:25, 10:30] = 1
    expected, painted = (
        net({"image": image * (1 - hole), "hole": hole}) for net in (trained, wider)
    )
    for stage in ("coarse", "refined"):
        np.testing.assert_allclose(painted[stage], expected[stage], atol=1e-3)

    # conv3 by hand: 4 → 4 features and 4 gates were, 8 → 8 and 8 are.
    old = trained.variables_by_name()["inpaint_net/conv3/kernel"].numpy()
    kernel = wider.variables_by_name()["inpaint_net/conv3/kernel"].numpy()
    assert (old.shape, kernel.shape) == ((3, 3, 4, 8), (3, 3, 8, 16))
    np.testing.assert_array_equal(kernel[:, :, :4, [0, 1, 2, 3]], old[..., :4])
    np.testing.assert_array_equal(kernel[:, :, :4, [8, 9, 10, 11]], old[..., 4:])
    assert not kernel[:, :, 4:, [0, 1, 2, 3, 8, 9, 10, 11]].any()
    others = [4, 5, 6, 7, 12, 13, 14, 15]
    np.testing.assert_array_equal(kernel[..., others], new[..., others])
    # The decoder's first layer: 4 features of each branch were, 8 are.
    old = trained.variables_by_name()["inpaint_net/allconv11/kernel"].numpy()
    kernel = wider.variables_by_name()["inpaint_net/allconv11/kernel"].numpy()
    branches = kernel.shape[2] // 2
    half = old.shape[2] // 2
    kept = [*range(half), *range(branches, branches + half)]
    np.testing.assert_array_equal(kernel[:, :, kept, :half], old[..., :half])


def test_only_a_wider_network_of_the_same_kind():
    widen = importlib.import_module("widen").widen
    others = (
        DeepFillV2Generator(4),
        DeepFillV2Generator(8, True),
        DeepFillV1Generator(8),
    )
    for other in others:
        with pytest.raises(
            InputError, match="expected a wider network of the same kind"
        ):
            widen(small_generator(), other)
    with pytest.raises(InputError, match="expected a network with gated layers"):
        widen(DeepFillV1Generator(4), DeepFillV1Generator(8))


def test_the_attentions_branch_takes_the_others_place():
    """On what the idle branch gives in the mean, the decoder begins as before."""
    attention_start = importlib.import_module("attention_start")
    generator = small_generator()
    pictures = tf.random.stateless_uniform([2, 32, 32, 3], [0, 0], -1, 1)
    branch = generator.conv_branch(pictures)
    idle = generator.attention_decoder(generator.attention_encoder(pictures))
    mean = tf.zeros_like(idle) + tf.reduce_mean(idle, [0, 1, 2])
    layer = generator.decoder.layers[0]
    before = layer(tf.concat([branch, mean], -1))
    attention_start.meet(generator, pictures)
    assert not layer.kernel.numpy()[:, :, : branch.shape[-1]].any()
    after = layer(tf.concat([mean, branch], -1))
    inner = np.s_[:, 1:-1, 1:-1]  # the bias also counts where zeros pad the branches
    np.testing.assert_allclose(after[inner], before[inner], atol=1e-5)


def test_the_attentions_branch_learns_the_others_features():
    attention_start = importlib.import_module("attention_start")
    generator = small_generator()
    pictures = tf.random.stateless_uniform([2, 32, 32, 3], [0, 0], -1, 1)
    wanted = generator.conv_branch(pictures).numpy()

    def apart():
        found = generator.attention_decoder(generator.attention_encoder(pictures))
        return np.mean((found - wanted) ** 2)

    attention_start.meet(generator, pictures)
    before, said = apart(), []
    attention_start.teach(generator, itertools.repeat(pictures), 60, said.append)
    assert apart() < 0.6 * before
    np.testing.assert_array_equal(generator.conv_branch(pictures), wanted)
    assert said[0].startswith("step 50 of 60: ℓ1 0.")


def test_a_silenced_branch_stays_silent():
    """What it gives is 0, and so is what reads it: neither has a gradient."""
    attention_start = importlib.import_module("attention_start")
    generator = small_generator()
    pictures = tf.random.stateless_uniform([1, 16, 16, 3], [0, 0], -1, 1)
    attention_start.meet(generator, pictures)
    attention_start.silence(generator)
    kernel = generator.decoder.layers[0].kernel
    silent = generator.conv_branch.trainable_variables
    with tf.GradientTape() as tape:
        found = generator.conv_branch(pictures)
        other = generator.attention_decoder(generator.attention_encoder(pictures))
        painted = generator.decoder(tf.concat([found, other], -1))
        loss = tf.reduce_sum(painted**2)
    assert not found.numpy().any()
    read, *gradients = tape.gradient(loss, [kernel, *silent])
    half = found.shape[-1]
    assert not read.numpy()[:, :, :half].any()
    assert read.numpy()[:, :, half:].any()
    assert not any(gradient.numpy().any() for gradient in gradients)


def test_what_is_held_out_is_not_trained_on():
    pytest.importorskip("skimage")
    pictures = importlib.import_module("pictures")
    assert set(pictures.HELD_OUT) == {"astronaut", "coffee"}
    assert not set(pictures.HELD_OUT) & set(pictures.PHOTOGRAPHS)


def test_training_pictures_are_repeatable(tmp_path):
    pytest.importorskip("skimage")
    pictures = importlib.import_module("pictures")
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for kind in ("photograph", "drawn", "texture"):
            pictures.make((tmp_path / folder, kind, 3, 5))
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        f"{k}_0000{i}.png" for k in ("drawn", "photograph", "texture") for i in (3, 4)
    ]
    for name in names:
        written = (tmp_path / "a" / name).read_bytes()
        assert written == (tmp_path / "b" / name).read_bytes()


def test_the_curves_stages_follow_one_another(tmp_path, monkeypatch):
    """Stage 1 ends at step 5, after its last figures: stage 2's step 2 is the 7th."""
    pytest.importorskip("matplotlib")
    curve = importlib.import_module("curve")
    for stage, last in ((1, 5), (2, 3)):
        folder = tmp_path / str(stage)
        with tf.summary.create_file_writer(str(folder)).as_default():
            for step in (2, 4)[: 3 - stage]:
                for tag in curve.TAGS:
                    tf.summary.scalar(tag, 0.5 * stage, step)
        tf.train.Checkpoint(x=tf.Variable(0)).save(str(folder / "snap"))
        (folder / "checkpoint").write_text(f'model_checkpoint_path: "snap-{last}"\n')
        for path in folder.glob("snap-1.*"):
            path.rename(folder / path.name.replace("snap-1", f"snap-{last}"))
    argv = ["curve.py", f"{tmp_path}/c", f"{tmp_path}/1", f"{tmp_path}/2"]
    monkeypatch.setattr(sys, "argv", argv)
    curve.main()
    with open(tmp_path / "c.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["stage"], row["step"]) for row in rows] == [
        ("1", "2"),
        ("1", "4"),
        ("2", "7"),
    ]
    assert rows[2]["val/psnr"] == "1"
    assert (tmp_path / "c.png").exists()


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Runs make.py; of its scripts there is only what shows that they have ended.

    Returns what would have been run: script, arguments.
    """
    module = importlib.import_module("make")
    ran = []

    def run(script, *arguments):
        words = [str(argument) for argument in arguments]
        ran.append((script, words))
        if script != "train.py":
            Path(words[-1]).mkdir()
        elif words[0] == "--resume":
            Path(words[1], "snap-1200.index").touch()
        else:
            options = [x[6:].split("=", 1) for x in words if x[:6] == "--set="]
            settings = {key: json.loads(value) for key, value in options}
            Path(settings["log_dir"]).mkdir()
            last = f"snap-{settings['max_iters']}.index"
            Path(settings["log_dir"], last).touch()

    def start(*arguments):
        ran.clear()
        monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path), *arguments])
        module.main()
        return list(ran)

    monkeypatch.setattr(module, "run", run)
    return start


def test_every_stage_has_settings_that_train_py_takes():
    make = importlib.import_module("make")
    stages = make.stages()
    for stage in stages:
        given = [x[6:] for x in make.options(stage, Path("x")) if x[:6] == "--set="]
        settings = config.override(config.load("bundled"), given)
        assert settings.log_dir == f"x/{stage['name']}"
        assert settings.base_filters == (24 if int(stage["name"]) < 10 else 40)
    # Steps of the weights that the package has: stages 1 to 19.
    assert sum(s["set"]["max_iters"] for s in stages[:19]) == 29_508


def test_stages_follow_one_another_and_are_not_run_twice(make, tmp_path):
    ran = make()
    trained = [arguments for script, arguments in ran if script == "train.py"]
    begun = [x[x.index("--init_from") + 1] for x in trained if "--init_from" in x]
    stages = importlib.import_module("make").stages()
    after = [str(s["name"]) for s, x in zip(stages, stages[1:]) if "script" not in x]
    after[8] = "10-wide"
    assert "--init_from" not in trained[0]
    assert begun == [str(tmp_path / name) for name in after]
    words = dict(ran)["recipes/bundled/attention_start.py"]
    assert words[-2:] == [f"{tmp_path}/20", f"{tmp_path}/21.part"]
    assert make() == []


def test_a_stage_that_was_stopped_goes_on(make, tmp_path):
    make()
    (tmp_path / "14" / "snap-1200.index").unlink()
    (tmp_path / "14" / "checkpoint").touch()
    assert make() == [("train.py", ["--resume", str(tmp_path / "14")])]


def test_a_later_stage_begins_with_the_bundled_weights(make, tmp_path, capsys):
    script, arguments = make("--first=19")[1]
    assert (script, arguments[-2:]) == ("train.py", ["--init_from", "deepfill_v2"])
    with pytest.raises(SystemExit):
        make("--first=none")
    assert "--first: expected one of 1, 2, 3" in capsys.readouterr().err


@pytest.mark.parametrize("kind", range(5))
def test_holes_are_of_their_kind(kind):
    """Lines and letters are thin: an opening by 7×7 pixels takes most of them away."""
    holes = importlib.import_module("holes")
    draw = (*holes.KINDS, holes.deep_box)[kind]
    drawn = np.stack([draw(np.random.default_rng(seed), 96) for seed in range(8)])
    assert set(np.unique(drawn)) == {0, 255}
    wide = [cv2.morphologyEx(x, cv2.MORPH_OPEN, np.ones((7, 7))) for x in drawn]
    share = np.mean(wide) / drawn.mean()
    assert share < 0.4 if draw in (holes.lines, holes.writing) else share > 0.8

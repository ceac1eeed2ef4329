"""Weights of version 1 wherever those of version 2 are taken, without any flag."""

import re

import numpy as np
import pytest
import release
from commands import (
    box,
    levels,
    listed,
    read_picture,
    refused,
    run,
    write_mask,
    write_picture,
)
from small_inpainter import assert_same_levels, expected_details
from training_runs import ROOT, make_pictures, scalars

from inpaint import Inpainter, checkpoints
from inpaint.cli import batch_test, export, train
from inpaint.cli import test as test_script
from inpaint.config import from_dict, load
from inpaint.models import build_generator

V1 = ("deepfill_v1", "deepfill_v1_baseline")


@pytest.fixture(scope="module", params=V1)
def model(request):
    return request.param


@pytest.fixture(scope="module")
def stored(model, tmp_path_factory):
    """A small checkpoint of the release's kind."""
    shapes = release.generator_shapes(4, model=model)
    shapes |= {k: v for k, v in release.critic_shapes(model).items() if "conv1" in k}
    return release.write(tmp_path_factory.mktemp(model), release.values(shapes, model))


@pytest.fixture
def weights(stored, tmp_path, monkeypatch):
    """The checkpoint; the current folder is empty."""
    monkeypatch.chdir(tmp_path)
    return stored


@pytest.fixture
def expected(weights):
    """What becomes of the picture."""
    completed = Inpainter.load(weights)(levels(), box())
    np.testing.assert_array_equal(completed[~box()], levels()[~box()])
    assert (completed != levels())[box()].mean() > 0.9
    return completed


def test_one_picture_and_lists(weights, expected):
    image, mask = write_picture("a.png"), write_mask("mask.png")
    flags = ("--image", image, "--mask", mask, "--checkpoint_dir", weights)
    assert run(test_script.main, *flags) == 0
    np.testing.assert_array_equal(read_picture("output.png"), expected)
    lines = listed("a.png mask.png listed.png")
    assert run(batch_test.main, *lines, "--checkpoint_dir", weights) == 0
    np.testing.assert_array_equal(read_picture("listed.png"), expected)


def test_exports_and_weight_files_read_back(model, weights, expected):
    flags = ["--checkpoint_dir", weights, "--export_dir", "exports"]
    if model == "deepfill_v1_baseline":  # whose graph is the smaller one
        flags.append("--smoke")
    assert run(export.main, *flags) == 0
    again = Inpainter.load("exports")
    np.testing.assert_array_equal(again(levels(), box()), expected)
    again.generator.save_weights("small.weights.h5")
    checkpoints.save_original(again.generator, "original")
    for path in ("small.weights.h5", "original"):
        filled, *_ = expected_details(Inpainter.load(path).generator, levels(), box())
        assert_same_levels(filled, expected)


def test_details(model, weights, expected):
    details = Inpainter.load(weights)(levels(), box(), return_details=True)
    difference = details.completed.astype(int) - expected
    assert np.abs(difference).max() <= 1
    assert details.coarse.shape == details.refined.shape == levels().shape
    assert (details.offsets is None) == (model == "deepfill_v1_baseline")
    batch = np.stack([levels(), levels()[::-1]])
    details = Inpainter.load(weights)(batch, box(), return_details=True)
    assert details.coarse.shape == batch.shape
    assert (details.offsets is None) == (model == "deepfill_v1_baseline")


def test_pictures_of_the_attention(model, weights, capsys):
    image, mask = write_picture("a.png"), write_mask("mask.png")
    flags = ["--image", image, "--mask", mask, "--checkpoint_dir", weights]
    flags += ["--attention", "attention.png"]
    if model == "deepfill_v1":
        assert run(test_script.main, *flags) == 0
        assert read_picture("attention.png").shape == levels().shape
    else:
        line = refused(capsys, test_script.main, *flags)
        assert line.endswith(f"the network of {weights} has no attention")


# Every key of the release's file, which is in upper case.
RELEASED = """
num_gpus_per_job: 1
num_cpus_per_job: 4
num_hosts_per_job: 1
memory_per_job: 11
gpu_type: 'nvidia-tesla-p100'
NAME: places2
MODEL_RESTORE: ''
DATASET: 'celebahq'
RANDOM_CROP: False
VAL: False
LOG_DIR: full_model_celeba_hq_256
GAN: 'wgan_gp'
PRETRAIN_COARSE_NETWORK: False
GAN_LOSS_ALPHA: 0.001
WGAN_GP_LAMBDA: 10
COARSE_L1_ALPHA: 1.2
L1_LOSS_ALPHA: 1.2
AE_LOSS_ALPHA: 1.2
GAN_WITH_MASK: False
DISCOUNTED_MASK: True
RANDOM_SEED: False
PADDING: 'SAME'
NUM_GPUS: 1
GPU_ID: -1
TRAIN_SPE: 10000
MAX_ITERS: 1000000
VIZ_MAX_OUT: 10
GRADS_SUMMARY: False
GRADIENT_CLIP: False
GRADIENT_CLIP_VALUE: 0.1
VAL_PSTEPS: 1000
DATA_FLIST:
  celebahq: ['data/celeba_hq/train.flist', 'data/celeba_hq/static_view.flist']
STATIC_VIEW_SIZE: 30
IMG_SHAPES: [256, 256, 3]
HEIGHT: 128
WIDTH: 128
MAX_DELTA_HEIGHT: 32
MAX_DELTA_WIDTH: 32
BATCH_SIZE: 16
VERTICAL_MARGIN: 0
HORIZONTAL_MARGIN: 0
AE_LOSS: True
L1_LOSS: True
GLOBAL_DCGAN_LOSS_ALPHA: 1.
GLOBAL_WGAN_LOSS_ALPHA: 1.
LOAD_VGG_MODEL: False
VGG_MODEL_FILE: data/model_zoo/vgg16.npz
FEATURE_LOSS: False
GRAMS_LOSS: False
TV_LOSS: False
TV_LOSS_ALPHA: 0.
FEATURE_LOSS_ALPHA: 0.01
GRAMS_LOSS_ALPHA: 50
SPATIAL_DISCOUNTING_GAMMA: 0.9
"""


def test_the_releases_settings_are_those_of_version_1(tmp_path):
    (tmp_path / "inpaint.yml").write_text(RELEASED)
    settings = load(tmp_path / "inpaint.yml")
    own = ("name", "log_dir", "memory_per_job", "data_flist")
    kept = {name: getattr(settings, name) for name in own}
    assert settings == from_dict({"model": "deepfill_v1", **kept}, "a test")
    assert build_generator(settings).name == "deepfill_v1"
    shipped = load(ROOT / "inpaint" / "config" / "presets" / "deepfill_v1.yml")
    kept = {name: getattr(shipped, name) for name in own}
    assert from_dict({"MODEL": "deepfill_v1", **kept}, "a test") == shipped


@pytest.mark.usefixtures("eager")
def test_the_releases_settings_train(tmp_path, monkeypatch):
    """The file with small sizes; narrow networks, which it has no keys for."""
    monkeypatch.chdir(tmp_path)
    lists = [f"{name}.flist" for name in ("train", "views")]
    for name in lists:
        pictures = make_pictures(tmp_path / "pictures").glob("*.png")
        (tmp_path / name).write_text("".join(f"{path}\n" for path in sorted(pictures)))
    changes = {
        "VAL": True,
        "LOG_DIR": "log",
        "TRAIN_SPE": 1,
        "MAX_ITERS": 1,
        "VAL_PSTEPS": 1,
        "STATIC_VIEW_SIZE": 2,
        "IMG_SHAPES": [32, 32, 3],
        "HEIGHT": 16,
        "WIDTH": 16,
        "MAX_DELTA_HEIGHT": 4,
        "MAX_DELTA_WIDTH": 4,
        "BATCH_SIZE": 2,
        "  celebahq": lists,
    }
    text = RELEASED
    for key, value in changes.items():
        text, count = re.subn(rf"(?m)^{key}:.*$", f"{key}: {value}", text)
        assert count == 1, key
    (tmp_path / "inpaint.yml").write_text(text)
    narrow = ("--set", "base_filters=4", "--set", "discriminator_filters=4")
    assert run(train.main, *narrow) == 0
    tags = scalars("log")
    assert tags["val/hole_l1"].keys() == tags["convergence/d_loss"].keys() == {1}
    image, mask = write_picture("a.png"), write_mask("mask.png")
    flags = ("--image", image, "--mask", mask, "--checkpoint_dir", "log")
    assert run(test_script.main, *flags) == 0
    assert (read_picture("output.png") != levels())[box()].mean() > 0.9

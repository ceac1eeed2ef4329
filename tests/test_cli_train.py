"""train.py's command line: which settings, pictures and weights it begins with."""

import os
from pathlib import Path

import pytest
import release
from commands import only_line, run
from train_stub import Trained
from training_runs import make_pictures

from inpaint import config
from inpaint.cli import train
from inpaint.errors import InputError


@pytest.fixture
def data(here):
    return ["--data", str(make_pictures(here / "pictures", count=2, edges=True))]


@pytest.fixture
def trained(monkeypatch):
    return Trained(monkeypatch)


def refused(capsys, *argv):
    """The one line of a call that must fail with 2 and leave all files as they are."""
    before = sorted(str(path) for path in Path().rglob("*"))
    assert run(train.main, *argv) == 2
    assert sorted(str(path) for path in Path().rglob("*")) == before
    return only_line(capsys.readouterr().err)


def earlier_run(log_dir="old", **settings):
    """A folder of a training, as far as the command line looks at it."""
    os.makedirs(log_dir)
    config.save(config.Config(log_dir=log_dir, **settings), f"{log_dir}/config.yml")
    Path(log_dir, "checkpoint").write_text('model_checkpoint_path: "snap-3"\n')
    return log_dir


def test_a_preset_in_a_new_folder(data, trained):
    flags = ["--config", "deepfill_v1", "--set", "log_dir=a/b"]
    assert run(train.main, *data, *flags) == 0
    assert trained.calls == [("run",)]
    (made,) = trained.configs
    assert (made.model, made.gan, made.val) == ("deepfill_v1", "wgan_gp", False)
    assert config.load("a/b/config.yml") == made


def test_validation_pictures_switch_validation_on(data, trained):
    flags = ["--val_data", data[1], "--set", "log_dir=a"]
    assert run(train.main, *data, *flags) == 0
    assert trained.configs[0].val
    assert run(train.main, *data, *flags, "--set", "val=false") == 0
    assert not trained.configs[1].val


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ([], "data/celeba_hq/train_shuffled.flist is not there; give --data"),
        (["--data", ""], "--data: expected a list, folder or glob of pictures"),
        (
            ["--data", "pictures", "--set", "val=true"],
            "validation_static_view.flist is not there; give --val_data",
        ),
        (
            ["--data", "pictures", "--set", "val=true", "--set", "dataset=mine"],
            "no pictures: data_flist names none; give --val_data",
        ),
    ],
)
def test_missing_pictures_name_their_flag(data, capsys, flags, complaint):
    assert refused(capsys, *flags).endswith(complaint)


def test_the_settings_may_name_a_glob(data, trained):
    """As a resumed run's do that began with one."""
    flags = ["--data", f"{data[1]}/*.png", "--set", "log_dir=a"]
    assert run(train.main, *flags) == 0
    assert run(train.main, "--config", "a/config.yml", "--set", "log_dir=b") == 0
    first, second = (x.data_flist["celebahq"] for x in trained.configs)
    assert first == second
    assert first[0].endswith("*.png")


def test_resuming_stays_in_its_folder(data, trained, capsys):
    flags = [*data, "--resume", earlier_run()]
    line = refused(capsys, *flags, "--set", "log_dir=new")
    assert line.endswith("log_dir=new: --resume goes on in old, nowhere else")
    assert run(train.main, *flags, "--set", "log_dir=./old") == 0
    assert trained.calls == [("resume",), ("run",)]


@pytest.mark.parametrize(
    ("stored", "wanted"), [(7, "8"), (7, "false"), (False, "7"), (False, "0")]
)
def test_resuming_keeps_the_seed(data, capsys, stored, wanted):
    flags = [*data, "--resume", earlier_run(random_seed=stored)]
    line = refused(capsys, *flags, "--set", f"random_seed={wanted}")
    assert line.endswith(f"goes on as it began, with {stored}")
    assert repr(config.load("old/config.yml").random_seed) == repr(stored)


def test_a_start_that_fails_leaves_no_folder(data, monkeypatch, capsys):
    Trained(monkeypatch, fails=InputError("weights: no such checkpoint"))
    line = refused(capsys, *data, "--set", "log_dir=a/b/c")
    assert line.endswith("weights: no such checkpoint")


def test_a_start_that_fails_leaves_what_was_there(data, monkeypatch, capsys):
    Trained(monkeypatch, fails=InputError("no"))
    Path("a/notes").mkdir(parents=True)
    refused(capsys, *data, "--set", "log_dir=a/b")
    refused(capsys, *data, "--set", "log_dir=a")


@pytest.mark.parametrize("explicit", [False, True])
def test_width_and_guidance_are_the_weights(data, trained, capsys, here, explicit):
    shapes = release.generator_shapes(base_filters=8, guided=True)
    weights = str(release.write(here / "weights", release.values(shapes)))
    Path("inpaint.yml").write_text("base_filters: 48\nguided: false\n")
    flags = [*data, "--init_from", weights, "--set", "log_dir=a"]
    flags += ["--set", "base_filters=16"] if explicit else []
    assert run(train.main, *flags) == 0
    (made,) = trained.configs
    assert (made.base_filters, made.guided) == (16 if explicit else 8, True)
    assert trained.calls == [("initialise", weights), ("run",)]


def test_a_config_file_that_names_the_width_keeps_it(data, trained):
    Path("mine.yml").write_text("base_filters: 12\nlog_dir: a\n")
    flags = ["--config", "mine.yml", "--init_from", "bundled"]
    assert run(train.main, *data, *flags) == 0
    assert trained.configs[0].base_filters == 12


def test_the_bundled_weights_by_name(data, trained):
    flags = ["--init_from", "bundled", "--set", "log_dir=a"]
    assert run(train.main, *data, *flags) == 0
    assert (trained.configs[0].base_filters, trained.configs[0].guided) == (40, False)
    assert trained.calls == [("initialise", None), ("run",)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["keep_best=val/hole_l1"],
            "keep_best: val/hole_l1 needs pictures to validate on: give --val_data",
        ),
        (
            ["val_lpips=alex.npz"],
            "val_lpips: alex.npz needs pictures to validate on: give --val_data",
        ),
        (
            ["keep_best=val/fid", "val=true"],
            "keep_best: val/fid is measured with val_fid",
        ),
        (["keep_best=hole_l1"], "keep_best must be val/hole_l1, val/l1, val/psnr,"),
    ],
)
def test_what_the_best_checkpoint_needs(data, capsys, words, complaint):
    flags = [flag for word in words for flag in ("--set", word)]
    assert complaint in refused(capsys, *data, *flags)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["masks=none"], "masks: 'none' is neither a folder or list of masks nor one"),
        (["masks=empty"], "empty: no pictures found (files named .jpg, .jpeg"),
        (["masks=gs://a"], "gs://a: expected a path on this machine, got an address"),
        (["masks_by_name=true"], "masks: 'release' is not a folder or list of masks"),
        (
            ["masks_by_name=true", "masks=some"],
            "some: no mask for 1 of 2 pictures: pictures/1.png",
        ),
        (
            ["masks_by_name=true", "masks=broken"],
            "broken: 1 of 2 pictures cannot be used: broken/1.png: expected",
        ),
        (["mask_dilation=[3, 1]"], "mask_dilation must be [least, most], whole"),
        (["mask_share=1.5"], "mask_share must be a number from 0 to 1, not 1.5"),
    ],
)
def test_own_masks_are_checked_before_the_run(here, capsys, settings, expected):
    make_pictures(here / "pictures", count=2)
    for name, count in (("empty", 0), ("some", 1), ("broken", 2)):
        make_pictures(here / name, count=count)
    (here / "broken" / "1.png").write_text("no picture")
    flags = [f"--set={text}" for text in ["log_dir=log", *settings]]
    message = refused(capsys, "--data", "pictures", *flags)
    assert expected in message.replace(f"{here}/", "")


def test_a_broken_map_of_what_is_known_is_told(here, capsys):
    make_pictures(here / "pictures", count=2)
    (here / "pictures" / "1_valid.png").write_text("no picture")
    flags = ["--set=log_dir=log", "--set=valid_maps=true"]
    message = refused(capsys, "--data", "pictures", *flags)
    assert "1 of 2 pictures cannot be used: " in message
    assert "1_valid.png: expected an image file" in message

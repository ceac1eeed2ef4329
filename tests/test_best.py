"""The best checkpoint of a training: which one it is, that it stays, and fills."""

import shutil

import cv2
import numpy as np
import pytest
import tensorflow as tf
from test_frechet import colours, exported
from test_lpips import ALEXNET, saved, weights
from training_runs import QUICK, assert_same, make_pictures, make_trainer, snapshot

from inpaint import Inpainter
from inpaint.errors import InputError, RunError
from inpaint.evaluation.lpips import LPIPS

SHORT = {**QUICK, "random_seed": 7, "train_spe": 1, "max_to_keep": 9, "val_psteps": 1}
FIGURES = {1: 0.5, 2: 0.3, 3: 0.4, 4: float("nan"), 5: 0.3, 6: 0.2}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


def run(log_dir, pictures, steps, tag="val/hole_l1", resume=False, lines=None):
    """A training whose figures are `FIGURES`."""
    changes = {**SHORT, "keep_best": tag, "max_iters": steps}
    trainer = make_trainer(log_dir, pictures, pictures, lines, **changes)
    if resume:
        trainer.resume()

    def validate(step):
        return {tag: FIGURES[step]}, np.zeros((1, 8, 8, 3), np.uint8)

    trainer.review.validation.run = validate
    trainer.run()


def best_of(log_dir):
    """The steps that lie in the folder."""
    names = (log_dir / "best").glob("snap-*.index")
    return sorted(path.name for path in names)


@pytest.mark.usefixtures("eager")
def test_the_best_stays_until_a_better_one_comes(tmp_path, pictures):
    log_dir, lines = tmp_path / "log", []
    run(log_dir, pictures, 4, lines=lines)
    assert [line for line in lines if "so far" in line] == [
        "val/hole_l1 0.5 is the best so far: saved best",
        "val/hole_l1 0.3 is the best so far: saved best",
    ]
    assert best_of(log_dir) == ["snap-2.index"]
    whole, best = snapshot(log_dir, 2), snapshot(log_dir / "best", 2)
    assert best.pop("best/value/.ATTRIBUTES/VARIABLE_VALUE") == 0.3
    assert best.pop("best/tag/.ATTRIBUTES/VARIABLE_VALUE") == b"val/hole_l1"
    assert_same(whole, best)
    found = Inpainter.load(log_dir / "best").generator.variables_by_name()
    for name, variable in found.items():
        key = f"weights/{name.replace('/', '.S')}/.ATTRIBUTES/VARIABLE_VALUE"
        np.testing.assert_array_equal(variable.numpy(), whole[key])

    lines.clear()
    run(log_dir, pictures, 5, resume=True, lines=lines)
    assert best_of(log_dir) == ["snap-2.index"]  # as good is no better
    run(log_dir, pictures, 6, resume=True, lines=lines)
    assert best_of(log_dir) == ["snap-6.index"]
    assert lines.count("val/hole_l1 0.2 is the best so far: saved best") == 1


@pytest.mark.usefixtures("eager")
def test_of_psnr_higher_is_better_and_another_figure_begins_anew(tmp_path, pictures):
    log_dir, lines = tmp_path / "log", []
    run(log_dir, pictures, 3, "val/psnr")
    assert best_of(log_dir) == ["snap-1.index"]
    run(log_dir, pictures, 5, resume=True, lines=lines)
    assert lines[1] == (
        f"keep_best: {log_dir}/best was chosen by val/psnr: the next validation "
        "replaces it"
    )
    assert best_of(log_dir) == ["snap-5.index"]


@pytest.mark.usefixtures("eager")
def test_a_new_best_that_is_cut_off_leaves_the_old_one(tmp_path, pictures, monkeypatch):
    log_dir, save = tmp_path / "log", tf.train.CheckpointManager.save

    def cut_off(manager, checkpoint_number):
        if manager.directory.endswith("best") and checkpoint_number == 2:
            (log_dir / "best" / "snap-2.data-00000-of-00001").write_bytes(b"part of it")
            raise OSError("no room")
        return save(manager, checkpoint_number=checkpoint_number)

    monkeypatch.setattr(tf.train.CheckpointManager, "save", cut_off)
    with pytest.raises(RunError, match="best: cannot save snap-2: no room"):
        run(log_dir, pictures, 4)
    assert best_of(log_dir) == ["snap-1.index"]
    assert not list((log_dir / "best").glob("snap-2*"))
    whole = snapshot(log_dir, 1)
    found = Inpainter.load(log_dir / "best").generator.variables_by_name()
    for name, variable in found.items():
        key = f"weights/{name.replace('/', '.S')}/.ATTRIBUTES/VARIABLE_VALUE"
        np.testing.assert_array_equal(variable.numpy(), whole[key])


@pytest.mark.usefixtures("eager")
def test_a_training_goes_on_from_its_best(tmp_path, pictures):
    log_dir = tmp_path / "log"
    run(log_dir, pictures, 3)
    best = shutil.copytree(log_dir / "best", tmp_path / "again")
    again = make_trainer(best, pictures, **{**SHORT, "max_iters": 3})
    again.resume()
    again.run()
    assert_same(snapshot(log_dir, 3), snapshot(best, 3))


def test_lpips_and_fid_of_the_static_views(tmp_path, pictures):
    """As the pictures of the sample sheet say: raw, incomplete, completed."""
    lpips = saved(tmp_path / "alex.npz", weights(ALEXNET))
    fid = exported(tmp_path / "fid", colours, [None, 8, 8, 3])
    changes = {**SHORT, "img_shapes": [64, 64, 3], "val_lpips": lpips, "val_fid": fid}
    log_dir = tmp_path / "log"
    trainer = make_trainer(log_dir, pictures, pictures, **changes)
    figures, _ = trainer.review.validation.run(3)
    sheet = cv2.imread(str(log_dir / "samples" / "3.png"))[..., ::-1]
    raw, _, completed = np.split(sheet.reshape(3, 64, 192, 3), 3, axis=2)
    distances = [LPIPS(lpips)(*pair) for pair in zip(raw, completed)]
    assert figures["val/lpips"] == pytest.approx(np.mean(distances), rel=1e-4)
    assert figures["val/lpips"] > 1e-3
    # Three pictures' mean colours, doubled: their means' and deviations' distance.
    means = [2 * (x.mean((1, 2)) / 127.5 - 1) for x in (raw, completed)]
    low = np.square(means[0].mean(0) - means[1].mean(0)).sum()
    assert low - 1e-4 < figures["val/fid"]
    c1, c2 = (np.cov(x.T) for x in means)
    root = np.sqrt(np.linalg.eigvals(c1 @ c2).astype(complex)).real.sum()
    expected = low + np.trace(c1) + np.trace(c2) - 2 * root
    assert figures["val/fid"] == pytest.approx(expected, rel=0.01, abs=1e-5)


def test_views_that_cannot_be_measured_are_refused(tmp_path, pictures):
    lpips = saved(tmp_path / "alex.npz", weights(ALEXNET))
    fid = exported(tmp_path / "fid", colours, [None, 8, 8, 3])
    for changes, message in (
        ({"val_lpips": lpips, "img_shapes": [16, 16, 3]}, "AlexNet needs pictures of"),
        ({"val_lpips": str(tmp_path / "none.npz")}, "none.npz: cannot be read"),
        ({"val_fid": str(tmp_path)}, "expected the folder of a SavedModel"),
        ({"val_fid": fid, "static_view_size": 1}, "val_fid: needs two pictures"),
    ):
        changes = {**SHORT, **changes}
        with pytest.raises(InputError, match=message):
            make_trainer(tmp_path / "log", pictures, pictures, **changes)

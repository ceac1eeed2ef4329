"""The trainer in this process: summaries, samples, checkpoints, starts and stops."""

import glob

import numpy as np
import pytest
import tensorflow as tf
from training_runs import SMALL, make_pictures

from inpaint import Inpainter, checkpoints, config, flists
from inpaint.errors import InputError, RunError
from inpaint.images import read_image
from inpaint.training import devices
from inpaint.training.trainer import Trainer


def settings(log_dir, **changes):
    small = {**SMALL, "random_seed": False, "log_dir": str(log_dir), **changes}
    return config.from_dict(small, "test")


def make_trainer(log_dir, pictures, views=None, lines=None, **changes):
    return Trainer(
        settings(log_dir, **changes),
        tf.distribute.get_strategy(),
        flists.find_pictures(pictures),
        None if views is None else flists.find_pictures(views),
        (lambda line: None) if lines is None else lines.append,
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pictures):
    """A trainer after 4 steps: checkpoints at each, 2 kept; summaries at 2 and 4."""
    log_dir = tmp_path_factory.mktemp("trained") / "log"
    trainer = make_trainer(
        log_dir, pictures, pictures, train_spe=1, max_to_keep=2, val_psteps=2
    )
    trainer.run()
    return trainer


def scalars(log_dir):
    """{tag: {step: value}} of a folder's event files."""
    found = {}
    for path in glob.glob(f"{log_dir}/events*"):
        for event in tf.compat.v1.train.summary_iterator(path):
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    number = float(tf.make_ndarray(value.tensor))
                    found.setdefault(value.tag, {})[event.step] = number
    return found


def test_one_graph_serves_all_steps(trained):
    assert trained.iteration.experimental_get_tracing_count() == 1


def test_keeps_the_newest_checkpoints(trained):
    files = glob.glob(f"{trained.config.log_dir}/*.index")
    names = sorted(path.rpartition("/")[2] for path in files)
    assert names == ["snap-3.index", "snap-4.index"]


@pytest.mark.parametrize(
    "tag",
    [
        "losses/ae_loss",
        "gan_hinge_loss/pos_hinge_avg",
        "gan_hinge_loss/neg_hinge_avg",
        "gan_hinge_loss/d_loss",
        "gan_hinge_loss/g_loss",
        "gradients/g_loss",
        "gradients/ae_loss",
        "learning_rate",
        "images_per_second",
        "val/hole_l1",
        "val/l1",
        "val/psnr",
        "val/ssim",
    ],
)
def test_summaries_have_a_finite_value_at_each_interval(trained, tag):
    values = scalars(trained.config.log_dir)[tag]
    assert sorted(values) == [2, 4]
    assert np.isfinite(list(values.values())).all()


def test_samples_show_every_static_view(trained):
    sheet = read_image(f"{trained.config.log_dir}/samples/4.png")
    assert sheet.shape == (3 * 32, 4 * 32, 3)  # 3 views of 4 pictures of 32 × 32
    views = trained.validation
    np.testing.assert_array_equal(sheet[:32, :32], views.images[0])
    known = ~views.masks[0, ..., 0]
    np.testing.assert_array_equal(sheet[:32, 64:96][known], views.images[0][known])


def test_static_masks_are_those_of_every_run(trained, pictures, tmp_path):
    again = make_trainer(tmp_path, pictures, pictures)
    np.testing.assert_array_equal(trained.validation.masks, again.validation.masks)


def test_looking_does_not_change_the_training(trained):
    state = trained.model.critics[0].non_trainable_variables
    before = [v.numpy() for v in state]
    batch = next(trained.batches())[-1]
    trained._summarise(5, batch, {})
    assert before
    for value, variable in zip(before, state):
        np.testing.assert_array_equal(value, variable.numpy())


def test_an_inpainter_takes_a_training_folder(trained):
    trained_values = trained.model.generator.variables_by_name()
    loaded = Inpainter.load(trained.config.log_dir).generator.variables_by_name()
    for name, variable in trained_values.items():
        np.testing.assert_array_equal(variable.numpy(), loaded[name].numpy())


def test_resumes_with_seed_and_position(trained, pictures):
    again = make_trainer(trained.config.log_dir, pictures)
    again.resume()
    for name in ("step", "pictures", "seed"):
        assert int(getattr(again.snapshots, name)) == int(
            getattr(trained.snapshots, name)
        )
    assert int(again.snapshots.pictures) == 4 * 2 * 2  # steps, updates, batch


def test_a_loss_that_is_not_finite_stops_the_run(trained, pictures, tmp_path):
    trainer = make_trainer(tmp_path, pictures, train_spe=1, max_iters=3)
    kernel = trainer.model.generator.variables_by_name()["inpaint_net/conv17/kernel"]
    kernel.assign(np.full(kernel.shape, np.nan, np.float32))
    with pytest.raises(RunError, match=r"step 1: .*ae_loss is nan"):
        trainer.run()
    assert not glob.glob(f"{tmp_path}/snap-*")


def test_fine_tunes_from_the_trainers_checkpoint(trained, pictures, tmp_path):
    lines = []
    trainer = make_trainer(tmp_path, pictures, lines=lines)
    trainer.initialise(trained.config.log_dir)
    ours, theirs = (t.model.variables_by_name() for t in (trainer, trained))
    for name, variable in theirs.items():
        np.testing.assert_array_equal(variable.numpy(), ours[name].numpy())
    assert int(trainer.snapshots.step) == 0
    assert f"restored {len(theirs)} variables" in lines[0]


def test_fine_tunes_from_the_originals_checkpoint(trained, pictures, tmp_path):
    folder = tmp_path / "original"
    checkpoints.save_original(trained.model.generator, folder)
    lines = []
    make_trainer(tmp_path / "log", pictures, lines=lines).initialise(folder)
    assert "restored 84 variables" in lines[0]
    assert "discriminator/sn_patch_gan/conv1/kernel" in lines[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base_filters": 8}, "base_filters 4, but the settings say base_filters: 8"),
        ({"guided": True}, "guided False, but the settings say guided: True"),
    ],
)
def test_weights_of_another_network_are_an_error(
    trained, tmp_path, tmp_path_factory, change, message
):
    data = make_pictures(tmp_path_factory.mktemp("edges"), count=1, edges=True)
    trainer = Trainer(
        settings(tmp_path, **change),
        tf.distribute.get_strategy(),
        flists.find_pictures(data, guided=change.get("guided", False)),
    )
    with pytest.raises(InputError, match=message):
        trainer.initialise(trained.config.log_dir)


def test_guided_training_runs(tmp_path):
    data = make_pictures(tmp_path / "pictures", edges=True)
    trainer = Trainer(
        settings(tmp_path / "log", guided=True, max_iters=1, mask_per_sample=True),
        tf.distribute.get_strategy(),
        flists.find_pictures(data, guided=True),
    )
    trainer.run()
    assert int(trainer.snapshots.step) == 1


def test_mixed_bfloat16_keeps_weights_in_float32(pictures, tmp_path):
    trainer = make_trainer(tmp_path, pictures, precision="mixed_bfloat16", max_iters=1)
    trainer.run()
    layer = trainer.model.generator.convolutions()["conv1"]
    assert layer.compute_dtype == "bfloat16"
    assert all(v.dtype == "float32" for v in trainer.model.generator_variables)


@pytest.mark.parametrize("gpus", [2, 8])
def test_missing_gpus_are_counted(monkeypatch, gpus):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
    with pytest.raises(InputError, match=f"num_gpus_per_job is {gpus}.* finds 1 GPU"):
        devices.make_strategy(gpus)

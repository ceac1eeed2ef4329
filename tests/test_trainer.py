"""The trainer in this process: summaries, samples, checkpoints, starts and stops."""

import contextlib
import glob

import cv2
import numpy as np
import pytest
import release
import tensorflow as tf
import toy_paper  # noqa: F401 (registers "toy")
from eager import eagerly
from training_runs import MODELS, make_pictures, make_trainer, scalars, settings

from inpaint import Inpainter, checkpoints
from inpaint.data import epoch_order
from inpaint.errors import InputError, RunError
from inpaint.pictures import lists
from inpaint.pictures.images import read_image
from inpaint.training import devices, steps
from inpaint.training.trainer import Trainer


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


@pytest.fixture(scope="module", params=MODELS)
def trained(request, tmp_path_factory, pictures):
    """A trainer after 4 steps: checkpoints at each, 2 kept; summaries at 2 and 4.

    Version 1's runs without graphs: test_golden_training.py and test_old_files.py are
    of those.
    """
    log_dir = tmp_path_factory.mktemp("trained") / "log"
    changes = {"train_spe": 1, "max_to_keep": 2, "val_psteps": 2}
    trainer = make_trainer(
        log_dir, pictures, pictures, **changes, **MODELS[request.param]
    )
    with as_trained(trainer):
        trainer.run()
    return trainer


def as_trained(trainer):
    """Without graphs or with them."""
    eager = trainer.config.model == "deepfill_v1"
    return eagerly() if eager else contextlib.nullcontext()


@pytest.mark.parametrize("trained", ["deepfill_v2"], indirect=True)
def test_one_graph_serves_all_steps(trained):
    (phase,) = trained.model.phases()
    function = trained._iterations.of(phase)
    assert function.experimental_get_tracing_count() == 1


def test_an_iteration_is_the_critics_updates_and_then_the_generators(
    trained, monkeypatch
):
    """Each on its own batch, in their order: one critic update of v2, five of v1."""
    seen = []

    def recorded(update, optimizer, batch, clip):
        seen.append((update.name, batch))
        return {f"{update.name}'s": tf.constant(float(len(seen)))}

    monkeypatch.setattr(steps, "apply", recorded)
    batches = next(trained.batches())
    with eagerly():
        scalars = trained.iteration(batches)
    critics = {"deepfill_v2": 1, "deepfill_v1": 5}[trained.config.model]
    assert [kind for kind, _ in seen] == ["critic"] * critics + ["generator"]
    assert all(batch is given for (_, batch), given in zip(seen, batches))
    assert scalars == {"critic's": critics, "generator's": critics + 1}


def test_keeps_the_newest_checkpoints(trained):
    files = glob.glob(f"{trained.config.log_dir}/*.index")
    names = sorted(path.rpartition("/")[2] for path in files)
    assert names == ["snap-3.index", "snap-4.index"]


TAGS = {
    "deepfill_v2": [
        "gan_hinge_loss/pos_hinge_avg",
        "gan_hinge_loss/neg_hinge_avg",
        "gan_hinge_loss/d_loss",
        "gan_hinge_loss/g_loss",
    ],
    "deepfill_v1": [
        "losses/l1_loss",
        "gan/local_gan/d_loss",
        "gan/local_gan/g_loss",
        "gan/global_gan/d_loss",
        "gan/global_gan/g_loss",
        "gan_wgan_loss/gp_penalty_local",
        "gan_wgan_loss/gp_penalty_global",
        "gan_wgan_loss/gp_loss",
        "convergence/d_loss",
        "gradients/g_loss_local",
        "gradients/g_loss_global",
        "gradients/l1_loss",
    ],
}
SHARED_TAGS = [
    "losses/ae_loss",
    "losses/g_loss",
    "gradients/g_loss",
    "gradients/ae_loss",
    "learning_rate",
    "images_per_second",
    "val/hole_l1",
    "val/l1",
    "val/psnr",
    "val/ssim",
]


def test_summaries_have_a_finite_value_at_each_interval(trained):
    found = scalars(trained.config.log_dir)
    assert set(found) == {*SHARED_TAGS, *TAGS[trained.config.model]}
    for tag, values in found.items():
        assert sorted(values) == [2, 4], tag
        assert np.isfinite(list(values.values())).all(), tag


def test_samples_show_every_static_view(trained):
    sheet = read_image(f"{trained.config.log_dir}/samples/4.png")
    assert sheet.shape == (3 * 32, 4 * 32, 3)  # 3 views of 4 pictures of 32 × 32
    views = trained.review.validation
    np.testing.assert_array_equal(sheet[:32, :32], views.images[0])
    known = ~views.masks[0, ..., 0]
    np.testing.assert_array_equal(sheet[:32, 64:96][known], views.images[0][known])


def test_static_masks_are_those_of_every_run(trained, pictures, tmp_path):
    again = make_trainer(tmp_path, pictures, pictures, **MODELS[trained.config.model])
    np.testing.assert_array_equal(
        trained.review.validation.masks, again.review.validation.masks
    )


def test_looking_does_not_change_the_training(trained):
    state = trained.model.variables_by_name().values()
    before = [v.numpy() for v in state]
    batch = next(trained.batches())[-1]
    with as_trained(trained):
        trained.review.of(5, batch, None, {})
    assert before
    for value, variable in zip(before, state):
        np.testing.assert_array_equal(value, variable.numpy())


def test_an_inpainter_takes_a_training_folder(trained):
    trained_values = trained.model.generator.variables_by_name()
    loaded = Inpainter.load(trained.config.log_dir).generator.variables_by_name()
    for name, variable in trained_values.items():
        np.testing.assert_array_equal(variable.numpy(), loaded[name].numpy())


def test_resumes_with_seed_and_position(trained, pictures):
    log_dir, model = trained.config.log_dir, MODELS[trained.config.model]
    again = make_trainer(log_dir, pictures, **model)
    again.resume()
    for name in ("step", "images_seen", "seed"):
        assert int(getattr(again.snapshots, name)) == int(
            getattr(trained.snapshots, name)
        )
    updates = {"deepfill_v2": 2, "deepfill_v1": 6}[trained.config.model]
    assert int(again.snapshots.images_seen) == 4 * updates * 2  # steps, updates, batch


@pytest.mark.usefixtures("eager")
def test_a_loss_that_is_not_finite_stops_the_run(pictures, tmp_path):
    trainer = make_trainer(tmp_path, pictures, train_spe=1, max_iters=3)
    kernel = trainer.model.generator.variables_by_name()["inpaint_net/conv17/kernel"]
    kernel.assign(np.full(kernel.shape, np.nan, np.float32))
    with pytest.raises(RunError, match=r"step 1: .*ae_loss is nan"):
        trainer.run()
    assert not glob.glob(f"{tmp_path}/snap-*")


def test_fine_tunes_from_the_trainers_checkpoint(trained, pictures, tmp_path):
    lines = []
    model = MODELS[trained.config.model]
    trainer = make_trainer(tmp_path, pictures, lines=lines, **model)
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
    model = MODELS[trained.config.model]
    make_trainer(tmp_path / "log", pictures, lines=lines, **model).initialise(folder)
    assert "restored 84 variables" in lines[0]
    fresh = [n for c in trained.model.critics for n in c.variables_by_name()]
    assert lines[1] == f"not restored, fresh: {len(fresh)} of discriminator"


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        (
            "deepfill_v2",
            {"base_filters": 8},
            "base_filters 4, but the settings say base_filters: 8",
        ),
        (
            "deepfill_v2",
            {"guided": True},
            "guided False, but the settings say guided: True",
        ),
        (
            "deepfill_v2",
            {"model": "deepfill_v1"},
            "holds deepfill_v2, but the settings say model: deepfill_v1",
        ),
        (
            "deepfill_v1",
            {"model": "deepfill_v1_baseline"},
            "holds deepfill_v1, but the settings say model: deepfill_v1_baseline",
        ),
        (
            "deepfill_v1",
            {"model": "deepfill_v1", "base_filters": 8},
            "base_filters 4, but the settings say base_filters: 8",
        ),
    ],
)
def test_weights_of_another_network_are_an_error(tmp_path, model, change, message):
    shapes = release.generator_shapes(4, model=model)
    folder = release.write(tmp_path / "weights", release.values(shapes, model))
    data = make_pictures(tmp_path / "pictures", count=1, edges=True)
    trainer = Trainer(
        settings(tmp_path, **change),
        tf.distribute.get_strategy(),
        lists.find_pictures(data, guided=change.get("guided", False)),
    )
    with pytest.raises(InputError, match=message):
        trainer.initialise(folder)


@pytest.mark.usefixtures("eager")
def test_guided_training_runs(tmp_path):
    data = make_pictures(tmp_path / "pictures", edges=True)
    trainer = Trainer(
        settings(tmp_path / "log", guided=True, max_iters=1, mask_per_sample=True),
        tf.distribute.get_strategy(),
        lists.find_pictures(data, guided=True),
    )
    trainer.run()
    assert int(trainer.snapshots.step) == 1


@pytest.mark.usefixtures("eager")
def test_mixed_bfloat16_keeps_weights_in_float32(pictures, tmp_path):
    changes = {"precision": "mixed_bfloat16", "img_shapes": [64, 64, 3]}
    trainer = make_trainer(tmp_path, pictures, max_iters=1, **changes)
    trainer.run()
    layer = trainer.model.generator.convolutions()["conv1"]
    assert layer.compute_dtype == "bfloat16"
    assert all(v.dtype == "float32" for v in trainer.model.generator_variables)


def test_summaries_of_gradients_are_made_by_one_graph(pictures, tmp_path):
    changes = {"grads_summary": True, "val_psteps": 1, "max_iters": 2}
    trainer = make_trainer(tmp_path, pictures, model="toy", **changes)
    trainer.run()
    (phase, _) = trainer.model.phases()
    graph = trainer.review.inspection._gradients[phase.name]
    assert graph.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": "mixed_bfloat16"}, "needs pictures of at least 64 × 64"),
        ({"height": 40}, "do not fit into a picture of 32 × 32"),
    ],
)
def test_settings_that_cannot_train_are_refused(pictures, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        make_trainer(tmp_path, pictures, **changes)


def test_weights_that_are_not_finite_are_not_saved(pictures, tmp_path):
    trainer = make_trainer(tmp_path, pictures)
    bias = trainer.model.generator.variables_by_name()["inpaint_net/conv17/bias"]
    bias.assign([0.0, np.inf, 0.0])
    with pytest.raises(RunError, match="step 3: inpaint_net/conv17/bias is nan"):
        trainer._save(3)
    assert not glob.glob(f"{tmp_path}/snap-*")


@pytest.mark.parametrize("gpus", [2, 8])
def test_missing_gpus_are_counted(monkeypatch, gpus):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
    with pytest.raises(InputError, match=f"num_gpus_per_job is {gpus}.* finds 1 GPU"):
        devices.make_strategy(gpus)


def test_a_run_that_is_done_says_so(trained, pictures):
    lines = []
    model = MODELS[trained.config.model]
    again = make_trainer(trained.config.log_dir, pictures, lines=lines, **model)
    again.resume()
    again.run()
    assert lines[1] == (
        f"{trained.config.log_dir}: is at step 4 already, and max_iters is 4: nothing "
        "is left to do"
    )


def test_another_seed_than_the_checkpoints_is_refused(trained, pictures):
    changes = {**MODELS[trained.config.model], "random_seed": 123456}
    again = make_trainer(trained.config.log_dir, pictures, **changes)
    with pytest.raises(InputError, match="random_seed: 123456 cannot be set"):
        again.resume()


@pytest.mark.usefixtures("eager")
def test_a_log_names_what_was_saved_and_skipped(pictures, tmp_path):
    """Two lines on the start, one for each picture that is skipped, one at the end."""
    data = make_pictures(tmp_path / "data", count=3)
    (data / "1.png").write_bytes((data / "1.png").read_bytes()[:-40])
    lines = []
    with make_trainer(
        tmp_path / "log",
        str(data),
        str(data),
        lines=lines,
        max_iters=2,
        val_psteps=2,
        skip_unreadable=True,
    ) as trainer:
        trainer.run()
    assert trainer.review.summaries._writer is None
    assert lines[0].startswith("step 1 of 2: ae_loss ")
    assert any(line.startswith(f"skipped {data}/1.png: ") for line in lines)
    assert any(line.startswith("step 2 of 2: hole_l1 ") for line in lines)
    assert "saved snap-2" in lines
    assert lines[-2] == "pictures that could not be read: 1"
    log_dir = tmp_path / "log"
    assert lines[-1] == (
        f"2 steps, weights in {log_dir}; try: test.py --image photo.png --mask "
        f"mask.png --checkpoint_dir {log_dir}"
    )


@pytest.mark.usefixtures("eager")
def test_steps_before_a_thin_picture_are_saved(pictures, tmp_path):
    """The picture that comes last in the first epoch cannot be cropped."""
    data = make_pictures(tmp_path / "data", count=12)
    last = epoch_order(12, 7, 0)[-1]
    names = lists.find_pictures(str(data)).images
    cv2.imwrite(names[last], np.zeros((1, 500, 3), np.uint8))
    changes = {"random_crop": True, "random_seed": 7, "train_spe": 100}
    trainer = make_trainer(tmp_path / "log", str(data), max_iters=9, **changes)
    with pytest.raises(InputError, match=f"{names[last]}: 1×500 pixels are too thin"):
        trainer.run()
    # 12 pictures are 3 steps of 2 updates on 2 pictures; the third wants the last one.
    assert (tmp_path / "log" / "snap-2.index").exists()

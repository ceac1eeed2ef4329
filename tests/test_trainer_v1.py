"""What only version 1's training has: the first stage alone, holes by distance."""

import glob

import numpy as np
import pytest
import release
import tensorflow as tf
from training_runs import make_pictures, make_trainer, scalars

from inpaint.filling import fill_in_detail
from inpaint.pictures.images import read_image
from inpaint.tensors import crop


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


@pytest.mark.usefixtures("eager")
def test_the_first_stage_is_trained_before_the_rest(pictures, tmp_path):
    """Version 1's baseline, as its first stage's pictures show it."""
    small = {"model": "deepfill_v1_baseline", "val_psteps": 1, "max_iters": 1}
    trainer = make_trainer(
        tmp_path / "first", pictures, pictures, pretrain_coarse_network=True, **small
    )
    before = {k: v.numpy() for k, v in trainer.model.variables_by_name().items()}
    trainer.run()
    for name, variable in trainer.model.variables_by_name().items():
        first_stage = name.startswith("inpaint_net/conv")
        assert np.any(variable.numpy() != before[name]) == first_stage, name
    assert int(trainer.optimizers["adam"].iterations) == 1
    sheet = read_image(f"{trainer.config.log_dir}/samples/1.png")
    assert sheet.shape == (3 * 32, 3 * 32, 3)  # no attention, no offsets
    views = trainer.review.validation
    _, stages, _ = fill_in_detail(trainer.model.generator, views.images, views.masks)
    hole = views.masks[0, ..., 0]
    np.testing.assert_array_equal(
        sheet[:32, 64:][hole], stages["coarse"][0].numpy()[hole]
    )
    tags = set(scalars(trainer.config.log_dir))
    assert {"losses/l1_loss", "losses/ae_loss", "losses/g_loss"} <= tags
    assert not {tag for tag in tags if "d_loss" in tag or "gan" in tag}

    lines = []
    whole = make_trainer(tmp_path / "whole", pictures, lines=lines, **small)
    whole.initialise(trainer.config.log_dir)
    assert lines[1] == "not restored, fresh: 20 of discriminator"
    whole.run()
    assert int(whole.optimizers["adam"].iterations) == 6


def test_fine_tunes_from_the_originals_checkpoint_critics_and_all(pictures, tmp_path):
    """Critics of 4 filters: a 16th of the release's; 32 and 64 features to judge."""
    shapes = release.generator_shapes(4, model="deepfill_v1")
    for name, shape in release.critic_shapes("deepfill_v1").items():
        shapes[name] = [n if n in (1, 3, 5) else n // 16 for n in shape]
    shapes["discriminator/dout_local_fc/kernel"] = [32, 1]
    shapes["discriminator/dout_global_fc/kernel"] = [2 * 2 * 16, 1]
    values = release.values(shapes, "deepfill_v1")
    slots = {f"{k}/{slot}": v for k, v in values.items() for slot in ("Adam", "Adam_1")}
    folder = release.write(tmp_path / "original", values | slots)
    lines = []
    changes = {"model": "deepfill_v1", "lines": lines}
    trainer = make_trainer(tmp_path / "log", pictures, **changes)
    trainer.initialise(folder)
    variables = trainer.model.variables_by_name()
    assert f"restored {len(values)} variables" in lines[0]
    assert set(variables) == set(values)
    for name, variable in variables.items():
        np.testing.assert_array_equal(variable.numpy(), values[name], err_msg=name)
    assert not [line for line in lines if "not restored" in line]


@pytest.mark.usefixtures("eager")
def test_version_1_on_holes_of_any_shape(pictures, tmp_path):
    changes = {"brush_strokes": True, "mask_per_sample": True, "max_iters": 1}
    trainer = make_trainer(tmp_path, pictures, model="deepfill_v1", **changes)
    trainer.run()
    assert int(trainer.snapshots.step) == 1


@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("brush_strokes", [False, True])
def test_batches_of_version_1(pictures, tmp_path, brush_strokes, per_sample):
    changes = {"brush_strokes": brush_strokes, "mask_per_sample": per_sample}
    changes |= {"model": "deepfill_v1", "random_seed": 7}
    trainer = make_trainer(tmp_path, pictures, **changes)
    batches, again = next(trainer.batches()), next(trainer.batches())
    count = 2 if per_sample else 1
    assert len(batches) == 6
    for batch, same in zip(batches, again):
        assert batch.masks.shape == (count, 32, 32, 1)
        assert batch.extras["boxes"].shape == (count, 4)
        assert batch.extras["alphas"].shape == (2, 2)
        if brush_strokes:
            hole = batch.extras["distances"].numpy() > 0
            np.testing.assert_array_equal(hole, batch.masks.numpy() > 0)
        else:
            assert "distances" not in batch.extras
            inside = crop(batch.masks, batch.extras["boxes"], 16, 16)
            assert np.sum(inside) == np.sum(batch.masks) > 0
        tf.nest.map_structure(np.testing.assert_array_equal, batch, same)
    for drawn in ([b.extras["alphas"] for b in batches], [b.masks for b in batches]):
        assert len({x.numpy().tobytes() for x in drawn}) == 6
    # Six batches of two take each of the six pictures twice.
    taken = [image.tobytes() for batch in batches for image in batch.images.numpy()]
    assert sorted(taken.count(image) for image in set(taken)) == [2] * 6


@pytest.mark.usefixtures("eager")
def test_every_gradient_may_be_summarised_and_clipped(pictures, tmp_path):
    trainer = make_trainer(
        tmp_path,
        pictures,
        model="deepfill_v1",
        grads_summary=True,
        gradient_clip=True,
        gradient_clip_value=1e-18,
        val_psteps=1,
        max_iters=1,
    )
    before = {k: v.numpy() for k, v in trainer.model.variables_by_name().items()}
    trainer.run()
    tags = {
        value.tag
        for path in glob.glob(f"{tmp_path}/events*")
        for event in tf.compat.v1.train.summary_iterator(path)
        for value in event.summary.value
        if value.metadata.plugin_data.plugin_name == "histograms"
    }
    assert tags == {f"gradients/{name}" for name in before}
    # Clipped far below Adam's ε, a gradient moves its variable far less than 1e-4.
    for name, variable in trainer.model.variables_by_name().items():
        assert np.abs(variable.numpy() - before[name]).max() < 1e-5, name

"""Training sizes that are no multiple of the network's: nothing sees the padding."""

import numpy as np
import pytest
import tensorflow as tf
from test_contract import NAMES, TINY
from training_runs import QUICK, make_pictures, make_trainer

from inpaint import config
from inpaint.errors import InputError
from inpaint.models import building, registry
from inpaint.models.base import Batch
from inpaint.pictures.images import read_image

HEIGHT, WIDTH = 30, 45
ANY_SIZE = [x for x in NAMES if registry.paper(x).generator.fixed_size is None]


def batch_of(model):
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 256, (2, HEIGHT, WIDTH, 3), np.uint8)
    drawn = model.sampler.draw(rng, 2, HEIGHT, WIDTH)
    drawn = {name: tf.constant(value) for name, value in drawn.items()}
    return Batch.of(model.generator.to_network(levels), **drawn)


@pytest.mark.parametrize("name", ANY_SIZE)
def test_no_loss_and_no_critic_looks_at_the_padding(name):
    """Whatever is painted there, losses are the same; their gradients are 0 there."""
    settings = {"model": name, "img_shapes": [HEIGHT, WIDTH, 3], "batch_size": 2}
    settings |= {"height": 16, "width": 16, "max_delta_height": 4, **TINY[name]}
    settings["max_delta_width"] = 4
    model = building.build_model(config.from_dict(settings, "a test"))
    batch, generate = batch_of(model), model.generate
    state = [v for net in model.networks for v in net.variables]
    before = [v.numpy() for v in state]

    def run(update, rubbish):
        """The loss, and its gradients where the generator painted, by stage."""
        for variable, value in zip(state, before):
            variable.assign(value)
        seen = {}

        def generated(*planes, **options):
            found = dict(generate(*planes, **options))
            for stage in model.generator.stages:
                # A copy: the refined picture depends on the coarse one itself.
                seen[stage] = tf.identity(found[stage])
                tape.watch(seen[stage])
                found[stage] = seen[stage] + rubbish * outside(seen[stage])
            return found

        model.generate = generated
        with tf.GradientTape() as tape:
            total = update.losses(batch).total
        return float(total), tape.gradient(total, seen)

    for phase in model.phases():
        for update in phase.updates:
            total, gradients = run(update, 0.0)
            again, _ = run(update, 100.0)
            assert np.isfinite(total)
            assert total == again, update.name
            found = [x for x in gradients.values() if x is not None]
            if "critic" not in update.name and "discriminator" not in update.name:
                assert found, update.name
            for gradient in found:
                assert outside(gradient).any()
                np.testing.assert_array_equal(gradient * outside(gradient), 0.0)
            if found:
                assert max(np.abs(x).max() for x in found) > 0


def outside(painted):
    """1 in the padding, 0 in the picture."""
    inside = np.zeros((1, *painted.shape[1:3], 1), np.float32)
    inside[:, :HEIGHT, :WIDTH] = 1
    return 1 - inside


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("changes", [{}, QUICK])
def test_a_training_of_any_size(tmp_path, changes):
    """Trained, looked at, validated: all of the picture's own size."""
    data = str(make_pictures(tmp_path / "pictures"))
    size = {"img_shapes": [HEIGHT, WIDTH, 3], "max_iters": 1, "val_psteps": 1}
    log_dir = tmp_path / "log"
    trainer = make_trainer(log_dir, data, data, **changes, **size)
    rows = {}
    trainer.review.summaries.row = lambda step, tag, row: rows.update({tag: row})
    trainer.run()
    assert (log_dir / "snap-1.index").exists()
    columns = 3 + trainer.model.generator.has_attention
    assert len(rows) == 2
    for row in rows.values():
        assert tuple(row.shape[1:]) == (HEIGHT, columns * WIDTH, 3)
    sheet = read_image(f"{log_dir}/samples/1.png")
    assert sheet.shape == (3 * HEIGHT, columns * WIDTH, 3)


def test_a_network_of_one_size_is_refused_any_other(tmp_path):
    data = str(make_pictures(tmp_path / "pictures"))
    changes = {"model": "context_encoder", "img_shapes": [120, 128, 3]}
    message = r"must be \[128, 128\], the only size of context_encoder, not \[120"
    with pytest.raises(InputError, match=message):
        make_trainer(tmp_path / "log", data, **changes, **TINY["context_encoder"])

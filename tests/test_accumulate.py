"""An update in parts is one on the whole batch, to rounding."""

import numpy as np
import pytest
import tensorflow as tf
from training_runs import MODELS, QUICK, make_pictures, make_trainer

from inpaint import config
from inpaint.errors import InputError
from inpaint.models import build_model
from inpaint.models.base import Batch, Losses, Update
from inpaint.training.parts import InParts

ALONE = tf.distribute.get_strategy()


class SGD:
    """Of rate 1."""

    def apply_gradients(self, pairs):
        for gradient, variable in pairs:
            variable.assign_sub(gradient)


class Recorder:
    """Moves nothing, but adds up the gradients of each variable."""

    def __init__(self):
        self.sums = {}

    def apply_gradients(self, pairs):
        for gradient, variable in pairs:
            self.sums[id(variable)] = self.sums.get(id(variable), 0.0) + gradient


def test_gradients_and_state_by_hand():
    """loss = mean w·x; the state goes half of the way to mean x."""
    weight, state = tf.Variable(2.0), tf.Variable(0.0, trainable=False)

    def losses(batch):
        mean = tf.reduce_mean(batch.images)
        state.assign(0.5 * state + 0.5 * mean)
        total = weight * mean
        return Losses(total, {"losses/g_loss": total})

    update = Update("generator", losses, lambda: [weight])
    in_parts = InParts(ALONE, update, SGD(), None, 2, [state])
    images = tf.constant([1.0, 3.0, 5.0, 11.0])
    scalars = tf.function(in_parts)(Batch(images, None))
    assert float(scalars["losses/g_loss"]) == 10.0  # 2·5
    assert float(weight) == -3.0  # 2 − 5
    assert float(state) == 2.5  # from 0 in each part: of 1 and 4 the mean


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return str(make_pictures(tmp_path_factory.mktemp("data") / "pictures"))


def iterated(trainer, start):
    """An iteration's gradients by name, what else has changed, and its scalars."""
    named = trainer.model.variables_by_name()
    for name, variable in named.items():
        variable.assign(start[name])
    recorder = Recorder()
    trainer._iterations._optimizers = {"adam": recorder}
    scalars = trainer.iteration(next(trainer.batches()))
    gradients = {k: recorder.sums.get(id(v)) for k, v in named.items()}
    gradients = {k: np.asarray(v) for k, v in gradients.items() if v is not None}
    state = {k: v.numpy() for k, v in named.items() if k not in gradients}
    return gradients, state, {tag: float(value) for tag, value in scalars.items()}


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", MODELS)
def test_parts_of_two_are_one_batch_of_six(name, tmp_path, pictures):
    """Generator, critics and their spectral norms, on the same pictures and masks."""
    changes = {"random_seed": 7, **MODELS[name]}
    if name == "deepfill_v2":
        changes["mask_per_sample"] = True
    whole = make_trainer(tmp_path / "a", pictures, **{**changes, "batch_size": 6})
    parted = make_trainer(
        tmp_path / "b", pictures, **changes, batch_size=2, accumulate=3
    )
    assert whole.batch_size == parted.batch_size == 6
    for ours, theirs in zip(next(whole.batches()), next(parted.batches())):
        tf.nest.map_structure(np.testing.assert_array_equal, ours, theirs)
    start = {k: v.numpy() for k, v in whole.model.variables_by_name().items()}
    expected, state, scalars = iterated(whole, start)
    found, state_of_parts, scalars_of_parts = iterated(parted, start)
    assert scalars_of_parts == pytest.approx(scalars, rel=1e-5, abs=1e-6)
    trained = [v for net in whole.model.networks for v in net.trainable_variables]
    assert len(expected) == len(found) == len(trained)
    for key, value in expected.items():
        largest = np.abs(value).max()
        # A critic's last bias adds to both scores: its gradient is rounding.
        nothing = 1e-6 if key.endswith("_fc/bias") else 0.0
        assert largest > nothing or nothing, key
        assert np.abs(found[key] - value).max() <= 1e-3 * largest + nothing, key
    assert len(state) == {"deepfill_v2": 6, "deepfill_v1": 0}[name]
    for key, value in state.items():  # the spectral norms' u
        assert np.abs(value - start[key]).max() > 1e-3
        np.testing.assert_allclose(state_of_parts[key], value, rtol=0, atol=1e-6)


def test_it_is_one_graph_and_goes_on_bit_for_bit(tmp_path, pictures):
    """Batch statistics and all: four steps, or two and two more."""
    changes = {**QUICK, "random_seed": 7, "accumulate": 2, "train_spe": 2}
    changes |= {"ema": 0.5, "learning_rate": [[0, 1e-3, "linear"], [4, 0]]}
    whole = make_trainer(tmp_path / "log", pictures, **changes, max_iters=4)
    whole.run()
    (phase, _) = whole.model.phases()
    function = whole._iterations.of(phase)
    assert function.experimental_get_tracing_count() == 1
    assert int(whole.snapshots.images_seen) == 4 * 2 * 2  # steps, parts, batch
    expected = {k: v.numpy() for k, v in whole.model.variables_by_name().items()}
    text = (tmp_path / "log" / "checkpoint").read_text()
    (tmp_path / "log" / "checkpoint").write_text(text.replace("snap-4", "snap-2"))
    again = make_trainer(tmp_path / "log", pictures, **changes, max_iters=4)
    again.resume()
    assert int(again.snapshots.step) == 2
    again.run()
    for name, variable in again.model.variables_by_name().items():
        np.testing.assert_array_equal(variable.numpy(), expected[name], err_msg=name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"model": "deepfill_v1", "mask_per_sample": True},
            "accumulate: deepfill_v1 weighs pixels by all masks of a batch",
        ),
        ({"spectral_norm": "addons"}, "accumulate: with spectral_norm: addons"),
    ],
)
def test_what_cannot_be_in_parts_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        build_model(config.from_dict({"accumulate": 2, **changes}, "a test"))

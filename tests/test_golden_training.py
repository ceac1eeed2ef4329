"""Whole training iterations of the release, replayed from the stand-in weights.

The golden files hold each update's batch and losses, and at the end every variable's
digest, and its values where they are few. Their noise floor (the original's graph
with and without oneDNN) is 1e-5 on losses and 4e-5 on single weights.
"""

import numpy as np
import pytest
import stand_in
import tensorflow as tf
from golden_files import FOLDER, arrays

from inpaint.config import Config
from inpaint.models import build_model
from inpaint.models.base import Batch
from inpaint.training import steps

FILES = [FOLDER / "v2" / f"{name}.npz" for name in ("train", "train_guided")]
FOUND = [path for path in FILES if path.is_file()]

LOSS = 5e-5
WEIGHT = 4e-5
# Root mean square of a variable's errors: Adam makes a step of up to 1e-4 of any
# gradient, so single weights whose gradient is nearly 0 err by much, most by 1e-7.
WEIGHT_RMS = 4e-6

# Loss in the golden file → the update that computes it, and its tag.
LOSSES = {
    "d_loss": ("d", "gan_hinge_loss/d_loss"),
    "d_loss_at_g": ("g", "gan_hinge_loss/d_loss"),
    "ae_loss": ("g", "losses/ae_loss"),
    "g_loss": ("g", "losses/g_loss"),
}


def test_there_are_trainings_to_replay():
    assert FOUND, f"neither of {', '.join(map(str, FILES))} exists"


def batch_of(golden, key):
    images = golden[f"{key}.images"].astype(np.float32) / 127.5 - 1.0
    mask = golden[f"{key}.mask"] > 127.5  # [H, W], for the whole batch
    edges = golden.get(f"{key}.edges")
    if edges is not None:
        edges = tf.constant((edges > 0.6 * 255)[..., np.newaxis], tf.float32)
    mask = tf.constant(mask[np.newaxis, ..., np.newaxis], tf.float32)
    return Batch(tf.constant(images), mask, edges)


def digest(array):
    """Sum, L2 norm, and projection on a fixed random vector, as in the golden files."""
    flat = array.astype(np.float64).ravel()
    probe = np.random.RandomState(flat.size % 9973).standard_normal(flat.size)
    return np.array([flat.sum(), np.sqrt((flat * flat).sum()), (flat * probe).sum()])


@pytest.fixture(scope="module", params=FOUND, ids=lambda path: path.stem)
def replay(request):
    """(golden arrays, losses by golden name, final values by variable name)."""
    golden = arrays(request.param)
    iterations, _, _, guided = golden["config"]
    model = build_model(Config(guided=bool(guided)))
    for name, variable in model.variables_by_name().items():
        variable.assign(stand_in.value(name, tuple(variable.shape)))
    optimizer = steps.build_adam(model)

    @tf.function
    def discriminate(batch):
        return steps.critic_update(model, optimizer, batch)

    @tf.function
    def generate(batch):
        return steps.generator_update(model, optimizer, batch)

    losses = {}
    for i in range(iterations):
        scalars = {
            "d": discriminate(batch_of(golden, f"it{i}.d")),
            "g": generate(batch_of(golden, f"it{i}.g")),
        }
        for name, (update, tag) in LOSSES.items():
            losses[f"it{i}.{name}"] = float(scalars[update][tag])
    assert int(optimizer.iterations) == 2 * iterations
    values = {k: v.numpy() for k, v in model.variables_by_name().items()}
    return golden, losses, values


def test_every_loss(replay):
    golden, losses, _ = replay
    expected = {name: float(golden[name]) for name in losses}
    stored = {k for k in golden if k.startswith("it") and golden[k].ndim == 0}
    assert stored == set(losses)
    assert losses == pytest.approx(expected, rel=0, abs=LOSS)


def test_every_variable_has_its_digest(replay):
    golden, _, values = replay
    stored = {k[len("digest/") :] for k in golden if k.startswith("digest/")}
    assert stored == set(values)


def test_every_stored_value(replay):
    golden, _, values = replay
    stored = [k[len("value/") :] for k in golden if k.startswith("value/")]
    assert any(name.endswith("kernel_sn/u") for name in stored)
    wrong = {}
    for name in stored:
        error = np.abs(values[name] - golden[f"value/{name}"])
        if error.max() > WEIGHT or np.sqrt(np.mean(error**2)) > WEIGHT_RMS:
            wrong[name] = (error.max(), np.sqrt(np.mean(error**2)))
    assert not wrong


def test_every_digest(replay):
    """With errors e of root mean square r in n values, ‖e‖ is r√n.

    The norm differs by ‖e‖ at most (the triangle inequality). The projection differs
    by ⟨e, probe⟩, normal with deviation ‖e‖, as the probe knows nothing of e; so does
    the sum, if the errors' signs are as good as random: six deviations are allowed.
    """
    golden, _, values = replay
    wrong = {}
    for name, value in values.items():
        norm = WEIGHT_RMS * np.sqrt(value.size)
        error = np.abs(digest(value) - golden[f"digest/{name}"])
        if np.any(error > norm * np.array([6, 1, 6])):
            wrong[name] = error / norm
    assert not wrong


def test_the_tolerances_tell_one_update_from_none(replay):
    """Before training, most digests are not those of after it."""
    golden, _, values = replay
    told = 0
    for name, value in values.items():
        start = digest(stand_in.value(name, value.shape))
        error = np.abs(start - golden[f"digest/{name}"])
        told += np.any(error > WEIGHT_RMS * np.sqrt(value.size) * np.array([6, 1, 6]))
    assert told > 0.9 * len(values)

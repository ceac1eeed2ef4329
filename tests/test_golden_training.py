"""Whole training iterations of the release, replayed from the stand-in weights.

The golden files hold each update's batch and losses, and at the end every variable's
digest, and its values where they are few. Their noise floor (the original's graph
with and without oneDNN) is, of v2, 1e-5 on losses and 4e-5 on single weights; of v1,
of the losses 5e-4 of their size in the first iteration and 4e-2 in the second, and
4e-4 on single weights.
"""

from typing import NamedTuple

import golden_files
import numpy as np
import pytest
import stand_in
import tensorflow as tf
from golden_files import FOLDER, arrays
from updates import adam_of, critic_update, generator_update

from inpaint.config import from_dict
from inpaint.models import build_model
from inpaint.models.base import Batch

FILES = [
    FOLDER / name for name in ("v2/train.npz", "v2/train_guided.npz", "v1/train.npz")
]
FOUND = [path for path in FILES if path.is_file()]


class Tolerance(NamedTuple):
    """How far a network's final weights may be off."""

    weight: float
    # Root mean square of a variable's errors: Adam makes a step of up to 1e-4 of any
    # gradient, so single weights whose gradient is nearly 0 err by much, most by 1e-7.
    rms: float
    digest: tuple = (6, 1, 6)  # times rms·√size; see `test_every_digest`
    strays: int = 0  # values of a variable that may be off by up to twice `weight`


class Version(NamedTuple):
    """How a version's trainings are stored, and how far ours may be from them."""

    model: str
    critic_updates: list  # keys in the golden file
    losses: dict  # name in the golden file → the update that computes it, and its tag
    generator: Tolerance
    critics: Tolerance

    def tolerance(self, name):
        """Of a variable."""
        return self.generator if name.startswith("inpaint_net/") else self.critics

    def allowed(self, name, size):
        """How far a variable's digest may be off."""
        tolerance = self.tolerance(name)
        return tolerance.rms * np.sqrt(size) * np.array(tolerance.digest)


VERSIONS = {
    "v2": Version(
        "deepfill_v2",
        ["d"],
        {
            "d_loss": ("d", "gan_hinge_loss/d_loss"),
            "d_loss_at_g": ("g", "gan_hinge_loss/d_loss"),
            "ae_loss": ("g", "losses/ae_loss"),
            "g_loss": ("g", "losses/g_loss"),
        },
        generator=Tolerance(4e-5, 4e-6),
        critics=Tolerance(4e-5, 4e-6),
    ),
    "v1": Version(
        "deepfill_v1",
        [f"d{i}" for i in range(5)],
        {
            **{f"d{i}.d_loss": (f"d{i}", "convergence/d_loss") for i in range(5)},
            **{f"d{i}.gp_loss": (f"d{i}", "gan_wgan_loss/gp_loss") for i in range(5)},
            "g.d_loss": ("g", "convergence/d_loss"),
            "g.l1_loss": ("g", "losses/l1_loss"),
            "g.ae_loss": ("g", "losses/ae_loss"),
            "g.g_loss": ("g", "losses/g_loss"),
        },
        generator=Tolerance(4e-4, 2e-5),
        # Ten steps of 1e-4; a bias moves what is behind it in one direction.
        critics=Tolerance(4e-4, 6e-5, digest=(12, 1, 6), strays=1),
    ),
}


@pytest.mark.parametrize("version", golden_files.VERSIONS)
def test_there_are_trainings_to_replay(version):
    assert version in {path.parent.name for path in FOUND}


def batch_of(golden, key):
    images = golden[f"{key}.images"].astype(np.float32) / 127.5 - 1.0
    mask = golden[f"{key}.mask"] > 127.5  # [H, W], for the whole batch
    mask = tf.constant(mask[np.newaxis, ..., np.newaxis], tf.float32)
    found = {}
    if f"{key}.edges" in golden:
        edges = golden[f"{key}.edges"] > 0.6 * 255
        found["edges"] = tf.constant(edges[..., np.newaxis], tf.float32)
    if f"{key}.bbox" in golden:
        found["boxes"] = tf.constant(golden[f"{key}.bbox"][np.newaxis], tf.int32)
        alphas = [golden[f"{key}.alpha_{place}"] for place in ("local", "global")]
        found["alphas"] = tf.constant(np.concatenate(alphas, axis=1))
    return Batch.of(tf.constant(images), mask, **found)


def settings(golden, version):
    model = VERSIONS[version].model
    if version == "v2":
        return {"model": model, "guided": bool(golden["config"][3])}
    size = int(golden["config"][1])
    height, width = (int(x) for x in golden["it0.d0.bbox"][2:])
    return {
        "model": model,
        "img_shapes": [size, size, 3],
        "height": height,
        "width": width,
    }


def digest(array):
    """Sum, L2 norm, and projection on a fixed random vector, as in the golden files."""
    flat = array.astype(np.float64).ravel()
    probe = np.random.RandomState(flat.size % 9973).standard_normal(flat.size)
    return np.array([flat.sum(), np.sqrt((flat * flat).sum()), (flat * probe).sum()])


class Replay(NamedTuple):
    """What came of a training."""

    version: str
    golden: dict  # the file's arrays
    losses: dict  # by golden name
    values: dict  # final ones by variable name
    scalars: dict  # of each update, by its key in the golden file and their tags


@pytest.fixture(
    scope="module", params=FOUND, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def replay(request):
    golden, version = arrays(request.param), request.param.parent.name
    stored = VERSIONS[version]
    config = from_dict(settings(golden, version), "a test")
    model = build_model(config)
    for name, variable in model.variables_by_name().items():
        value = stand_in.value(name, tuple(variable.shape), stored.model)
        variable.assign(value)
    optimizer = adam_of(model)

    @tf.function(autograph=False)
    def discriminate(batch):
        return critic_update(model, optimizer, batch)

    @tf.function(autograph=False)
    def generate(batch):
        # The critics' losses here, though no update needs them: the file has them.
        states = [v for critic in model.critics for v in critic.non_trainable_variables]
        kept = [tf.identity(tf.convert_to_tensor(state)) for state in states]
        before = model.critic_losses(batch).scalars
        for state, value in zip(states, kept):  # which a spectral norm moved on
            state.assign(value)
        return {**before, **generator_update(model, optimizer, batch)}

    if request.param.stem == "train_guided":  # a graph more would hold no more
        discriminate, generate = discriminate.python_function, generate.python_function
    losses, scalars = {}, {}
    updates = [*((key, discriminate) for key in stored.critic_updates), ("g", generate)]
    iterations = int(golden["config"][0])
    for i in range(iterations):
        for key, update in updates:
            scalars[f"it{i}.{key}"] = update(batch_of(golden, f"it{i}.{key}"))
        for name, (key, tag) in stored.losses.items():
            losses[f"it{i}.{name}"] = float(scalars[f"it{i}.{key}"][tag])
    assert int(optimizer.iterations) == len(updates) * iterations
    for update in (discriminate, generate):  # one graph for all iterations
        if hasattr(update, "experimental_get_tracing_count"):
            assert update.experimental_get_tracing_count() == 1
    values = {k: v.numpy() for k, v in model.variables_by_name().items()}
    return Replay(version, golden, losses, values, scalars)


def test_every_loss(replay):
    golden, losses = replay.golden, replay.losses
    expected = {name: float(golden[name]) for name in losses}
    stored = {k for k in golden if k.startswith("it") and golden[k].ndim == 0}
    assert stored == set(losses)
    allowed = {name: tolerance(replay, name) for name in losses}
    assert {
        name: (loss, expected[name])
        for name, loss in losses.items()
        if abs(loss - expected[name]) > allowed[name]
    } == {}


def tolerance(replay, name):
    """How far a loss may be off.

    v2: 5e-5. v1: 1e-3 of a critic's loss in the first iteration, 4e-2 in the second;
    five steps of a fresh critic amplify rounding. Where d_loss is what remains of a
    Wasserstein distance and a gradient penalty that nearly cancel, of their size.
    The generator's losses hardly depend on the critics: 1e-4 of them.
    """
    if replay.version == "v2":
        return 5e-5
    expected = abs(float(replay.golden[name]))
    iteration, update, loss = name.split(".")
    share = {"it0": 1e-3, "it1": 4e-2}[iteration]
    if loss not in ("d_loss", "gp_loss"):
        return 1e-4 * expected
    if loss == "d_loss" and (iteration == "it1" or update == "g"):
        penalty = float(
            replay.scalars[f"{iteration}.{update}"]["gan_wgan_loss/gp_loss"]
        )
        expected = penalty + abs(float(replay.golden[name]) - penalty)
    return share * expected


def test_every_variable_has_its_digest(replay):
    stored = {k[len("digest/") :] for k in replay.golden if k.startswith("digest/")}
    assert stored == set(replay.values)


def test_every_stored_value(replay):
    golden, values, version = replay.golden, replay.values, VERSIONS[replay.version]
    stored = [k[len("value/") :] for k in golden if k.startswith("value/")]
    assert any(name.startswith("discriminator") for name in stored)
    wrong = {}
    for name in stored:
        error = np.abs(values[name] - golden[f"value/{name}"])
        rms = np.sqrt(np.mean(error**2))
        tolerance = version.tolerance(name)
        strays = np.sum(error > tolerance.weight)
        limit = 2 * tolerance.weight
        if strays > tolerance.strays or error.max() > limit or rms > tolerance.rms:
            wrong[name] = (error.max(), rms)
    assert not wrong


def test_every_digest(replay):
    """With errors e of root mean square r in n values, ‖e‖ is r√n.

    The norm differs by ‖e‖ at most (the triangle inequality). The projection differs
    by ⟨e, probe⟩, normal with deviation ‖e‖, as the probe knows nothing of e; so does
    the sum, if the errors' signs are as good as random: six deviations are allowed.
    """
    version = VERSIONS[replay.version]
    wrong = {}
    for name, value in replay.values.items():
        error = np.abs(digest(value) - replay.golden[f"digest/{name}"])
        allowed = version.allowed(name, value.size)
        if np.any(error > allowed):
            wrong[name] = error / allowed
    assert not wrong


def test_the_tolerances_tell_one_update_from_none(replay):
    """Before training, most digests are not those of after it."""
    version = VERSIONS[replay.version]
    told = 0
    for name, value in replay.values.items():
        start = digest(stand_in.value(name, value.shape, version.model))
        error = np.abs(start - replay.golden[f"digest/{name}"])
        told += np.any(error > version.allowed(name, value.size))
    assert told > 0.8 * len(replay.values)

"""One update: who moves, by how much, and that replicas share it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from forks import forked
from updates import adam_of, critic_update, generator_update

from inpaint.config import from_dict
from inpaint.models import build_model
from inpaint.models.base import Batch
from inpaint.training import steps

TESTS = Path(__file__).resolve().parent
MODELS = ("deepfill_v2", "deepfill_v1")
TOTALS = {
    "deepfill_v2": ("gan_hinge_loss/d_loss", "losses/g_loss"),
    "deepfill_v1": ("convergence/d_loss", "losses/g_loss"),
}
UPDATES = {"critic": critic_update, "generator": generator_update}


BETA_2 = {"deepfill_v1": 0.9, "deepfill_v2": 0.999}  # of each model's Adam


def small(model="deepfill_v2"):
    settings = {"base_filters": 4, "discriminator_filters": 4}
    size = {"img_shapes": [64, 64, 3], "height": 32, "width": 32}
    model = build_model(from_dict({"model": model, **settings, **size}, "a test"))
    return model, adam_of(model)


def batch(seed=0):
    rng = np.random.default_rng(seed)
    mask = np.zeros((1, 64, 64, 1), np.float32)
    mask[:, 8:40, 16:48] = 1
    images = rng.uniform(-1, 1, (2, 64, 64, 3))
    return Batch.of(
        tf.constant(images, tf.float32),
        tf.constant(mask),
        boxes=tf.constant([[8, 16, 32, 32]], tf.int32),
        alphas=tf.constant(rng.random((2, 2)), tf.float32),
    )


def values(variables):
    return [variable.numpy() for variable in variables]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("updated", UPDATES)
def test_an_update_moves_its_own_networks_by_adams_first_step(updated, name):
    """Adam's first step is the learning rate against the gradient's sign."""
    model, adam = small(name)
    networks = {
        "critic": model.critic_variables,
        "generator": model.generator_variables,
    }
    losses = {"critic": model.critic_losses, "generator": model.generator_losses}
    own = networks.pop(updated)
    (others,) = networks.values()
    state = [v for critic in model.critics for v in critic.non_trainable_variables]
    before, others_before, state_before = map(values, (own, others, state))
    with tf.GradientTape() as tape:
        total, _ = losses[updated](batch())
    gradients = tape.gradient(total, own)
    for variable, value in zip(state, state_before):
        variable.assign(value)

    scalars = UPDATES[updated](model, adam, batch())

    tag = dict(zip(UPDATES, TOTALS[name]))[updated]
    assert float(scalars[tag]) == pytest.approx(float(total), abs=1e-6)
    for after, start, gradient in zip(values(own), before, gradients):
        slope = np.asarray(gradient)
        # ε is 1e-8 beside a gradient scaled by √(1 − β₂).
        expected = -1e-4 * slope / (np.abs(slope) + 1e-8 / np.sqrt(1 - BETA_2[name]))
        np.testing.assert_allclose(after - start, expected, atol=2e-6)
    for after, start in zip(values(others), others_before):
        np.testing.assert_array_equal(after, start)
    assert all(
        np.abs(after - start).max() > 0
        for after, start in zip(values(state), state_before)
    )


def test_both_updates_count_as_steps_of_one_adam():
    model, adam = small()
    for count in range(2):
        critic_update(model, adam, batch())
        assert int(adam.iterations) == 2 * count + 1
        generator_update(model, adam, batch())
        assert int(adam.iterations) == 2 * count + 2


def test_a_gradient_is_clipped_by_its_average_norm():
    """Of norm 5 and two values, 2.5 on average: to 1 it is divided by 2.5."""
    gradient = tf.constant([3.0, -4.0])
    np.testing.assert_allclose(steps.clipped(gradient, 1.0), [1.2, -1.6], rtol=1e-6)
    np.testing.assert_array_equal(steps.clipped(gradient, 2.5), gradient)
    np.testing.assert_array_equal(steps.clipped(gradient, 9.0), gradient)


@pytest.mark.parametrize("updated", UPDATES)
def test_an_update_with_clipped_gradients(updated):
    """Clipped to ε·√(1 − β₂), a lone value moves by half of Adam's first step."""
    model, adam = small("deepfill_v1")
    variables = {
        "critic": model.critic_variables,
        "generator": model.generator_variables,
    }[updated]
    losses = {"critic": model.critic_losses, "generator": model.generator_losses}
    with tf.GradientTape() as tape:
        total, _ = losses[updated](batch())
    gradients = tape.gradient(total, variables)
    before, clip = values(variables), 1e-8
    UPDATES[updated](model, adam, batch(), clip)
    for after, start, gradient in zip(values(variables), before, gradients):
        slope = np.asarray(gradient, np.float64)
        average = np.linalg.norm(slope) / slope.size
        slope *= clip / max(average, clip)
        floor = 1e-8 / np.sqrt(1 - BETA_2["deepfill_v1"])
        expected = -1e-4 * slope / (np.abs(slope) + floor)
        np.testing.assert_allclose(after - start, expected, atol=2e-6)


def test_adams_settings():
    _, adam = small()
    settings = adam.get_config()
    found = [settings[k] for k in ("learning_rate", "beta_1", "beta_2", "epsilon")]
    assert found == pytest.approx([1e-4, 0.5, 0.999, 1e-8])
    settings = from_dict(
        {"learning_rate": 2e-4, "adam_beta1": 0.6, "adam_beta2": 0.9}, "a test"
    )
    settings = adam_of(build_model(settings)).get_config()
    found = [settings[k] for k in ("learning_rate", "beta_1", "beta_2")]
    assert found == pytest.approx([2e-4, 0.6, 0.9])


def test_mixed_precision_keeps_losses_and_weights_in_float32():
    plain, _ = small()
    values = {k: v.numpy() for k, v in plain.variables_by_name().items()}
    expected = generator_update(plain, adam_of(plain), batch())
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        mixed, adam = small()
    finally:
        keras.mixed_precision.set_global_policy("float32")
    for name, variable in mixed.variables_by_name().items():
        assert tf.as_dtype(variable.dtype) == tf.float32
        variable.assign(values[name])
    inputs = {"image": batch().images * (1 - batch().masks), "hole": batch().masks}
    assert mixed.generator(inputs)["refined"].dtype == tf.bfloat16
    found = generator_update(mixed, adam, batch())
    for tag, value in found.items():
        assert value.dtype == tf.float32
        assert float(value) == pytest.approx(float(expected[tag]), abs=0.02), tag


@pytest.fixture(scope="module")
def reports():
    """Of two_replicas.py on every model, by its name."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            map(str, (TESTS.parent, TESTS.parent / "examples"))
        ),
    }
    done = subprocess.run(
        forked([sys.executable, TESTS / "two_replicas.py", *MODELS]),
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_two_replicas_at_half_batch_are_one_device_at_full_batch(model, reports):
    report = reports[model]
    assert report["replicas"] == 2
    assert report["copies"] == 0
    assert report["states"] == {"deepfill_v2": 6, "deepfill_v1": 0}[model]
    assert report["losses"] < 2e-6
    assert report["weights"] < 5e-6
    # Two iterations move what they train a hundred times as far.
    assert report["weights_rms"] < 5e-7
    assert report["trained_rms"] > 2e-5

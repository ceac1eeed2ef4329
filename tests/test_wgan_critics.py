"""DeepFill v1's critics: sizes, names, scores."""

import numpy as np
import pytest
import release
import tensorflow as tf

from inpaint import config
from inpaint.models import build_model
from inpaint.models.wgan_critics import WGANCritic


def random(*shape, seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, shape)
    return tf.constant(values, tf.float32)


def test_number_of_values():
    model = build_model(config.from_dict({"model": "deepfill_v1"}, "a test"))
    assert sum(int(np.prod(v.shape)) for v in model.critic_variables) == 7_072_770


def test_names_and_shapes_are_the_releases():
    model = build_model(config.from_dict({"model": "deepfill_v1"}, "a test"))
    found = {
        name: list(v.shape)
        for critic in model.critics
        for name, v in critic.variables_by_name().items()
    }
    assert found == release.critic_shapes("deepfill_v1")


@pytest.mark.parametrize(
    ("size", "places"), [((64, 64), 4 * 4), ((33, 16), 3 * 1), ((1, 50), 1 * 4)]
)
@pytest.mark.parametrize(("place", "last"), [("local", 32), ("global", 16)])
def test_any_size_has_its_dense_layer(size, places, place, last):
    critic = WGANCritic(place, *size, filters=4)
    assert tuple(critic.dense.kernel.shape) == (places * last, 1)
    scores = critic(random(2, *size, 3))
    assert scores.shape == (2, 1)
    assert scores.dtype == tf.float32
    with pytest.raises(tf.errors.InvalidArgumentError, match="not compatible"):
        critic(random(2, size[0] + 1, size[1], 3))


def test_a_score_is_the_dense_layer_of_all_features():
    """Kernels of 0 but for the bias: 2, leaky ReLU, twice −1 through 0.2."""
    critic = WGANCritic("local", 16, 32, filters=1)
    for convolution, bias in zip(critic.convolutions, (5, 5, 5, -10)):
        convolution.kernel.assign(tf.zeros_like(convolution.kernel))
        convolution.bias.assign(tf.fill(convolution.bias.shape, float(bias)))
    kernel = np.arange(2 * 8, dtype=np.float32)[:, np.newaxis]
    critic.dense.kernel.assign(kernel)
    critic.dense.bias.assign([7.0])
    score = float(critic(random(1, 16, 32, 3))[0, 0])
    assert score == pytest.approx(-2 * kernel.sum() + 7)

"""Context Encoders: parameter counts, losses and colours by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.models import context_encoder
from inpaint.models.context_encoder_critic import ContextEncoderCritic
from inpaint.models.context_encoder_networks import (
    ContextEncoderGenerator,
    ContextEncoderRandomGenerator,
)


@pytest.fixture
def zeros(monkeypatch):
    """70 million values are drawn in seconds, and counted as well where they are 0."""

    def draw(self, shape, dtype=None, **_):
        return tf.zeros(shape, dtype or "float32")

    monkeypatch.setattr(keras.initializers.RandomNormal, "__call__", draw)


def counts(network):
    """(trainable parameters, running statistics)."""
    return tuple(
        sum(int(np.prod(v.shape)) for v in variables)
        for variables in (network.trainable_variables, network.non_trainable_variables)
    )


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize(
    ("make", "options", "expected"),
    [
        (ContextEncoderGenerator, {}, (71_130_531, 11_840)),
        (ContextEncoderRandomGenerator, {"size": 128}, (71_196_259, 11_968)),
        (ContextEncoderRandomGenerator, {"size": 64}, (71_064_803, 11_712)),
    ],
)
def test_parameters_of_the_generators(make, options, expected):
    assert counts(make(**options)) == expected


@pytest.mark.usefixtures("zeros")
def test_a_ports_parameters():
    """A port has no biases; 100 is the released code's own default."""
    assert counts(ContextEncoderGenerator(use_bias=False))[0] == 71_124_544
    assert counts(ContextEncoderGenerator(bottleneck=100))[0] == 7_221_231
    assert counts(ContextEncoderCritic(use_bias=False))[0] == 2_765_568


@pytest.mark.parametrize(("size", "expected"), [(64, 2_766_529), (128, 2_832_257)])
def test_parameters_of_the_discriminator(size, expected):
    assert counts(ContextEncoderCritic(size))[0] == expected


@pytest.mark.parametrize(("overlap", "expected"), [(4, 3.106265625), (7, 4.502329102)])
def test_weights_of_the_rim_by_hand(overlap, expected):
    weights = context_encoder.rim_weights(64, overlap, 0.999)
    found = np.mean(weights, dtype=np.float64)
    assert found == pytest.approx(expected, rel=1e-7)


def test_joint_loss_by_hand():
    """An error of 1 everywhere, and a discriminator that says a half."""
    weights = context_encoder.rim_weights(64, 4, 0.999)
    error = context_encoder.weighted_l2(
        tf.zeros([2, 64, 64, 3]), tf.ones([2, 64, 64, 3]), weights
    )
    loss = context_encoder.joint_loss(error, tf.zeros([2, 1]), 0.999)
    assert float(loss) == pytest.approx(3.106958772, rel=1e-6)


def test_the_hole_has_its_colour():
    """117, 104, 123 of 255, in the middle 56×56 whatever the hole is."""
    generator = ContextEncoderGenerator(base_filters=1, bottleneck=1)
    hole = np.zeros((1, 128, 128, 1), np.float32)
    hole[0, 60, 70] = 1
    picture = generator.incomplete(tf.ones([1, 128, 128, 3]), tf.constant(hole))
    color = [-0.08235294, -0.18431373, -0.03529412]
    np.testing.assert_allclose(picture[0, 36, 91], color, atol=1e-7)
    np.testing.assert_array_equal(picture[0, 35, 91], np.ones(3))
    assert int(tf.reduce_sum(tf.cast(picture[..., 0] < 1, tf.int32))) == 56 * 56

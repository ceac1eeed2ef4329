"""Global&Local: parameter counts, losses, steps and colours by hand."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint.models import global_local
from inpaint.models.global_local import GlobalLocal
from inpaint.models.global_local_critic import GlobalLocalCritic
from inpaint.models.global_local_generator import GlobalLocalGenerator


def counts(network):
    """(trainable parameters, running statistics)."""
    return tuple(
        sum(int(np.prod(v.shape)) for v in variables)
        for variables in (network.trainable_variables, network.non_trainable_variables)
    )


def test_parameters_of_the_completion_network():
    """The three values beside the statistics are the mean colour."""
    assert counts(GlobalLocalGenerator()) == (6_072_131, 5_952 + 3)


def test_parameters_of_the_discriminators():
    critic = GlobalLocalCritic()
    local, whole, joint = (
        counts(part)[0]
        for part in (critic.local_part, critic.global_part, critic.joint)
    )
    assert (local, whole, joint) == (19_253_248, 25_808_384, 2_049)
    assert counts(critic)[0] == 45_063_681


def test_reconstruction_by_hand():
    """Of four pixels one is hole, and off by a half in each channel."""
    images = np.zeros((1, 2, 2, 3), np.float32)
    painted = np.full_like(images, 0.5)
    hole = np.zeros((1, 2, 2, 1), np.float32)
    hole[0, 1, 0] = 1
    assert float(global_local.reconstruction(images, painted, hole)) == 0.0625


def test_adversarial_losses_by_hand():
    """D is 3/4 of the real picture and 1/4 of the completed one."""
    real, completed = tf.constant([[np.log(3.0)]]), tf.constant([[-np.log(3.0)]])
    loss = global_local.discriminator_loss(real, completed)
    assert float(loss) == pytest.approx(-2 * np.log(0.75), rel=1e-6)
    joint = global_local.completion_loss(0.25, completed, 4e-4)
    assert float(joint) == pytest.approx(0.25 + 4e-4 * np.log(4.0), rel=1e-6)


def test_adadelta_by_hand():
    """From 1, with a gradient of 1 at each step."""
    generator = GlobalLocalGenerator(base_filters=2)
    model = GlobalLocal(generator, (32, 32), 16, discriminator_filters=1)
    optimizer = model.optimizers()["completion"]
    variable = tf.Variable(1.0)
    optimizer.build([variable])
    values = []
    for _ in range(3):
        optimizer.apply_gradients([(tf.constant(1.0), variable)])
        values.append(float(variable.numpy()))
    assert values == pytest.approx([0.996838, 0.993593, 0.990293], abs=1e-6)


def test_the_mean_colour_is_that_of_the_pictures():
    """Of two batches of unequal size, every picture counts the same."""
    generator = GlobalLocalGenerator(base_filters=2)
    model = GlobalLocal(generator, (32, 32), 16, discriminator_filters=1)
    first = np.full((2, 4, 4, 3), [255.0, 0.0, 51.0], np.float32)
    second = np.full((1, 4, 4, 3), [0.0, 255.0, 51.0], np.float32)
    model.prepare([first, second])
    np.testing.assert_allclose(generator.mean_color, [2 / 3, 1 / 3, 0.2], rtol=1e-6)
    hole = np.ones((1, 4, 4, 1), np.float32)
    filled = generator.incomplete(tf.zeros([1, 4, 4, 3]), tf.constant(hole))
    np.testing.assert_allclose(filled[0, 0, 0], [2 / 3, 1 / 3, 0.2], rtol=1e-6)
    taken_off = generator.first_input(filled, tf.constant(hole))
    np.testing.assert_allclose(taken_off[0, 0, 0], [0, 0, 0, 1], atol=1e-7)

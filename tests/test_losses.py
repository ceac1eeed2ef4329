"""Losses, by hand."""

import numpy as np
import pytest
import tensorflow as tf
from golden_files import OPS, arrays

from inpaint import losses

REAL = tf.constant([[2.0, 0.5], [-1.0, 1.0]])  # 1 − x: −1, 0.5, 2, 0
COMPLETED = tf.constant([[-2.0, -0.5], [1.0, 0.0]])  # 1 + x: −1, 0.5, 2, 1


def test_hinge_pays_up_to_the_margin_and_nothing_beyond():
    assert float(losses.hinge_real(REAL)) == (0 + 0.5 + 2 + 0) / 4
    assert float(losses.hinge_completed(COMPLETED)) == (0 + 0.5 + 2 + 1) / 4


def test_the_critics_loss_is_half_of_both():
    assert float(losses.hinge_critic(REAL, COMPLETED)) == (0.625 + 0.875) / 2


def test_the_generators_loss_is_the_mean_score_negated():
    assert float(losses.adversarial(COMPLETED)) == -(-2 - 0.5 + 1 + 0) / 4


def test_slopes_of_the_hinge():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([REAL, COMPLETED])
        d_loss = losses.hinge_critic(REAL, COMPLETED)
        g_loss = losses.adversarial(COMPLETED)
    eighth = 1 / 8
    real, completed = tape.gradient(d_loss, [REAL, COMPLETED])
    assert real.numpy().tolist() == [[0, -eighth], [-eighth, 0]]
    assert completed.numpy().tolist() == [[0, eighth], [eighth, eighth]]
    assert tape.gradient(g_loss, COMPLETED).numpy().tolist() == [[-0.25] * 2] * 2


def test_l1_is_a_mean_over_everything():
    x = tf.constant([[1.0, -1.0], [0.5, 0.0]])
    y = tf.constant([[0.0, 1.0], [0.5, -1.0]])
    assert float(losses.l1(x, y)) == (1 + 2 + 0 + 1) / 4


def test_reconstruction_adds_both_stages():
    images = tf.fill([2, 4, 4, 3], 0.5)
    coarse, refined = tf.fill([2, 4, 4, 3], -0.25), tf.fill([2, 4, 4, 3], 1.0)
    assert float(losses.reconstruction(images, coarse, refined)) == 0.75 + 0.5
    assert float(losses.reconstruction(images, images, images)) == 0
    ones = tf.ones([1, 4, 4, 3])
    assert float(losses.reconstruction(ones, -ones, -ones)) == 4


@pytest.mark.skipif("hinge.0" not in arrays(OPS), reason="no such golden file")
def test_the_releases_hinge():
    golden = arrays(OPS)
    real, completed = tf.constant(golden["gan.pos"]), tf.constant(golden["gan.neg"])
    g_loss, d_loss = (
        losses.adversarial(completed),
        losses.hinge_critic(real, completed),
    )
    np.testing.assert_allclose(g_loss, golden["hinge.0"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(d_loss, golden["hinge.1"], rtol=0, atol=2e-7)

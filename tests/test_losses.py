"""Losses, by hand."""

import numpy as np
import pytest
import tensorflow as tf
from golden_files import OPS, OPS_V1, arrays

from inpaint import losses, masks

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


def test_weighted_l1_is_a_mean_of_weighted_errors():
    """Errors 1 and 3 of weights 0.5 and 2, over two pixels of three channels."""
    x, y = tf.zeros([1, 1, 2, 3]), tf.constant([[[[1.0] * 3, [-3.0] * 3]]])
    weights = tf.constant([[[[0.5], [2.0]]]])
    assert float(losses.weighted_l1(x, y, weights)) == (0.5 + 6) / 2


def test_known_l1_is_a_mean_over_the_known_pixels():
    x, y = tf.zeros([2, 1, 4, 3]), tf.fill([2, 1, 4, 3], 2.0)
    y = tf.concat([y[..., :2, :], 100.0 * y[..., 2:, :]], axis=2)
    mask = tf.constant([[[[0.0], [0.0], [1.0], [1.0]]]])
    assert float(losses.known_l1(x, y, mask)) == 2
    assert float(losses.known_l1(x, y, tf.ones_like(mask))) == 0


def test_known_l1_of_masks_of_their_own():
    """Of errors 1 and 3, one known pixel and three: (1 + 3·3) / 4."""
    x = tf.zeros([2, 1, 4, 3])
    y = tf.stack([tf.fill([1, 4, 3], 1.0), tf.fill([1, 4, 3], 3.0)])
    masks = tf.constant([[1.0, 1, 1, 0], [1, 0, 0, 0]])[:, None, :, None]
    assert float(losses.known_l1(x, y, masks)) == 2.5


def test_discount_of_a_box():
    """γ ½: 1 in the first row and column, ½ beside them and in the last ones."""
    weights = losses.box_discount(4, 5, 0.5)
    assert weights.shape == (1, 4, 5, 1)
    assert weights.numpy()[0, ..., 0].tolist() == [
        [1, 1, 1, 1, 1],
        [1, 0.5, 0.5, 0.5, 0.5],
        [1, 0.5, 0.25, 0.25, 0.5],
        [1, 0.5, 0.5, 0.5, 0.5],
    ]
    assert np.unique(losses.box_discount(4, 5, 1.0)).tolist() == [1]


@pytest.mark.skipif("wgan.0" not in arrays(OPS_V1), reason="no such golden file")
def test_the_releases_discount_and_wgan():
    golden = arrays(OPS_V1)
    weights = losses.box_discount(20, 28, 0.9)
    np.testing.assert_allclose(weights, golden["spatial_discount.0"], rtol=1e-6)
    real, completed = tf.constant(golden["gan.pos"]), tf.constant(golden["gan.neg"])
    g_loss, d_loss = losses.adversarial(completed), losses.wgan_critic(real, completed)
    np.testing.assert_allclose(g_loss, golden["wgan.0"], rtol=0, atol=1e-7)
    np.testing.assert_allclose(d_loss, golden["wgan.1"], rtol=0, atol=2e-7)


def test_discount_by_distance_is_a_mean_over_the_hole():
    """Distances 1, 2, 1 in a hole of 3 of 6 pixels: γ^distance over ½."""
    distances = tf.constant([0.0, 1, 2, 1, 0, 0])[None, None, :, None]
    weights = losses.distance_discount(distances, 0.5)
    assert weights.numpy().ravel().tolist() == [0, 1, 0.5, 1, 0, 0]
    plain = losses.distance_discount(distances, 1.0).numpy().ravel().tolist()
    assert plain == [0, 2, 2, 2, 0, 0]
    assert not np.any(losses.distance_discount(tf.zeros_like(distances), 0.5))


@pytest.mark.parametrize(("height", "width"), [(8, 12), (7, 9), (5, 20), (1, 1)])
def test_discount_by_distance_in_a_box_is_the_boxs_but_for_the_first_half(
    height, width
):
    """The release counts rows from 0 at the top and from 1 at the bottom.

    So where the nearer end is the bottom or the right, the weights are the same, and
    elsewhere there is a factor of γ between them.
    """
    mask = np.zeros((1, height + 6, width + 8, 1), np.float32)
    mask[:, 2 : 2 + height, 5 : 5 + width] = 1
    weights = losses.distance_discount(tf.constant(masks.distances(mask)), 0.9)
    share = height * width / mask.size
    weights = weights.numpy()[0, 2 : 2 + height, 5 : 5 + width, 0] * share
    ratio = weights / losses.box_discount(height, width, 0.9)[0, ..., 0]
    above = np.arange(height)[:, np.newaxis] + 0 * np.arange(width)
    below = height - above
    left = np.arange(width) + 0 * above
    right = width - left
    first = np.minimum(above, left) < np.minimum(below, right)
    np.testing.assert_allclose(ratio, np.where(first, 0.9, 1.0), rtol=1e-5)


def test_penalty_of_slopes():
    """Norms 5, with a 12 that is outside the hole, and 1: ((5 − 1)² + 0) / 2."""
    gradients = np.zeros((2, 1, 3, 2), np.float32)
    gradients[0, 0, 0], gradients[0, 0, 1, 0], gradients[0, 0, 2] = [3, 0], 4, 12
    gradients[1, 0, 1, 1] = -1
    mask = tf.constant([1.0, 1, 0])[None, None, :, None]
    assert float(losses.gradient_penalty(tf.constant(gradients), mask)) == 8


def test_penalty_where_there_is_no_hole_or_no_slope():
    gradients = tf.ones([2, 1, 3, 2])
    for factor, mask in ((1.0, tf.zeros([1, 1, 3, 1])), (0.0, tf.ones([1, 1, 3, 1]))):
        x = factor * gradients
        with tf.GradientTape() as tape:
            tape.watch(x)
            penalty = losses.gradient_penalty(x, mask)
        assert float(penalty) == 1
        assert not np.any(tape.gradient(penalty, x))

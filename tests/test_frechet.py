"""FID: Gaussians of known distance, and SavedModels as features."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint.errors import InputError
from inpaint.evaluation import frechet


def gaussian(mean, covariance, count=50, seed=0):
    """`[count, D]` whose mean and covariance (by N − 1) are exactly these."""
    x = np.random.RandomState(seed).randn(count, len(mean))
    x -= x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return mean + x @ np.linalg.cholesky(covariance).T


def test_distance_of_one_feature():
    # N(0, 1) and N(3, 4): 3² + (2 − 1)²
    first, second = np.array([[-1.0], [1.0]]), np.array([[-1.0], [1.0]])
    first, second = first / np.sqrt(2), 3 + 2 * second / np.sqrt(2)
    assert frechet.distance(first, second) == pytest.approx(10)


@pytest.mark.parametrize("counts", [(50, 50), (50, 80), (3, 50), (3, 3)])
def test_distance_of_two_features(counts):
    # C₁C₂ = [[2, 2], [1, 3]]: trace 5, determinant 4, so the root's trace is
    # √(5 + 2√4) = 3; 1² + 2² + (2 + 1) + (2 + 3) − 2·3 … with C₁ = diag(2, 1)
    first, second = np.diag([2.0, 1.0]), np.array([[1.0, 1.0], [1.0, 3.0]])
    expected = 5 + 3 + 4 - 2 * 3
    found = frechet.distance(
        gaussian([0, 0], first, counts[0]),
        gaussian([1, 2], second, counts[1], seed=1),
    )
    assert found == pytest.approx(expected)


def test_equal_sets_are_at_0_even_if_there_are_fewer_pictures_than_features():
    x = np.random.RandomState(0).randn(5, 30)
    assert frechet.distance(x, x[::-1]) == pytest.approx(0, abs=1e-9)


def test_few_pictures_agree_with_the_root_of_the_covariances():
    rng = np.random.RandomState(0)
    first, second = rng.randn(6, 8), rng.randn(9, 8) * 2 + 1
    c1, c2 = (np.cov(x, rowvar=False) for x in (first, second))
    root = np.sqrt(np.abs(np.linalg.eigvals(c1 @ c2))).sum()  # eigenvalues ≥ 0
    means = first.mean(0) - second.mean(0)
    expected = means @ means + np.trace(c1) + np.trace(c2) - 2 * root
    assert frechet.distance(first, second) == pytest.approx(expected, abs=1e-5)


def exported(path, function, shape, dtype=tf.float32):
    module = tf.Module()
    module.scale = tf.Variable(2.0)
    signature = [tf.TensorSpec(shape, dtype, name="pictures")]
    module.serve = tf.function(
        lambda pictures: function(pictures, module.scale), input_signature=signature
    )
    tf.saved_model.save(module, str(path), {"serving_default": module.serve})
    return str(path)


def colours(pictures, scale):
    return {"features": scale * tf.reduce_mean(pictures, axis=[1, 2])}


def test_features_of_a_picture(tmp_path):
    features = frechet.Features(exported(tmp_path / "a", colours, [None, 8, 6, 3]))
    image = np.zeros((7, 5, 3), np.uint8)
    image[..., 0], image[..., 1] = 255, 51
    np.testing.assert_allclose(features(image), [2, -1.2, -2], atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "expected"), [((None, None), (299, 299)), ((8, 6), (8, 6))]
)
@pytest.mark.parametrize("size", [(4, 5), (20, 30)])
def test_pictures_are_brought_to_the_networks_size(tmp_path, shape, expected, size):
    def sides(pictures, scale):
        return {"sides": tf.cast(tf.shape(pictures)[1:3], tf.float32)[tf.newaxis]}

    path = exported(tmp_path / "a", sides, [None, *shape, 3])
    assert tuple(frechet.Features(path)(np.zeros((*size, 3), np.uint8))) == expected


def test_shrinking_means_over_areas(tmp_path):
    def flat(pictures, scale):
        return {"flat": tf.reshape(pictures, [-1, 6])}

    features = frechet.Features(exported(tmp_path / "a", flat, [None, 1, 2, 3]))
    image = np.zeros((2, 4, 3), np.uint8)
    image[:, :2] = np.array([0, 100, 100, 200])[:, None].reshape(2, 2, 1)
    np.testing.assert_allclose(
        features(image), [100 / 127.5 - 1] * 3 + [-1] * 3, atol=1e-6
    )


@pytest.mark.parametrize(
    ("function", "shape", "dtype"),
    [
        (lambda x, _: {"map": x}, [None, None, None, 3], tf.float32),
        (lambda x, _: {"a": x[:, 0, 0], "b": x[:, 0, 0]}, [None, 8, 8, 3], tf.float32),
        (lambda x, _: {"a": x[:, 0, 0]}, [None, 8, 8, 3], tf.uint8),
        (lambda x, _: {"a": x}, [None, 3], tf.float32),
        (lambda x, _: {"a": x[:, 0, 0]}, [None, 8, 8, 1], tf.float32),
        (lambda x, _: {"a": x[:, 0, 0]}, [16, 8, 8, 3], tf.float32),
    ],
)
def test_networks_of_another_kind(tmp_path, function, shape, dtype):
    path = exported(tmp_path / "a", function, shape, dtype)
    with pytest.raises(
        InputError, match="expected serving_default to take one float32"
    ):
        frechet.Features(path)


def test_a_network_that_fails(tmp_path):
    def crop(x, _):
        return {"a": tf.reshape(x[:, :, :, 0], [-1, 7])}

    path = exported(tmp_path / "a", crop, [None, None, None, 3])
    with pytest.raises(InputError, match="a: cannot be run: "):
        frechet.Features(path)(np.zeros((8, 8, 3), np.uint8))


def test_features_that_are_not_finite(tmp_path):
    def divided(x, _):
        return {"a": 1.0 / (x[:, 0, 0] + 1.0)}  # black is −1

    path = exported(tmp_path / "a", divided, [None, None, None, 3])
    with pytest.raises(InputError, match="a: expected finite features"):
        frechet.Features(path)(np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize("kind", ["missing", "empty", "without signatures"])
def test_folders_that_are_no_such_model(tmp_path, kind):
    path = tmp_path / "a"
    if kind == "empty":
        path.mkdir()
    if kind == "without signatures":
        tf.saved_model.save(tf.Module(), str(path))
    with pytest.raises(InputError, match="a: expected the folder of a SavedModel"):
        frechet.Features(str(path))

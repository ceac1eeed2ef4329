"""Holes that single papers are trained on."""

import numpy as np
import pytest

from inpaint import masks
from inpaint.errors import InputError


def ends(mask):
    """(first, end) of rows and columns of what is hole."""
    found = []
    for axis in (1, 0):
        touched = np.flatnonzero(mask.any(axis=axis))
        found.append((touched[0], touched[-1] + 1))
    return found


def test_rectangles():
    sampler = masks.make("rectangle")
    rng = masks.rng(0, 0)
    sizes, corners = [], []
    for _ in range(400):
        mask = sampler.mask(rng, 160, 256)
        (top, bottom), (left, right) = ends(mask)
        assert mask.sum() == (bottom - top) * (right - left)
        sizes.append((bottom - top, right - left))
        corners.append((top, left, 160 - bottom, 256 - right))
    sizes, corners = np.array(sizes), np.array(corners)
    assert sizes.min() == 96
    assert sizes.max() == 128
    assert len(np.unique(sizes)) == 33  # every whole number
    assert abs(np.corrcoef(sizes.T)[0, 1]) < 0.15  # independent
    assert corners.min(axis=0).max() <= 3  # up to every border


def test_rectangles_that_do_not_fit():
    with pytest.raises(InputError, match="do not fit"):
        masks.make("rectangle").mask(masks.rng(0, 0), 127, 256)


class Fixed(masks.Sampler):
    def __init__(self, mask):
        self.fixed = mask

    def mask(self, rng, height, width):
        return self.fixed


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((20, 40, 30, 40), (14, 19)),  # (20 + 40 − 32)/2, (30 + 40 − 32)/2
        ((0, 8, 90, 100), (0, 68)),  # shifted inside
        ((0, 0, 0, 0), (24, 34)),  # no hole: the middle
    ],
)
def test_patches_around_the_hole(box, expected):
    mask = np.zeros((80, 100), bool)
    mask[box[0] : box[1], box[2] : box[3]] = True
    found = masks.Patches(Fixed(mask), 32).draw(masks.rng(0, 0), 2, 80, 100)
    np.testing.assert_array_equal(found["local"], [expected] * 2)
    assert found["masks"].shape == (2, 80, 100, 1)


def test_patches_that_do_not_fit():
    sampler = masks.Patches(Fixed(np.ones((40, 50), bool)), 41)
    with pytest.raises(InputError, match="41 × 41 pixels do not fit"):
        sampler.draw(masks.rng(0, 0), 1, 40, 50)


def test_patches_anywhere():
    sampler = masks.Patches(Fixed(np.ones((40, 50), bool)), 32)
    rng = masks.rng(0, 0)
    found = [sampler.draw(rng, 1, 40, 50)["real_local"][0] for _ in range(300)]
    np.testing.assert_array_equal(np.min(found, axis=0), [0, 0])
    np.testing.assert_array_equal(np.max(found, axis=0), [8, 18])


def test_middle():
    mask = masks.Middle((36, 92)).mask(None, 128, 128)
    assert ends(mask) == [(36, 92), (36, 92)]


def test_regions():
    sampler = masks.make("region")
    drawn = [sampler.mask(masks.rng(0, i), 128, 128) for i in range(40)]
    shares = np.array([mask.mean() for mask in drawn])
    assert shares.min() > 0.2
    assert shares.max() < 0.3
    often = np.mean(drawn, axis=0)
    assert abs(often[:64].mean() - often[64:].mean()) < 0.1  # anywhere alike
    # Blobs, not dots: a cell of the noise is 16.7 pixels.
    changes = np.mean([np.mean(mask[:, 1:] != mask[:, :-1]) for mask in drawn])
    assert 0.01 < changes < 0.06


def test_the_noise_is_enlarged_by_cubic_interpolation():
    """Weights sum to 1; at a noise value's own place it is that value."""
    from inpaint.masks.papers import _cubic

    weights = _cubic(128, 12, 0.3)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(_cubic(1, 4, 0.0), [[0, 1, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(
        _cubic(1, 4, 0.5), [[-0.0625, 0.5625, 0.5625, -0.0625]], atol=1e-12
    )


@pytest.mark.parametrize("name", ["rectangle", "region"])
def test_the_same_generator_draws_the_same(name):
    first, second = (masks.make(name).mask(masks.rng(3, 4), 160, 160) for _ in range(2))
    np.testing.assert_array_equal(first, second)

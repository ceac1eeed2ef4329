"""Poisson blending of what was filled."""

import numpy as np
import pytest

from inpaint.postprocess import blend


def ramp(height=60, width=80):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows + 60, columns + 60, rows + columns], -1).astype(np.uint8)


def hole(top, bottom, left, right, shape=(60, 80)):
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


BOXES = [(20, 41, 30, 51), (20, 40, 30, 50), (0, 20, 0, 20), (40, 60, 10, 80)]


@pytest.mark.parametrize("box", BOXES)
def test_known_pixels_stay(box):
    rng = np.random.default_rng(0)
    filled = rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)
    mask = hole(*box)
    found = blend(filled, mask)
    np.testing.assert_array_equal(found[~mask], filled[~mask])
    assert found.dtype == np.uint8


@pytest.mark.parametrize("box", BOXES[:2])
def test_a_colour_that_is_off_is_fitted_to_the_rim(box):
    mask = hole(*box)
    filled = np.where(mask[..., None], ramp() + 25, ramp()).astype(np.uint8)
    found = blend(filled, mask).astype(int)
    assert np.abs(found - ramp())[mask].mean() < 5  # of 25


@pytest.mark.parametrize("box", BOXES[:2])
def test_the_picture_is_not_shifted(box):
    """A dot that the network painted is where it was."""
    mask = hole(*box)
    filled = np.full((60, 80, 3), 100, np.uint8)
    filled[29:32, 39:42] = 160
    found = blend(filled, mask)[..., 0].astype(int)
    places = np.argwhere(found > 130)
    np.testing.assert_array_equal(places.mean(axis=0), [30, 40])


def test_no_hole_and_nothing_but_a_hole():
    picture = ramp()
    for mask in (np.zeros((60, 80), bool), np.ones((60, 80), bool)):
        np.testing.assert_array_equal(blend(picture, mask), picture)


@pytest.mark.parametrize("box", [(10, 11, 10, 11), (20, 26, 5, 70), (0, 60, 3, 5)])
def test_thin_holes_stay(box):
    filled = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    np.testing.assert_array_equal(blend(filled, hole(*box)), filled)

"""PatchMatch by hand-checked numbers and by what must hold of any completion."""

import numpy as np
import pytest
from commands import box, levels

from inpaint.errors import InputError
from inpaint.evaluation import patch_match
from inpaint.evaluation.patch_field import FARTHEST, Field, Windows, gradients, touching
from inpaint.evaluation.patch_votes import Votes, weight


def as_rgb(plane):
    return np.repeat(np.asarray(plane, np.uint8)[..., np.newaxis], 3, axis=-1)


def waves(height=48, width=60):
    """A periodic picture."""
    y, x = np.mgrid[:height, :width]
    return as_rgb(60 + 20 * (x % 6) + 12 * (y % 4))


def test_half_of_a_picture_by_hand():
    y, x = np.mgrid[:6, :6]
    hole = np.zeros((6, 6), bool)
    hole[2:5, 2:5] = True
    image, still = patch_match.halve(as_rgb(7 * (6 * y + x)), hole)
    expected = [[39, 42, 57], [106, 99, 125], [181, 209, 218]]
    np.testing.assert_array_equal(image, as_rgb(expected))
    assert not still.any()


def test_what_no_pixel_of_36_knows_stays_a_hole():
    hole = np.zeros((12, 12), bool)
    hole[2:8, 4:10] = True  # all that (2, 3) sees: rows 2 … 7, columns 4 … 9
    image, still = patch_match.halve(as_rgb(np.full((12, 12), 9)), hole)
    assert np.argwhere(still).tolist() == [[2, 3]]
    np.testing.assert_array_equal(image, as_rgb(9 * ~still))


@pytest.mark.parametrize(
    ("size", "smallest", "expected"),
    [
        ((48, 60), 16, [(48, 60), (24, 30), (12, 15)]),
        ((61, 16), 16, [(61, 16)]),
        ((61, 35), 16, [(61, 35), (30, 17), (15, 8)]),
    ],
)
def test_sizes_of_a_pyramid(size, smallest, expected):
    found = patch_match.pyramid(levels(*size), np.zeros(size, bool), smallest)
    assert [hole.shape for _, hole in found] == expected


def test_gradients_by_hand():
    """10, 21, 35: 35 // 2 − 10 // 2 + 128 = 140; the frame has none."""
    along_y, along_x = gradients(as_rgb([[10, 21, 35]] * 3))
    np.testing.assert_array_equal(along_x[..., 0], [[0, 0, 0], [0, 140, 0], [0, 0, 0]])
    np.testing.assert_array_equal(along_y[..., 0], [[0, 0, 0], [0, 128, 0], [0, 0, 0]])


def test_distances_by_hand():
    """10 levels off in 3 channels: 65535 · 300 / (9 · 255²) = 33.6."""
    none = np.zeros((9, 20), bool)
    image = as_rgb(np.full((9, 20), 50))
    here, there = Windows(image, none, 2), Windows(image + np.uint8(10), none, 2)
    positions = np.array([[4], [8]])
    assert here.distance(positions, there, positions) == 33
    assert here.distance(positions, here, positions) == 0
    # of 25 pixels one is in a hole: 65535 · (24 · 300 + 9 · 255²) / (25 · 9 · 255²)
    hole = none.copy()
    hole[6, 10] = True
    holed = Windows(image + np.uint8(10), hole, 2)
    assert here.distance(positions, holed, positions) == 2653
    assert holed.distance(positions, here, positions) == 2653
    # on the frame 5 of 9 windows' pixels are outside or frame
    corner = np.array([[1], [1]])
    windows = Windows(image, none, 1)
    assert windows.distance(corner, windows, positions) == FARTHEST * 5 // 9
    everywhere = Windows(image, ~none, 1)
    assert everywhere.distance(corner, windows, positions) == FARTHEST


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0, 1),
        (33, 0.999496),
        (655, 0.990005),
        (1311, 0.959944),
        (2000, 0.806709),
        (3000, 0.224038),
        (6554, 0),
        (FARTHEST, 0),
    ],
)
def test_weights_of_votes(distance, expected):
    assert weight(distance) == pytest.approx(expected, abs=1e-6)


def test_votes_by_hand():
    """100 at distance 0, 40 at 3000: (100 + 40 · 0.224038) / 1.224038 = 89.02."""
    picture = as_rgb([[100, 40, 7, 9]])
    known = np.array([[True, True, True, False]])
    votes = Votes(picture, known)
    at = np.array([[0, 0, 0], [0, 1, 3]])  # the last one is not known
    votes.cast(at, np.array([[0, 0, 0], [2, 2, 2]]), np.array([0, 3000, 0]), 0)
    np.testing.assert_array_equal(votes.picture(picture), as_rgb([[100, 40, 89, 9]]))


def test_votes_at_twice_the_size():
    """A window of one pixel stands for 2×2, each of which votes for its like."""
    picture = as_rgb(np.arange(16).reshape(4, 4))
    votes = Votes(picture, np.ones((4, 4), bool))
    votes.cast(np.array([[0], [1]]), np.array([[1], [0]]), np.array([0]), 0, scale=2)
    voted = votes.picture(np.zeros_like(picture))[..., 0]
    np.testing.assert_array_equal(voted[2:, :2], [[2, 3], [6, 7]])
    assert voted.sum() == 2 + 3 + 6 + 7


def test_a_field_finds_the_windows_of_a_shifted_picture():
    rng = np.random.RandomState(0)
    image = rng.randint(0, 256, (40, 50, 3)).astype(np.uint8)
    shifted = np.roll(image, (5, -7), axis=(0, 1))
    searched = np.zeros((40, 50), bool)
    searched[8:24, 17:38] = True
    none = np.zeros_like(searched)
    field = Field(searched, rng)
    field.start()
    field.search(Windows(image, none, 2), Windows(shifted, none, 2), 4)
    found = np.all(field.targets - field.positions == [[5], [-7]], axis=0)
    assert found.mean() > 0.99
    assert not field.distances[found].any()


def test_where_windows_touch_a_hole():
    hole = np.zeros((9, 9), bool)
    hole[4, 5] = True
    assert np.argwhere(touching(hole, 2)).min(0).tolist() == [2, 3]
    assert touching(hole, 2).sum() == 25


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 6), (3, 3), (9, 7), (40, 5)])
def test_any_size_and_only_the_hole(size):
    image, mask = levels(*size), np.zeros(size, bool)
    mask[size[0] // 2, size[1] // 2 :] = size != (1, 1)
    filled = patch_match.fill(image, mask)
    assert (filled.shape, filled.dtype) == (image.shape, np.uint8)
    np.testing.assert_array_equal(filled[~mask], image[~mask])


def test_what_was_in_the_hole_does_not_count():
    image, mask = levels(), box()
    other = np.where(mask[..., np.newaxis], np.uint8(77), image)
    filled = patch_match.fill(image, mask)
    np.testing.assert_array_equal(filled, patch_match.fill(other, mask))


def test_a_hole_at_the_corner_and_specks():
    image = levels(48, 50)
    mask = np.random.RandomState(0).rand(48, 50) < 0.05
    mask[:20, :16] = True
    filled = patch_match.fill(image, mask)
    np.testing.assert_array_equal(filled[~mask], image[~mask])


def test_the_same_seed_gives_the_same_picture():
    image, mask = waves(), box(48, 60)
    image[0::7] //= 2
    first = patch_match.fill(image, mask, seed=3)
    np.testing.assert_array_equal(first, patch_match.fill(image, mask, seed=3))
    assert (first != patch_match.fill(image, mask, seed=4)).any()


def test_what_repeats_is_restored():
    constant = as_rgb(np.full((40, 44), 90))
    mask = box(40, 44)
    np.testing.assert_array_equal(patch_match.fill(constant, mask), constant)
    image, mask = waves(), box(48, 60)
    error = patch_match.fill(image, mask).astype(int) - image
    assert np.abs(error[mask]).mean() < 1


def test_iterations_make_the_distances_smaller():
    image, mask = levels(40, 44), box(40, 44)
    (incomplete, hole), *_ = patch_match.pyramid(image, mask, 40)
    rngs = [np.random.RandomState(seed) for seed in range(2)]
    level = patch_match.Level(incomplete, hole, 3, rngs)
    energies = [level.iterate() for _ in range(5)]
    assert energies[-1] < 0.9 * energies[0]
    assert all(b <= 1.02 * a for a, b in zip(energies, energies[1:]))


def test_no_hole_and_nothing_but_hole():
    image = levels()
    np.testing.assert_array_equal(patch_match.fill(image, box() & False), image)
    with pytest.raises(InputError, match="covers the whole picture"):
        patch_match.fill(image, box() | True)

"""Masks of files: what is read, how they are moved, what is refused."""

import cv2
import numpy as np
import pytest

from inpaint import masks
from inpaint.errors import InputError
from inpaint.masks import folder


def write(path, *planes):
    for number, plane in enumerate(planes):
        cv2.imwrite(str(path / f"{number}.png"), plane)
    return folder.MovedFolder(str(path))


def dot(size=101, level=255):
    plane = np.zeros((size, size), np.uint8)
    plane[size // 2, size // 2] = level
    return plane


def test_a_dot_becomes_a_square_of_9_to_49_pixels(tmp_path):
    found = write(tmp_path, dot())
    sides = set()
    for step in range(60):
        mask = found.mask(masks.rng(0, step), 200, 300)
        assert mask.shape == (200, 300)
        side = np.sqrt(mask.sum())
        assert 8 < side < 50.5  # turned by nearest neighbour: about a square
        sides.add(round(side))
    assert max(sides) - min(sides) > 25


def test_a_shift_is_a_quarter_of_a_side_at_most(tmp_path):
    found = write(tmp_path, dot())
    centres = np.array(
        [
            np.argwhere(found.mask(masks.rng(1, step), 200, 300)).mean(axis=0)
            for step in range(60)
        ]
    )
    assert np.all(np.abs(centres - [99.5, 149.5]) <= [51, 76])
    assert np.all(np.ptp(centres, axis=0) > [60, 90])


def test_levels_are_cut_at_0_6(tmp_path):
    plane = dot(level=154)  # 0.6 of 255 is 153
    plane[0, 0] = 153
    found = write(tmp_path, plane)
    assert found.mask(masks.rng(0, 0), 101, 101).sum() < 52**2


def test_the_key_tells_the_mask(tmp_path):
    found = write(tmp_path, dot(), np.full((40, 80), 255, np.uint8))
    assert len(found) == 2
    first, again, other = (found.mask(masks.rng(3, step), 64, 48) for step in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_mask_without_a_hole_is_told(tmp_path):
    with pytest.raises(InputError, match=r"0\.png: expected a mask with a hole"):
        write(tmp_path, np.zeros((8, 8), np.uint8))


@pytest.mark.parametrize(("name", "what"), [("", "it is empty"), ("none", "folder of")])
def test_a_folder_is_expected(tmp_path, name, what):
    with pytest.raises(InputError, match=what):
        folder.MovedFolder(str(tmp_path / name))

"""Resized or cropped: by hand, and with OpenCV as the reference."""

import cv2
import numpy as np
import pytest

from inpaint.errors import InputError
from inpaint.pictures.framing import CENTRE, covering, read_framed

TOP_LEFT = (0.0, 0.0)
BOTTOM_RIGHT = (1 - 2**-48, 1 - 2**-48)


def saved(path, levels):
    """A PNG; levels are uint8 grey `[H, W]` or RGB or RGBA `[H, W, C]`."""
    levels = np.asarray(levels, np.uint8)
    if levels.ndim == 3:
        code = cv2.COLOR_RGB2BGR if levels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        levels = cv2.cvtColor(levels, code)
    cv2.imwrite(str(path), levels)
    return path


def framed(path, size, place=None):
    return read_framed(path, None, size, place, edge_threshold=0.6)["images"]


def coordinates(height, width):
    """Grey `[H, W]` whose level tells where a pixel was."""
    return np.arange(height * width, dtype=np.uint8).reshape(height, width)


def test_four_pixels_are_interpolated(tmp_path):
    # Centres lie at −¼, ¼, ¾, 1¼ of the old grid, the outer ones held at its rim.
    path = saved(tmp_path / "a.png", [[0, 100], [40, 140]])
    expected = [
        [0, 25, 75, 100],
        [10, 35, 85, 110],
        [30, 55, 105, 130],
        [40, 65, 115, 140],
    ]
    found = framed(path, (4, 4))
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, np.dstack([expected] * 3))


def test_resizing_is_opencv_s_default(tmp_path):
    picture = np.random.RandomState(0).randint(0, 256, (37, 53, 3), np.uint8)
    path = saved(tmp_path / "a.png", picture)
    for height, width in ((16, 16), (64, 40), (37, 53)):
        expected = cv2.resize(picture, (width, height))
        np.testing.assert_array_equal(framed(path, (height, width)), expected)


def test_alpha_is_left_out(tmp_path):
    picture = np.random.RandomState(0).randint(0, 256, (9, 7, 4), np.uint8)
    path = saved(tmp_path / "a.png", picture)
    np.testing.assert_array_equal(framed(path, (9, 7)), picture[..., :3])
    cropped = framed(path, (4, 4), TOP_LEFT)
    np.testing.assert_array_equal(cropped, picture[:4, :4, :3])


@pytest.mark.parametrize(
    ("place", "top", "left"),
    [
        (TOP_LEFT, 0, 0),
        (BOTTOM_RIGHT, 3, 6),
        (CENTRE, 2, 3),
        ((0.24, 0.15), 0, 1),  # ⌊0.24 · 4⌋ of the places 0 to 3, ⌊0.15 · 7⌋ of 0 to 6
        ((0.25, 0.14), 1, 0),
    ],
)
def test_a_crop_lies_where_it_should(tmp_path, place, top, left):
    levels = coordinates(8, 10)
    path = saved(tmp_path / "a.png", levels)
    found = framed(path, (5, 4), place)
    np.testing.assert_array_equal(found[..., 0], levels[top : top + 5, left : left + 4])


def test_a_small_picture_is_scaled_up_to_cover_the_crop(tmp_path):
    picture = np.random.RandomState(0).randint(0, 256, (3, 10, 3), np.uint8)
    path = saved(tmp_path / "a.png", picture)
    scaled = cv2.resize(picture, (27, 8))  # 10 · 8/3 = 26⅔
    np.testing.assert_array_equal(framed(path, (8, 8), TOP_LEFT), scaled[:, :8])
    np.testing.assert_array_equal(framed(path, (8, 8), BOTTOM_RIGHT), scaled[:, 19:])


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((8, 8), (8, 8), (8, 8)),
        ((300, 500), (256, 256), (300, 500)),
        ((100, 500), (256, 256), (256, 1280)),
        ((500, 100), (256, 256), (1280, 256)),
        ((3, 10), (8, 8), (8, 27)),
        ((10, 3), (8, 8), (27, 8)),
        ((2, 2), (4, 6), (6, 6)),
        ((1, 1), (5, 3), (5, 5)),
        ((49, 49), (256, 256), (256, 256)),  # 49 · (256/49) is above 256 in floats
        ((255, 1000), (256, 256), (256, 1004)),
    ],
)
def test_what_a_picture_is_scaled_up_to(shape, size, expected):
    assert covering(shape, size) == expected


def test_every_scaled_picture_covers_its_crop_and_touches_it():
    for rows in range(1, 40):
        for columns in range(1, 40):
            height, width = covering((rows, columns), (17, 13))
            assert height >= 17
            assert width >= 13
            is_scaled = rows < 17 or columns < 13
            assert not is_scaled or height == 17 or width == 13


class TestEdges:
    def read(self, folder, picture, edges, size, place, threshold=0.6):
        return read_framed(
            saved(folder / "a.png", picture),
            saved(folder / "a_edge.png", edges),
            size,
            place,
            threshold,
        )

    def test_edges_are_above_the_threshold(self, tmp_path):
        found = self.read(
            tmp_path, np.zeros((1, 3)), [[152, 153, 154]], (1, 3), None
        )  # 153 / 255 is 0.6
        assert found["edges"].dtype == np.uint8
        assert found["edges"].tolist() == [[[0], [0], [1]]]

    def test_they_are_resized_before(self, tmp_path):
        found = self.read(
            tmp_path, np.zeros((1, 2)), [[0, 200]], (1, 4), None, threshold=0.5
        )  # 0, 50, 150, 200
        assert found["edges"][..., 0].tolist() == [[0, 0, 1, 1]]

    @pytest.mark.parametrize("shape", [(9, 12), (3, 12), (4, 2)])
    @pytest.mark.parametrize("place", [None, TOP_LEFT, CENTRE, (0.3, 0.9)])
    def test_they_stay_on_the_picture(self, tmp_path, shape, place):
        levels = np.random.RandomState(1).choice([0, 255], shape)
        found = self.read(tmp_path, levels, levels, (5, 6), place, threshold=0.5)
        assert found["images"].shape == (5, 6, 3)
        assert found["edges"].shape == (5, 6, 1)
        expected = found["images"][..., :1] > 127.5
        np.testing.assert_array_equal(found["edges"], expected)

    def test_another_size_is_stretched_onto_the_picture(self, tmp_path):
        levels = np.zeros((8, 8), np.uint8)
        levels[:, 4:] = 255
        found = self.read(tmp_path, levels, levels[::4, ::4], (8, 4), BOTTOM_RIGHT)
        assert found["edges"].min() == 1


def test_a_broken_picture_is_named(tmp_path):
    whole = saved(tmp_path / "a.png", coordinates(4, 4))
    broken = tmp_path / "b.png"
    broken.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(InputError, match=rf"{broken}: .* truncated"):
        framed(broken, (4, 4))
    with pytest.raises(InputError, match=rf"{broken}: .* truncated"):
        read_framed(whole, broken, (4, 4), None, 0.6)

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


# Masks, and what is known


def put_picture(here, alpha=None, shape=(4, 6)):
    picture = np.full((*shape, 3), 200, np.uint8)
    if alpha is not None:
        picture = np.dstack([picture, alpha])
    cv2.imwrite(str(here / "a.png"), picture)
    return str(here / "a.png")


def test_an_alpha_channel_tells_what_is_known(here):
    alpha = np.full((4, 6), 255, np.uint8)
    alpha[0, :2], alpha[3, 3] = 0, 254
    path = put_picture(here, alpha)
    found = read_framed(path, None, (4, 6), None, 0.6, with_valid=True)
    np.testing.assert_array_equal(found["valid"][..., 0], alpha == 255)
    assert "valid" not in read_framed(path, None, (4, 6), None, 0.6)


def test_a_file_that_tells_what_is_known_goes_before_the_alpha_channel(here):
    path = put_picture(here, np.zeros((4, 6), np.uint8))
    plane = np.full((4, 6), 128, np.uint8)
    plane[1, 1] = 127
    cv2.imwrite(str(here / "a_valid.png"), plane)
    found = read_framed(
        path,
        None,
        (4, 6),
        None,
        0.6,
        with_valid=True,
        valid_path=str(here / "a_valid.png"),
    )
    np.testing.assert_array_equal(found["valid"][..., 0], plane > 127)


def test_a_picture_without_either_is_known(here):
    found = read_framed(put_picture(here), None, (2, 3), None, 0.6, with_valid=True)
    assert found["valid"].shape == (2, 3, 1)
    assert found["valid"].all()


def test_a_resized_pixel_is_known_if_all_that_it_is_made_of_is(here):
    alpha = np.full((8, 8), 255, np.uint8)
    alpha[2, 3] = 0
    path = put_picture(here, alpha, (8, 8))
    found = read_framed(path, None, (4, 4), None, 0.6, with_valid=True)
    expected = np.ones((4, 4))
    expected[1, 1] = 0  # of rows 2 and 3, columns 2 and 3
    np.testing.assert_array_equal(found["valid"][..., 0], expected)


def test_a_mask_is_framed_as_its_picture(here):
    path = put_picture(here, shape=(8, 10))
    plane = np.zeros((8, 10), np.uint8)
    plane[3, 4] = 200
    cv2.imwrite(str(here / "mask.png"), plane)
    found = read_framed(
        path, None, (4, 4), CENTRE, 0.6, mask_path=str(here / "mask.png")
    )
    assert np.argwhere(found["masks"][..., 0]).tolist() == [[1, 1]]  # less (2, 3)


@pytest.mark.parametrize(
    ("planes", "message"),
    [
        ({"mask_path": np.zeros((4, 6))}, "b.png: expected a mask with a hole"),
        ({"mask_path": np.ones((4, 5))}, "b.png is 5 × 4 pixels but .*a.png is 6 × 4"),
        ({"valid_path": np.zeros((4, 6))}, "b.png: expected known pixels"),
        ({"valid_path": np.ones((4, 5))}, "b.png is 5 × 4 pixels but .*a.png is 6 × 4"),
    ],
)
def test_what_does_not_fit_is_told(here, planes, message):
    path, options = put_picture(here), {"with_valid": True}
    for name, plane in planes.items():
        cv2.imwrite(str(here / "b.png"), np.uint8(plane) * 255)
        options[name] = str(here / "b.png")
    with pytest.raises(InputError, match=message):
        read_framed(path, None, (4, 6), None, 0.6, **options)


def test_a_transparent_picture_is_told(here):
    path = put_picture(here, np.zeros((4, 6), np.uint8))
    with pytest.raises(InputError, match=r"a\.png: expected known pixels"):
        read_framed(path, None, (4, 6), None, 0.6, with_valid=True)

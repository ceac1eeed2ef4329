"""Windows around holes, for networks of one size."""

import numpy as np
import pytest

from inpaint import windows
from inpaint.errors import InputError

CENTRE = (36, 92)  # of 128: what a centre network of overlap 4 can paint


def mask_of(shape, *boxes):
    mask = np.zeros(shape, bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def window_of(shape, box, size=128, paintable=CENTRE):
    (window,), _ = windows.around_holes(mask_of(shape, box), size, paintable)
    return window


@pytest.mark.parametrize(
    ("shape", "box", "expected"),
    [
        # Not scaled: the hole in the middle of 128 pixels.
        ((300, 400), (140, 160, 190, 210), (86, 136, 128)),
        # 112 pixels are 56 of 128 at half the size.
        ((300, 400), (100, 212, 150, 262), (28, 78, 256)),
        # Shifted up: the hole begins at the last row that the window can paint.
        ((128, 128), (36, 40, 36, 92), (0, 0, 128)),
        # Near the border: 30 pixels above the hole allow 106 pixels a side.
        ((300, 400), (30, 40, 200, 210), (0, 152, 106)),
    ],
)
def test_window(shape, box, expected):
    assert window_of(shape, box)[:3] == expected


def test_a_network_that_paints_all_of_it_sees_twice_the_hole():
    assert window_of((300, 400), (0, 90, 0, 50), 128, (0, 128))[:3] == (0, 0, 180)
    assert window_of((300, 400), (100, 104, 100, 104), 64, (0, 64))[:3] == (70, 70, 64)
    assert window_of((20, 30), (0, 20, 0, 20), 64, (0, 64))[:3] == (0, 0, 20)


@pytest.mark.parametrize("size", [(64, (0, 64)), (128, CENTRE)])
def test_the_hole_lies_in_the_part_that_is_painted(size):
    side, (first, end) = size
    rng = np.random.default_rng(0)
    for _ in range(300):
        shape = rng.integers(20, 300, 2)
        extent = np.maximum(shape * rng.random(2) // 4, 1).astype(int)
        corner = (rng.random(2) * (shape - extent)).astype(int)
        box = (corner[0], corner[0] + extent[0], corner[1], corner[1] + extent[1])
        try:
            window = window_of(tuple(shape), box, side, (first, end))
        except InputError:
            # A window is not in the picture, or the hole is too near to its border.
            room = min(*corner, *(shape - corner - extent))
            too_near = room < extent.max() * first / (end - first) + 2
            assert too_near or min(shape) < extent.max() * side / (end - first) + 2
            continue
        scale = window.side / side
        for start, length, low, high in (
            (window.top, shape[0], box[0], box[1]),
            (window.left, shape[1], box[2], box[3]),
        ):
            assert 0 <= start <= start + window.side <= length
            assert start + first * scale <= low
            assert high <= start + end * scale


@pytest.mark.parametrize("box", [(0, 10, 100, 110), (100, 250, 100, 110)])
def test_refused(box):
    with pytest.raises(InputError, match="does not lie in the middle of a window"):
        window_of((300, 300), box)


def test_each_hole_is_filled_by_what_its_window_shows():
    rng = np.random.default_rng(1)
    image = rng.integers(0, 200, (150, 260, 3)).astype(np.uint8)
    mask = mask_of((150, 260), (60, 70, 60, 70), (60, 90, 80, 90))
    seen = []

    def paint(window, hole):
        seen.append((window.copy(), hole.copy()))
        return np.full_like(window, 200 + len(seen))

    filled, used = windows.fill(paint, image, mask, 128, CENTRE)
    assert [window.side for window in used] == [128, 128]
    np.testing.assert_array_equal(filled[60:70, 60:70], 201)
    np.testing.assert_array_equal(filled[60:90, 80:90], 202)
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    (_, first), (second, then) = seen
    assert first.sum() == 400  # both holes are holes of the first window
    assert then.sum() == 300
    assert (second == 201).all(axis=-1).sum() == 100  # what the first one filled


def test_a_scaled_window_comes_back_to_its_size():
    image = np.zeros((300, 300, 3), np.uint8)
    mask = mask_of((300, 300), (100, 212, 100, 212))
    shapes = []

    def paint(window, hole):
        shapes.append((window.shape, int(hole.sum())))
        return np.full_like(window, 7)

    filled, _ = windows.fill(paint, image, mask, 128, CENTRE)
    assert shapes == [((128, 128, 3), 56 * 56)]
    np.testing.assert_array_equal(filled[mask], 7)
    assert not filled[~mask].any()

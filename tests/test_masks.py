"""Training masks: their shapes, their shares of the picture, and that they repeat."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from inpaint.errors import InputError
from inpaint.masks import release as masks

STATISTICS = json.loads(
    (Path(__file__).parent / "golden" / "mask_stats.json").read_text()
)
DRAWS = 1500


def rngs(count=DRAWS, seed=0):
    return (masks.rng(seed, step) for step in range(count))


def assert_coverage(drawn, expected):
    """Share of hole pixels, as the original's: mean and sd, and quartiles if known."""
    shares = np.array([mask.mean() for mask in drawn])
    assert len(shares) >= 1000
    assert shares.mean() == pytest.approx(expected["mean"], abs=0.012)
    assert shares.std() == pytest.approx(expected["std"], abs=0.012)
    for percent in (25, 50, 75):
        if "pct" in expected:
            share = np.percentile(shares, percent)
            assert share == pytest.approx(expected["pct"][str(percent)], abs=0.02)


@pytest.mark.parametrize("size", [(256, 256), (128, 192)])
def test_coverage_of_strokes(size):
    drawn = [masks.strokes(rng, *size) for rng in rngs()]
    assert_coverage(drawn, STATISTICS[str(size)])


def test_coverage_and_places_of_the_box():
    box, tops, drawn = masks.BoxSettings(), [], []
    for rng in rngs():
        rectangle = masks.random_rectangle(rng, 256, 256, box)
        tops.append(rectangle.top)
        rectangle = masks.shrunk(rng, rectangle, box)
        drawn.append(masks.rectangle_mask(rectangle, 256, 256))
    assert_coverage(drawn, STATISTICS["bbox"])
    assert [min(tops), max(tops)] == STATISTICS["bbox"]["t"]
    shares = [mask.mean() for mask in drawn]
    assert (min(shares), max(shares)) == (0.140625, 0.25)


def test_coverage_of_the_union():
    drawn = [masks.draw_masks(rng, 256, 256).masks for rng in rngs()]
    assert_coverage(drawn, STATISTICS["union_256"])


def test_a_rectangle_covers_its_pixels():
    mask = masks.rectangle_mask(masks.Rectangle(1, 2, 2, 3), 4, 6)
    assert mask.astype(int).tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0],
    ]


def test_a_box_keeps_to_its_margins():
    box = masks.BoxSettings(40, 50, 0, 0, vertical_margin=6, horizontal_margin=7)
    found = [masks.random_rectangle(rng, 64, 80, box) for rng in rngs(400)]
    assert {r.top for r in found} == set(range(6, 64 - 6 - 40))
    assert {r.left for r in found} == set(range(7, 80 - 7 - 50))
    assert {(r.height, r.width) for r in found} == {(40, 50)}


@pytest.mark.parametrize("margin", [0, 3])
def test_a_box_that_just_fits_has_one_place(margin):
    box = masks.BoxSettings(40, 50, 0, 0, margin, margin)
    size = (40 + 2 * margin, 50 + 2 * margin)
    for rng in rngs(20):
        found = masks.random_rectangle(rng, *size, box)
        assert found == (margin, margin, 40, 50)


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((100, 256), masks.BoxSettings()),
        ((256, 100), masks.BoxSettings()),
        ((129, 256), masks.BoxSettings(vertical_margin=1)),
        ((256, 129), masks.BoxSettings(horizontal_margin=1)),
    ],
)
def test_a_box_that_does_not_fit_is_an_error_with_the_numbers(size, box):
    with pytest.raises(InputError) as caught:
        masks.draw_masks(masks.rng(0, 0), *size, box)
    message = str(caught.value)
    assert f"picture of {size[0]} × {size[1]}" in message
    assert "128 × 128" in message
    assert "\n" not in message


def test_a_box_shrinks_alike_on_both_sides():
    rectangle = masks.Rectangle(10, 20, 50, 60)
    found = [
        masks.shrunk(rng, rectangle, masks.BoxSettings(50, 60, 9, 4))
        for rng in rngs(200)
    ]
    assert {(r.top - 10, 50 - r.height) for r in found} == {
        (rows, 2 * rows) for rows in range(9 // 2 + 1)
    }
    assert {(r.left - 20, 60 - r.width) for r in found} == {
        (columns, 2 * columns) for columns in range(4 // 2 + 1)
    }


def test_a_box_may_shrink_to_nothing():
    box = masks.BoxSettings(8, 8, 32, 32)
    found = [masks.shrunk(rng, masks.Rectangle(0, 0, 8, 8), box) for rng in rngs(50)]
    assert min(r.height for r in found) == min(r.width for r in found) == 0


@pytest.mark.parametrize("brush_width", range(12, 40))
def test_a_stroke_is_as_wide_as_its_brush(brush_width):
    mask = np.zeros((100, 200), np.uint8)
    masks.draw_stroke(mask, [(60, 50), (140, 50)], brush_width)
    assert int(mask[:, 100].sum()) == pytest.approx(brush_width, abs=1)
    # The ends are discs.
    assert int(mask[50].sum()) == pytest.approx(80 + brush_width, abs=2)
    slanted = np.zeros((200, 200), np.uint8)
    masks.draw_stroke(slanted, [(50, 50), (130, 110)], brush_width)
    area = 100 * brush_width + math.pi * brush_width**2 / 4
    assert int(slanted.sum()) == pytest.approx(area, rel=0.16)


def test_a_stroke_of_one_place_is_a_disc():
    mask = np.zeros((41, 41), np.uint8)
    masks.draw_stroke(mask, [(20, 20), (20, 20)], 20)
    rows, columns = np.mgrid[:41, :41] - 20
    distance = np.hypot(rows, columns)
    assert mask[distance < 9.5].all()
    assert not mask[distance > 12].any()


def test_strokes_zigzag_within_their_bounds():
    height, width = 128, 192
    longest = math.hypot(height, width) / 4
    counts = set()
    for rng in rngs(300):
        vertices = masks.stroke_vertices(rng, height, width)
        counts.add(len(vertices) - 1)
        assert all(0 <= x <= height and 0 <= y <= width for x, y in vertices)
        for i, ((x, y), (following_x, following_y)) in enumerate(
            zip(vertices, vertices[1:])
        ):
            assert math.hypot(following_x - x, following_y - y) <= longest + 2
            # Angles of 2π/5 ± 2π/15 point one way along y, and back.
            assert following_y <= y if i % 2 == 0 else following_y >= y - 1
    assert counts == set(range(4, 12))


def test_number_of_strokes(monkeypatch):
    drawn = []
    monkeypatch.setattr(masks, "draw_stroke", lambda *given: drawn.append(given[2]))
    counts = set()
    for rng in rngs(300):
        before = len(drawn)
        masks.strokes(rng, 64, 64)
        counts.add(len(drawn) - before)
    assert counts == {1, 2, 3}
    assert set(drawn) == set(range(12, 40))


@pytest.mark.parametrize("size", [(256, 256), (128, 192), (192, 128), (136, 512)])
def test_draw_masks(size):
    for count in (1, 3):
        rng = masks.rng(5, 2)
        drawn = masks.draw_masks(rng, *size, masks.BoxSettings(), count).masks
        assert drawn.shape == (count, *size, 1)
        assert drawn.dtype == np.float32
        assert set(np.unique(drawn)) == {0.0, 1.0}
    assert not np.array_equal(drawn[0], drawn[1])


def test_draw_masks_is_the_union_of_box_and_strokes():
    box = masks.BoxSettings(16, 16, 0, 0)
    rng = masks.rng(1, 1)
    rectangle = masks.shrunk(rng, masks.random_rectangle(rng, 64, 64, box), box)
    union = masks.rectangle_mask(rectangle, 64, 64) | masks.strokes(rng, 64, 64)
    drawn = masks.draw_masks(masks.rng(1, 1), 64, 64, box).masks
    np.testing.assert_array_equal(drawn[0, ..., 0], union)


def test_the_first_of_many_masks_is_the_one_alone():
    alone = masks.draw_masks(masks.rng(3, 8), 160, 128).masks
    many = masks.draw_masks(masks.rng(3, 8), 160, 128, count=4).masks
    np.testing.assert_array_equal(alone[0], many[0])


def test_a_key_gives_the_same_mask_and_every_part_of_it_counts():
    keys = [(7, 0), (7, 1), (7, 0, 1), (7, 0, 0, 1), (8, 0), (-1, 0), (2**40, 0)]
    drawn = [masks.draw_masks(masks.rng(*key), 128, 128).masks for key in keys]
    again = [masks.draw_masks(masks.rng(*key), 128, 128).masks for key in keys]
    np.testing.assert_array_equal(drawn, again)
    assert len({mask.tobytes() for mask in drawn}) == len(keys)


def test_draws_are_those_of_every_numpy():
    drawn = masks.stroke_vertices(masks.rng(7, 1, 0, 0), 256, 256)
    assert drawn[:4] == [(40, 110), (46, 89), (60, 132), (86, 59)]
    assert drawn[4:8] == [(94, 90), (105, 53), (125, 118), (142, 64)]
    assert drawn[8:] == [(156, 109), (185, 28), (199, 69)]


def test_the_static_mask_has_its_box_in_the_middle_of_a_picture_twice_its_size():
    box = masks.BoxSettings()
    drawn = [masks.static(masks.rng(0, i), 256, 256, box) for i in range(5)]
    for mask in drawn:
        assert mask[64:192, 64:192].all()
    strokes = [masks.strokes(masks.rng(0, i), 256, 256) for i in range(5)]
    for mask, stroke in zip(drawn, strokes):
        stroke[64:192, 64:192] = True
        np.testing.assert_array_equal(mask, stroke)


def test_the_static_mask_fits_any_picture():
    mask = masks.static(masks.rng(0, 0), 96, 80, masks.BoxSettings())
    assert mask.shape == (96, 80)
    assert mask[64:, 64:].all()


def test_a_batch_knows_its_boxes_before_they_shrank():
    box = masks.BoxSettings(16, 20, 6, 8, vertical_margin=3)
    rng = masks.rng(4, 1)
    expected = []
    for _ in range(3):
        rectangle = masks.random_rectangle(rng, 64, 72, box)
        hole = masks.shrunk(rng, rectangle, box)
        expected.append((rectangle, masks.rectangle_mask(hole, 64, 72)))
    found = masks.draw_masks(masks.rng(4, 1), 64, 72, box, count=3, brush_strokes=False)
    assert found.boxes.dtype == np.int32
    assert found.boxes.tolist() == [list(rectangle) for rectangle, _ in expected]
    np.testing.assert_array_equal(found.masks[..., 0], [mask for _, mask in expected])
    with_strokes = masks.draw_masks(masks.rng(4, 1), 64, 72, box)
    assert with_strokes.boxes.tolist() == [list(expected[0][0])]


def test_the_static_mask_without_strokes_is_its_box():
    mask = masks.static(masks.rng(0, 0), 256, 256, masks.BoxSettings(), False)
    assert mask[64:192, 64:192].all()
    assert mask.sum() == 128 * 128


def test_distances_to_the_nearest_known_pixel():
    plane = np.zeros((2, 5, 6, 1), np.float32)
    plane[0, 1:4, :4] = 1  # at the left border, which is no known pixel
    plane[1, 2, 2] = 1
    found = masks.distances(plane)
    assert (found.shape, found.dtype) == (plane.shape, np.float32)
    assert found[0, ..., 0].tolist() == [
        [0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [2, 2, 2, 1, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]
    assert found[1].sum() == found[1, 2, 2, 0] == 1


def test_distances_are_euclidean():
    """From the middle of a disc to its rim, whatever the direction."""
    rows, columns = np.mgrid[:41, :41] - 20
    disc = (np.hypot(rows, columns) <= 15).astype(np.float32)
    distance = masks.distances(disc[np.newaxis, ..., np.newaxis])[0, ..., 0]
    known = np.argwhere(disc == 0)
    for place in ((20, 20), (12, 25), (30, 18)):
        squares = ((known - place) ** 2).sum(axis=1)
        assert distance[place] == np.float32(np.sqrt(squares.min()))


def test_distances_repeat_bit_for_bit():
    drawn = masks.draw_masks(masks.rng(0, 0), 256, 256).masks
    found = {masks.distances(drawn).tobytes() for _ in range(20)}
    assert len(found) == 1


def test_without_a_known_pixel_distances_are_finite():
    distance = masks.distances(np.ones((1, 8, 8, 1), np.float32))
    assert np.isfinite(distance).all()
    assert distance.min() > 1e3

"""Masks to measure with: the same bytes on every stack, and folders of masks."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from commands import box, write_mask

from inpaint.errors import InputError
from inpaint.masks import drawn as shapes
from inpaint.masks import sources

STATISTICS = json.loads(
    (Path(__file__).parent / "golden" / "mask_stats.json").read_text()
)
SIZES = [(256, 256), (37, 43), (300, 170), (1, 1), (2, 9)]


def drawn(kind, seed, sizes):
    draw = sources.find(kind, ["x.png"] * len(sizes), seed)
    return [draw(place, *size) for place, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("center", "c7636d433610646edf48fe23e8a7b10546326b785b2ee0f9290cc60cd885bea9"),
        (
            "random_box",
            "75e6fd492d1c4ac7d64747f127520a128146088e06ec70917df40d175c92f5e5",
        ),
        (
            "free_form",
            "047fa5f7f72cfbfeefe154affcbf6ce03acccad4794528c3aa92df7a82a1dae6",
        ),
    ],
)
def test_bytes_are_the_same_on_every_stack(kind, expected):
    digest = hashlib.sha256()
    for mask in drawn(kind, 3, SIZES * 40):
        digest.update(np.packbits(mask).tobytes())
    assert digest.hexdigest() == expected


@pytest.mark.parametrize("kind", shapes.DRAWN)
@pytest.mark.parametrize("size", [*SIZES, (3, 3), (5, 400)])
def test_there_is_a_hole_of_the_pictures_size(kind, size):
    for mask in drawn(kind, 0, [size] * 60):
        assert mask.shape == size
        assert mask.dtype == bool
        assert mask.any()


@pytest.mark.parametrize("kind", ["random_box", "free_form"])
def test_masks_follow_from_seed_and_place(kind):
    draw = sources.find(kind, ["x.png"] * 3, 5)
    masks = {place: draw(place, 64, 64) for place in (2, 0, 1)}
    again = drawn(kind, 5, [(64, 64)] * 3)
    assert all(np.array_equal(masks[place], again[place]) for place in range(3))
    assert not np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], drawn(kind, 6, [(64, 64)])[0])


def test_center():
    (mask,) = drawn("center", 0, [(4, 7)])
    assert mask.astype(int).tolist() == [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]


def test_a_box_by_hand():
    """Of 16×24: 8×12, at (7, 3) of (0 … 7, 0 … 11), less 1 and 0 on either side."""

    draws = iter([7 / 8, 3 / 12, 1 / 2, 0 / 2])  # one of 8, of 12, of 2 and of 2
    rng = SimpleNamespace(random=draws.__next__)
    mask = shapes.random_box(rng, 16, 24)
    rows, columns = (np.flatnonzero(mask.any(axis)).tolist() for axis in (1, 0))
    assert (rows, columns) == ([*range(8, 14)], [*range(3, 15)])
    assert mask.sum() == 6 * 12


def test_boxes_are_the_releases():
    shares = np.array(
        [mask.mean() for mask in drawn("random_box", 1, [(256, 256)] * 1500)]
    )
    expected = STATISTICS["bbox"]
    assert shares.mean() == pytest.approx(expected["mean"], abs=0.012)
    assert shares.std() == pytest.approx(expected["std"], abs=0.012)
    assert (shares.min(), shares.max()) == (0.140625, 0.25)


@pytest.mark.parametrize("size", [(256, 256), (96, 96), (120, 180)])
def test_strokes_cover_what_the_releases_do_at_any_size(size):
    shares = np.array([mask.mean() for mask in drawn("free_form", 1, [size] * 1500)])
    expected = STATISTICS["(256, 256)"]
    assert shares.mean() == pytest.approx(expected["mean"], abs=0.012)
    assert shares.std() == pytest.approx(expected["std"], abs=0.012)
    for percent in (25, 50, 75):
        share = np.percentile(shares, percent)
        assert share == pytest.approx(expected["pct"][str(percent)], abs=0.02)


def test_strokes_reach_all_of_a_picture_that_is_not_square():
    reached = np.any(drawn("free_form", 0, [(40, 120)] * 200), axis=0)
    assert reached.mean() > 0.99


def test_a_stroke_is_what_lies_within_its_radius():
    # from (2, 2) to (6, 2), radius 1.5, in a picture that cuts nothing off
    mask = np.zeros((5, 9), bool)
    shapes._draw_capsule(mask, (2.0, 2.0), (6.0, 2.0), 1.5)
    assert mask.astype(int).tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 1, 1, 1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]


@pytest.fixture
def folder(here):
    (here / "masks").mkdir()
    write_mask(here / "masks" / "a.png")
    write_mask(here / "masks" / "b.bmp", box(20, 30))
    return "masks"


def test_masks_of_a_folder_go_by_name(folder):
    draw = sources.find(folder, ["some/b.jpg", "other/a.png"], 0)
    np.testing.assert_array_equal(draw(0, 20, 30), box(20, 30))
    np.testing.assert_array_equal(draw(1, 37, 43), box())


def test_a_picture_without_a_mask(folder):
    with pytest.raises(InputError, match=r"c\.png: expected one mask c\.\* in masks"):
        sources.find(folder, ["a.png", "c.png"], 0)


def test_a_picture_with_two_masks(folder, here):
    write_mask(here / "masks" / "a.bmp")
    with pytest.raises(InputError, match=r"a\.png: .*found a\.bmp and a\.png"):
        sources.find(folder, ["a.png"], 0)


def test_two_pictures_for_one_mask(folder):
    with pytest.raises(InputError, match=r"y/a\.jpg: .*x/a\.png would have .*a\.png"):
        sources.find(folder, ["x/a.png", "y/a.jpg"], 0)


def test_a_mask_of_another_size_names_both_files(folder):
    draw = sources.find(folder, ["a.png", "b.png"], 0)
    expected = r"masks/b\.bmp is 30 × 20 pixels but b\.png is 43 × 37"
    with pytest.raises(InputError, match=expected):
        draw(1, 37, 43)


def test_a_mask_without_a_hole(folder, here):
    write_mask(here / "masks" / "a.png", np.zeros((37, 43), bool))
    draw = sources.find(folder, ["a.png"], 0)
    with pytest.raises(InputError, match=r"masks/a\.png: the mask of a\.png has no"):
        draw(0, 37, 43)


def test_neither_a_kind_nor_a_folder():
    with pytest.raises(InputError, match="centre: expected a folder of masks or one "):
        sources.find("centre", ["a.png"], 0)

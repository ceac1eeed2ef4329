"""LaMa's sets of masks: their coverage beside what the authors' code draws."""

import json

import numpy as np
import pytest
from golden_files import FOLDER

from inpaint import masks
from inpaint.masks import lama

STATISTICS = FOLDER / "papers" / "mask_stats_lama.json"
PAIRS = {
    "lama": "train_256",
    "lama_small": "small_train_256",
    "narrow": "narrow_256",
    "medium": "medium_256",
    "wide": "wide_256",
    "wide_512": "wide_512",
}


@pytest.mark.parametrize("name", PAIRS)
def test_coverage(name):
    expected = json.loads(STATISTICS.read_text())[PAIRS[name]]
    side = int(PAIRS[name].rpartition("_")[2])
    shares = [
        lama.draw(masks.rng(7, step), side, side, name).mean() for step in range(1500)
    ]
    assert abs(np.mean(shares) - expected["mean"]) < 0.02
    assert abs(np.std(shares) - expected["sd"]) < 0.02
    assert abs(np.median(shares) - expected["p50"]) < 0.03


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("size", [(8, 8), (300, 70), (1, 1)])
def test_any_size(name, size):
    for step in range(20):
        mask = lama.draw(masks.rng(0, step), *size, name)
        assert mask.shape == size
        assert mask.dtype == bool


def test_boxes_keep_their_margin():
    boxes = lama.SETS["wide"].boxes
    for step in range(50):
        mask = lama.random_boxes(masks.rng(1, step), 256, 200, boxes)
        assert not mask[:10].any()
        assert not mask[-10:].any()
        assert not mask[:, :10].any()
        assert not mask[:, -10:].any()
        assert mask.sum() >= 30 * 30


def test_a_box_without_room_is_made_smaller():
    """20 pixels and margins of 10: one pixel in the middle."""
    boxes = lama.Boxes(1.0, 1, 1, 30, 150, 10)
    mask = lama.random_boxes(masks.rng(0, 0), 20, 20, boxes)
    assert mask.sum() == 1
    assert 9 <= np.argwhere(mask).min() <= np.argwhere(mask).max() <= 10


def test_the_key_tells_the_mask():
    first, again, other = (
        lama.draw(masks.rng(3, step), 64, 64, "wide") for step in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()

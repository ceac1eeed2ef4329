"""Canny's edges and HED's, against numbers found by hand."""

import re

import cv2
import numpy as np
import pytest
from caffe_files import MEAN, write_network

from inpaint.errors import InputError
from inpaint.pictures import edges

reads_caffe = pytest.mark.skipif(
    not hasattr(cv2.dnn, "readNetFromCaffe"), reason="OpenCV 5 reads no Caffe models"
)


def steps(*levels, width=20, height=16):
    """RGB: vertical stripes of these grey levels."""
    row = np.repeat(levels, width)
    return np.tile(row[:, np.newaxis], (height, 1, 3)).astype(np.uint8)


def columns(lines):
    """Where the lines are, which must run from the top to the bottom."""
    assert set(np.unique(lines)) <= {0, 255}
    assert (lines == lines[0]).all()
    return np.flatnonzero(lines[0]).tolist()


def beside(place, *steps):
    """One line for each step, on the pixel before or after it."""
    return len(place) == len(steps) and all(
        column in (step - 1, step) for column, step in zip(place, steps)
    )


@pytest.mark.parametrize("sigma", [0, 1, 2, 4.5])
def test_a_step_is_one_line(sigma):
    assert beside(columns(edges.canny(steps(30, 200), sigma)), 20)
    rows = edges.canny(steps(30, 200, height=40).transpose(1, 0, 2), sigma)
    assert beside(columns(rows.T), 20)


def test_a_flat_picture_has_none():
    assert not edges.canny(steps(30, 30)).any()


def test_thresholds_are_gradients():
    """A step of 25 levels has Sobel's gradient 4 · 25 = 100."""
    image = steps(0, 25)
    assert beside(columns(edges.canny(image, 0, low=10, high=99)), 20)
    assert columns(edges.canny(image, 0, low=10, high=100)) == []


def test_a_line_is_followed_down_to_low():
    """A step of 50 levels that fades to 15, 10 and 5 from top to bottom: 4 · each."""
    image = np.zeros((40, 40, 3), np.uint8)
    for part, level in enumerate((50, 15, 10, 5)):
        image[10 * part : 10 * (part + 1), 20:] = level
    lines = edges.canny(image, 0, low=50, high=150)[:, 18:22].any(axis=-1)
    assert lines[1:18].all()  # gradients 200 and 60
    assert not lines[22:].any()  # 40 and 20
    assert not edges.canny(image, 0, low=50, high=250).any()


def test_the_strongest_colour_counts():
    image = steps(0, 0)
    image[:, 20:, 2] = 25
    assert beside(columns(edges.canny(image, 0, low=10, high=99)), 20)


def test_chosen_thresholds_part_strong_from_weak():
    image = steps(100, 200, 194)  # gradients 400 and 24
    assert beside(columns(edges.canny(image, 0)), 20)
    assert beside(columns(edges.canny(image[:, 20:], 0)), 20)  # alone it is the strong


def test_smoothing_takes_dots_away():
    image = steps(100, 200)
    image[::4, ::4] += 30
    assert not (edges.canny(image, 0) == edges.canny(image, 2)).all()
    assert beside(columns(edges.canny(image, 2)), 20)


@pytest.fixture
def network(tmp_path):
    return write_network(tmp_path)


@reads_caffe
@pytest.mark.parametrize("size", [(7, 11), (16, 5)])
def test_hed_numbers(network, size):
    """σ(0.01 B + 0.02 G + 0.04 R − 1) less the mean, back from a padded picture."""
    image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    lines = edges.HED(*network)(image)
    score = (image[..., ::-1] - np.array(MEAN)) @ [0.01, 0.02, 0.04] - 1
    expected = 255 / (1 + np.exp(-score))
    assert lines.shape == size
    assert lines.dtype == np.uint8
    assert np.abs(lines - expected).max() < 0.51


@reads_caffe
def test_hed_one_pixel_by_hand(network):
    """RGB (255, 117, 104): 0.04 · 132.32 + 0.02 · 0.33 − 1 = 4.30, σ = 0.9866."""
    image = np.full((4, 4, 3), (255, 117, 104), np.uint8)
    assert (edges.HED(*network)(image) == 252).all()


@reads_caffe
def test_hed_sizes_may_change(network):
    hed = edges.HED(*network)
    image = steps(0, 255)
    assert (hed(image)[:8, :30] == hed(image[:8, :30])).all()


@reads_caffe
def test_opencvs_own_crop_is_back_afterwards(network):
    before = plain_forward(network)
    edges.HED(*network)(steps(0, 255))
    np.testing.assert_array_equal(plain_forward(network), before)


def plain_forward(network):
    net = cv2.dnn.readNetFromCaffe(*map(str, network))
    net.setInput(np.arange(75, dtype=np.float32).reshape(1, 3, 5, 5))
    return net.forward()


@reads_caffe
def test_another_network_is_refused(tmp_path):
    network = write_network(tmp_path, crop=False)
    with pytest.raises(InputError, match=r"expected .* \[1, 1, 6, 8\], got \[1, 1, 12"):
        edges.HED(*network)(steps(0, 9, width=4, height=6))


@reads_caffe
@pytest.mark.parametrize("damaged", [0, 1])
def test_damaged_files(network, damaged, capfd):
    network[damaged].write_bytes(b"\xff{")
    with pytest.raises(InputError, match=r"no Caffe network|does not run") as caught:
        edges.HED(*network)(steps(0, 9))
    assert "\n" not in str(caught.value)


@reads_caffe
@pytest.mark.parametrize("missing", [0, 1])
def test_missing_files(network, missing):
    network[missing].unlink()
    with pytest.raises(
        InputError, match=f"{re.escape(str(network[missing]))}: no such"
    ):
        edges.HED(*network)


def test_opencv_5_is_told(network, monkeypatch):
    monkeypatch.delattr(cv2.dnn, "readNetFromCaffe", raising=False)
    with pytest.raises(InputError, match=r"reads no Caffe models.*opencv-python<5"):
        edges.HED(*network)

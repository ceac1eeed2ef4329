"""Layers computed where their output is required, against the layers as a whole."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint.fastpath import active_tiles
from inpaint.fastpath.regions import Stack, in_bands
from inpaint.layers import GatedConv2D, GatedUpsample2D


@pytest.fixture(params=["same", "symmetric", "reflect"])
def part(request):
    layers = [
        GatedUpsample2D(4, padding=request.param),
        GatedConv2D(4, padding=request.param),
        GatedUpsample2D(4, padding=request.param),
        GatedConv2D(3, padding=request.param, activation=None, gated=False),
    ]
    rng = np.random.default_rng(0)
    channels = 2
    for layer in layers:
        layer.build((None, None, None, channels))
        for variable in layer.trainable_variables:
            variable.assign(0.5 * rng.normal(size=variable.shape))
        channels = 2 if layer is not layers[-1] else 3
    return Stack(layers)


def strokes(rng, batch, height, width):
    required = np.zeros((batch, height, width, 1), np.float32)
    required[:, rng.integers(height), : width // 3] = 1
    required[rng.integers(batch), -1, -1] = 1
    return required


def somewhere(part, x, required):
    x, required = (tf.constant(value, tf.float32) for value in (x, required))
    return active_tiles.TrailingLayers(part.layers, 1)(x, required).numpy()


@pytest.mark.parametrize("size", [(18, 40), (6, 60), (34, 34)])
@pytest.mark.parametrize("masks", [1, 2])
def test_wanted_pixels_are_those_of_the_whole(part, size, masks):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, *size, 2)).astype(np.float32)
    required = strokes(rng, masks, 4 * size[0], 4 * size[1])
    found = somewhere(part, x, required)
    right = np.broadcast_to(required > 0, found.shape)
    np.testing.assert_allclose(found[right], part(x).numpy()[right], atol=1e-5)
    assert (found == 0).any()  # there are tiles that were left out


def test_bands_of_rows_come_out_as_one(part):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2, 40, 24, 2)).astype(np.float32)
    required = strokes(rng, 2, 160, 96)
    tail = active_tiles.TrailingLayers(part.layers, 1)
    found = in_bands(tail, tf.constant(x), 4, 1, 2 * 48 * 96, tf.constant(required))
    right = np.broadcast_to(required > 0, found.shape)
    np.testing.assert_allclose(found.numpy()[right], part(x).numpy()[right], atol=1e-5)


def test_only_tiles_with_something_wanted_are_computed(part):
    """One pixel of 256 × 256: a tile of 32 × 32 is painted, and nothing else."""
    required = np.zeros((1, 256, 256, 1), np.float32)
    required[0, 100, 40] = 1
    found = somewhere(part, np.ones([1, 64, 64, 2], np.float32), required)
    painted = np.argwhere(found.any(axis=(0, 3)))
    assert painted.min(axis=0).tolist() == [96, 32]
    assert painted.max(axis=0).tolist() == [127, 63]


def test_bands_with_nothing_wanted_are_not_computed(part):
    """A pixel in the first of five bands of 32 rows and one in the last."""
    required = np.zeros((1, 160, 96, 1), np.float32)
    required[0, 0, 0] = required[0, 159, 95] = 1
    tail, x = active_tiles.TrailingLayers(part.layers, 1), tf.ones([1, 40, 24, 2])
    found = in_bands(tail, x, 4, 1, 32 * 96, tf.constant(required)).numpy()
    assert found[0, 0].any()
    assert found[0, 159].any()
    assert not found[0, 32:128].any()


def test_nothing_wanted_is_not_computed(part):
    assert not somewhere(part, np.ones([1, 8, 8, 2]), np.zeros([1, 32, 32, 1])).any()


def test_everything_wanted_is_computed_whole(part, monkeypatch):
    monkeypatch.setattr(
        active_tiles.TrailingLayers, "_in_tiles", None
    )  # cannot be called
    x = tf.random.stateless_normal([1, 20, 12, 2], [0, 0])
    found = somewhere(part, x, np.ones([1, 80, 48, 1], np.float32))
    np.testing.assert_allclose(found, part(x), atol=1e-5)


def test_what_a_pixel_reads_by_hand():
    """Of a doubled picture, row 9 reads rows 8 … 10, that is 4 and 5 of the single
    one; its own pixel 4 and the next on either side are said to be read."""
    required = np.zeros((1, 16, 16, 1), np.float32)
    required[0, 9, 0] = 1
    layer = GatedUpsample2D(4)
    read = active_tiles.required_inputs(layer, tf.constant(required)).numpy()[
        0, :, 0, 0
    ]
    assert np.flatnonzero(read).tolist() == [3, 4, 5]
    read = active_tiles.required_inputs(
        layer.convolution, tf.constant(required)
    ).numpy()[0, :, 0, 0]
    assert np.flatnonzero(read).tolist() == [8, 9, 10]


def test_tiles_by_hand():
    """Tiles of 4 pixels in two 8 × 8 pictures; only the second has a required one."""
    required = np.zeros((2, 8, 8, 1), np.float32)
    required[1, 0, 7] = required[1, 5, 0] = 1
    tiles = active_tiles.ActiveTiles.holding(tf.constant(required), 4)
    assert tiles.listed.numpy().tolist() == [[1, 0, 1], [1, 1, 0]]
    assert tiles.slots.numpy().tolist() == [[[2, 2], [2, 2]], [[2, 0], [1, 2]]]
    assert int(tiles.row(1, 6, 3)) == 16 + 2 * 4 + 3
    assert int(tiles.row(0, 6, 3)) >= 32  # there is no tile

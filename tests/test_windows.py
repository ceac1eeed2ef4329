"""Windows around wanted pixels against the part as a whole."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint import windows
from inpaint.layers import GatedConv2D, GatedUpsample2D
from inpaint.regions import Stack

PIXELS = 4 * windows.SIDE**2  # four windows at a time


@pytest.fixture(params=["same", "symmetric", "reflect"])
def part(request):
    layers = [
        GatedUpsample2D(4, padding=request.param),
        GatedConv2D(4, padding=request.param),
        GatedUpsample2D(4, padding=request.param),
        GatedConv2D(3, padding=request.param, activation=None),
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
    wanted = np.zeros((batch, height, width, 1), np.float32)
    wanted[:, rng.integers(height), : width // 3] = 1
    wanted[rng.integers(batch), -1, -1] = 1
    return wanted


@pytest.mark.parametrize("size", [(18, 40), (5, 60), (33, 33)])
@pytest.mark.parametrize("masks", [1, 2])
def test_wanted_pixels_are_those_of_the_whole(part, size, masks):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, *size, 2)).astype(np.float32)
    wanted = strokes(rng, masks, 4 * size[0], 4 * size[1])
    found = windows.in_windows(part, tf.constant(x), 4, tf.constant(wanted), PIXELS)
    right = np.broadcast_to(wanted > 0, found.shape)
    np.testing.assert_allclose(found.numpy()[right], part(x).numpy()[right], atol=1e-5)


def test_only_windows_are_computed(part):
    """One pixel of 256 × 256: a tile of 32 × 32 is painted, and nothing else."""
    wanted = np.zeros((1, 256, 256, 1), np.float32)
    wanted[0, 100, 40] = 1
    found = windows.in_windows(part, tf.ones([1, 64, 64, 2]), 4, wanted, PIXELS)
    painted = np.argwhere(found.numpy().any(axis=(0, 3)))
    assert painted.min(axis=0).tolist() == [96, 32]
    assert painted.max(axis=0).tolist() == [127, 63]


def test_everything_wanted_is_computed_whole(part):
    x = tf.random.stateless_normal([1, 20, 12, 2], [0, 0])
    found = windows.in_windows(part, x, 4, tf.ones([1, 80, 48, 1]), PIXELS)
    np.testing.assert_allclose(found, part(x), atol=1e-5)

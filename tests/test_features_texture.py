"""The texture loss: by NumPy and OpenCV, and what a fill is told by it."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from inpaint.features import texture

RNG = np.random.default_rng(7)
NOISE = np.float32(RNG.uniform(-1, 1, (2, 12, 9, 3)))
SMOOTH = np.full_like(NOISE, 0.25)
BOX = np.zeros((1, 12, 9, 1), np.float32)
BOX[:, 3:8, 2:8] = 1.0  # 30 pixels: enough at full size, 12 at half of it are not


def found(*arrays):
    return float(texture.Texture()(*map(tf.constant, arrays)))


def amplitudes(picture, hole):
    """√G at full size, all of the picture one window."""
    features = [
        sum(
            cv2.filter2D(picture[..., c], -1, kernel[..., c, i], borderType=0)
            for c in range(3)
        )
        for kernel in texture.filters()
        for i in range(kernel.shape[-1])
    ]
    inside = np.maximum(features, 0)[:, hole[..., 0] > 0]
    return np.sqrt(inside @ inside.T / inside.shape[1] + 1e-4)


def test_by_numpy():
    expected = 0.0
    for picture, other in zip(NOISE, SMOOTH):
        apart = abs(amplitudes(picture, BOX[0]) - amplitudes(other, BOX[0]))
        expected += (apart.mean() + np.diag(apart).mean()) / 2
    assert found(NOISE, SMOOTH, BOX) == pytest.approx(expected / 3, rel=1e-4)


def test_filters_see_neither_brightness_nor_contrast_alone():
    for kernel in texture.filters():
        np.testing.assert_allclose(kernel.sum((0, 1)), 0, atol=1e-5)
        np.testing.assert_allclose((kernel**2).sum((0, 1, 2)), 1, rtol=1e-5)


def test_a_texture_moved_is_the_same_one_and_a_smooth_fill_is_not():
    stripes = np.zeros((1, 32, 32, 3), np.float32)
    stripes[:, :, ::4] = 1.0
    hole = np.zeros((1, 32, 32, 1), np.float32)
    hole[:, 10:22, 10:22] = 1.0  # three periods
    moved = np.roll(stripes, 1, axis=2)
    smooth = np.full_like(stripes, stripes.mean())
    assert found(moved, stripes, hole) < 0.05 * found(smooth, stripes, hole)


def test_pixels_far_from_the_hole_do_not_count():
    other = NOISE.copy()
    other[:, :, 8:] = -other[:, :, 8:]
    hole = np.zeros_like(BOX)
    hole[:, 2:11, :3] = 1.0  # filters of 9 pixels reach 4 to the side
    assert found(NOISE, other, hole) == 0.0


def test_a_hole_of_few_pixels_has_no_texture():
    hole = np.zeros_like(BOX)
    hole[:, 3, 2:8] = 1.0
    assert found(NOISE, SMOOTH, hole) == 0.0


def test_grey_pictures_are_those_of_three_equal_channels():
    grey, other = NOISE[..., :1], NOISE[..., 1:2]
    colours = [np.repeat(x, 3, axis=-1) for x in (grey, other)]
    assert found(grey, other, BOX) == pytest.approx(found(*colours, BOX), rel=1e-6)


def test_a_smooth_fill_has_a_gradient_in_its_hole():
    fill = tf.constant(SMOOTH + 0.01 * NOISE[::-1])
    with tf.GradientTape() as tape:
        tape.watch(fill)
        loss = texture.Texture()(fill, NOISE, BOX)
    gradient = tape.gradient(loss, fill).numpy()
    assert np.isfinite(gradient).all()
    rougher = fill - 0.1 * gradient / abs(gradient).max()
    assert found(rougher, NOISE, BOX) < float(loss)

"""The colours of attention offsets, at values that can be worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint import visualize


def colour(u, v, largest):
    offsets = tf.constant([[[[u, v]]]])
    return visualize.offsets_to_color(offsets, tf.constant([largest], tf.float64))[
        0, 0, 0
    ].numpy()


def test_corners_of_the_wheel():
    """Baker et al.: 15 steps from red to yellow, 6 to green, 4, 11, 13 and 6 back."""
    wheel = visualize.color_wheel()
    assert wheel.shape == (55, 3)
    corners = [(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1)]
    np.testing.assert_array_equal(wheel[[0, 15, 21, 25, 36, 49]], corners)
    assert np.all((wheel >= 0) & (wheel <= 1))
    np.testing.assert_array_equal(wheel[1] * 255, [255, 17, 0])  # ⌊255·1/15⌋
    np.testing.assert_allclose(wheel[16] * 255, [255 - 42, 255, 0])  # ⌊255·1/6⌋


@pytest.mark.parametrize("largest", [1.0, 4.0])
def test_no_offset_is_white(largest):
    np.testing.assert_array_equal(colour(0, 0, largest), [255, 255, 255])


def test_offsets_of_nothing_but_zeros_are_white():
    offsets = tf.zeros((2, 3, 4, 2), tf.int32)
    colours = visualize.offsets_to_color(offsets, visualize.radius(offsets))
    np.testing.assert_array_equal(colours, np.full((2, 3, 4, 3), 255))


def test_one_to_the_right_is_red():
    """Angle atan2(−0, −1) = −π: place 0, where the wheel is red."""
    np.testing.assert_array_equal(colour(1, 0, 1.0), [255, 0, 0])


def test_half_the_length_is_half_as_saturated():
    np.testing.assert_array_equal(colour(1, 0, 2.0), [255, 127, 127])  # ⌊127.5⌋


def test_opposite_direction():
    """Angle atan2(0, 1) = 0, place 27 of 54: 2 of 11 steps from cyan to blue."""
    np.testing.assert_array_equal(colour(-1, 0, 1.0), [0, 255 - 46, 255])


def test_between_two_colours():
    """Angle atan2(−1, 0) = −π/2, place 13.5: between 13 and 14 of 15 to yellow."""
    below, above = np.floor(255 * 13 / 15), np.floor(255 * 14 / 15)
    np.testing.assert_array_equal(
        colour(0, 1, 1.0), [255, np.floor((below + above) / 2), 0]
    )


def test_longer_than_the_largest_is_darker():
    np.testing.assert_array_equal(colour(2, 0, 1.0), [191, 0, 0])  # ⌊¾·255⌋


def test_radius_of_each_picture():
    offsets = tf.constant([[[[3, 4], [0, 1]]], [[[0, 2], [1, 0]]], [[[6, 8], [0, 0]]]])
    assert visualize.radius(offsets).numpy().tolist() == [5, 2, 10]
    assert visualize.running_radius(offsets).numpy().tolist() == [5, 5, 10]
    assert visualize.radius(offsets).dtype == tf.float64


def test_each_picture_has_its_own_scale():
    offsets = tf.constant([[[[1, 0]]], [[[5, 0]]]])
    alone = visualize.offsets_to_color(offsets, visualize.radius(offsets)).numpy()
    np.testing.assert_array_equal(alone[0], alone[1])


def test_picture_is_enlarged_between_its_corners():
    """White beside red: green and blue go from 1 to −1 in thirds, red stays."""
    offsets = tf.constant([[[[0, 0], [2, 0]]]])
    picture = visualize.offset_picture(offsets, visualize.radius(offsets), scale=2)
    assert picture.shape == (1, 2, 4, 3)
    expected = np.array(
        [[1, 1, 1], [1, 1 / 3, 1 / 3], [1, -1 / 3, -1 / 3], [1, -1, -1]]
    )
    np.testing.assert_allclose(picture[0, 0], expected, atol=1e-6)
    np.testing.assert_allclose(picture[0, 1], expected, atol=1e-6)


def test_picture_is_enlarged_pixel_by_pixel():
    offsets = tf.constant([[[[0, 0], [2, 0]]]])
    small = visualize.offset_picture(offsets, visualize.radius(offsets), scale=1)
    large = visualize.offset_picture(
        offsets, visualize.radius(offsets), scale=2, resize="nearest"
    )
    np.testing.assert_array_equal(large, np.repeat(np.repeat(small, 2, 1), 2, 2))


def test_sizes_not_known_when_traced():
    spec = tf.TensorSpec([None, None, None, 2], tf.int32)
    picture = tf.function(
        lambda x: visualize.offset_picture(x, visualize.running_radius(x), 8),
        input_signature=[spec],
    )
    assert picture(tf.ones((2, 3, 4, 2), tf.int32)).shape == (2, 24, 32, 3)

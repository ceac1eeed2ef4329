"""Hand-computed values of the conversions, padding, resizing and compositing."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint import tensors


def plane(*rows):
    """`[1, H, W, 1]` float32 of rows of numbers."""
    return tf.constant(np.array(rows, np.float32)[np.newaxis, ..., np.newaxis])


def rows(x):
    """The numbers of `[1, H, W, 1]`, as lists."""
    assert x.shape[0] == x.shape[3] == 1
    return x.numpy()[0, ..., 0].tolist()


def test_to_network_is_bgr_from_minus_one_to_one():
    rgb = tf.constant([[[[0, 51, 255]]]], tf.uint8)
    expected = [1.0, 0.4 - 1, -1.0]
    np.testing.assert_allclose(tensors.to_network(rgb)[0, 0, 0], expected, atol=1e-7)
    assert tensors.to_network(rgb).dtype == tf.float32


@pytest.mark.parametrize(
    ("x", "level"),
    [
        (-1.0, 0),
        (1.0, 255),
        (0.0, 127),  # 127.5
        (-0.9999, 0),  # 0.01
        (0.9999, 254),  # 254.99: cut off, not rounded
        (-2.0, 0),
        (7.0, 255),
        (-1.0 + 3.99 / 127.5, 3),
    ],
)
def test_to_levels_cuts_off(x, level):
    levels = tensors.to_levels(tf.constant([x]))
    assert levels.dtype == tf.uint8
    assert levels.numpy() == [level]


def test_to_levels_of_half_precision():
    assert tensors.to_levels(
        tf.constant([-1, 0.5, 1], tf.bfloat16)
    ).numpy().tolist() == [
        0,
        191,
        255,
    ]


def test_to_uint8_turns_bgr_round():
    bgr = tf.constant([[[[-1.0, 0.0, 1.0]]]])
    assert tensors.to_uint8(bgr).numpy().tolist() == [[[[255, 127, 0]]]]


def test_every_level_survives_the_networks_scale_within_one():
    """As in the original: some levels come out one lower, none otherwise wrong."""
    levels = np.arange(256).astype(np.uint8)
    rgb = np.repeat(levels[np.newaxis, np.newaxis, :, np.newaxis], 3, -1)
    back = tensors.to_uint8(tensors.to_network(rgb)).numpy()[0, 0, :, 0]
    assert set(levels.astype(int) - back) <= {0, 1}


@pytest.mark.parametrize("dtype", [np.float32, bool])
def test_composite_is_exact(dtype):
    inside = tf.constant([[[[np.pi]], [[np.nan]], [[1.0]]]], tf.float32)
    outside = tf.constant([[[[np.inf]], [[1e-38]], [[-0.1]]]], tf.float32)
    mask = tf.constant(np.array([[[[1]], [[0]], [[0]]]], dtype))
    completed = tensors.composite(inside, outside, mask).numpy().ravel()
    np.testing.assert_array_equal(completed, np.float32([np.pi, 1e-38, -0.1]))


def test_composite_with_one_mask_for_all():
    inside, outside = tf.ones((3, 1, 2, 1)), tf.zeros((3, 1, 2, 1))
    completed = tensors.composite(inside, outside, tf.constant([[[[1.0], [0.0]]]]))
    np.testing.assert_array_equal(completed[..., 0], [[[1, 0]]] * 3)


@pytest.mark.parametrize(
    ("arguments", "symmetric", "reflect"),
    [
        ((0, 3, 0), [0, 1, 2], [0, 1, 2]),
        ((2, 3, 2), [1, 0, 0, 1, 2, 2, 1], [2, 1, 0, 1, 2, 1, 0]),
        # Farther than the axis is long, where tf.pad refuses.
        ((4, 2, 3), [0, 1, 1, 0, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 1, 0, 1, 0]),
        ((2, 1, 3), [0] * 6, [0] * 6),
    ],
)
def test_mirror_indices(arguments, symmetric, reflect):
    assert tensors.mirror_indices(*arguments, True).numpy().tolist() == symmetric
    assert tensors.mirror_indices(*arguments, False).numpy().tolist() == reflect


@pytest.mark.parametrize("repeat_edge", [True, False])
def test_mirror_pad_goes_to_and_fro(repeat_edge):
    """By any amount; np.pad does so too, but before NumPy 2 got far padding wrong."""
    x = np.random.default_rng(0).random((2, 5, 4, 3), np.float32)
    padded = tensors.mirror_pad(x, (3, 11), (20, 0), repeat_edge)
    down, up = [0, 1, 2, 3, 4], [4, 3, 2, 1, 0] if repeat_edge else [3, 2, 1]
    right, left = [0, 1, 2, 3], [3, 2, 1, 0] if repeat_edge else [2, 1]
    rows = [(down + up)[i % len(down + up)] for i in range(-3, 5 + 20)]
    columns = [(right + left)[i % len(right + left)] for i in range(-11, 4)]
    np.testing.assert_array_equal(padded, x[:, rows][:, :, columns])


def test_pad_to_multiple():
    x = plane([1, 2, 3], [4, 5, 6])
    assert rows(tensors.pad_to_multiple(x, 4)) == [
        [1, 2, 3, 3],
        [4, 5, 6, 6],
        [4, 5, 6, 6],
        [1, 2, 3, 3],
    ]


@pytest.mark.parametrize(
    ("size", "padded"), [((8, 16), (8, 16)), ((1, 1), (8, 8)), ((17, 9), (24, 16))]
)
@pytest.mark.parametrize("dtype", [tf.uint8, tf.bool, tf.float32])
def test_pad_to_multiple_of_eight(size, padded, dtype):
    x = tf.cast(tf.ones((2, *size, 1)), dtype)
    assert tensors.pad_to_multiple(x).shape == (2, *padded, 1)
    assert tensors.pad_to_multiple(x).dtype == dtype


@pytest.mark.parametrize(
    ("before", "after", "source"),
    [
        # i·(in − 1)/(out − 1), halves away from zero
        (4, 2, [0, 3]),
        (8, 4, [0, 2, 5, 7]),  # 7/3, 14/3
        (3, 2, [0, 2]),
        (6, 3, [0, 3, 5]),  # 2.5 → 3: not 2, as rounding to even would have it
        (4, 8, [0, 0, 1, 1, 2, 2, 3, 3]),  # doubling
        (2, 5, [0, 0, 1, 1, 1]),  # 0.5 → 1
        (5, 1, [0]),
        (1, 3, [0, 0, 0]),
    ],
)
def test_nearest_with_aligned_corners(before, after, source):
    line = tf.range(float(before))[tf.newaxis, :, tf.newaxis, tf.newaxis]
    assert rows(tensors.resize_nearest(line, after, 1)) == [[i] for i in source]
    line = tf.transpose(line, [0, 2, 1, 3])
    assert rows(tensors.resize_nearest(line, tf.constant(1), after)) == [source]


def test_bilinear_with_aligned_corners():
    x = plane([0, 2, 4], [8, 10, 12])
    assert rows(tensors.resize_bilinear(x, 3, 5)) == [
        [0, 1, 2, 3, 4],
        [4, 5, 6, 7, 8],
        [8, 9, 10, 11, 12],
    ]


def test_crop_at_one_box_for_all():
    x = tf.reshape(tf.range(2 * 4 * 5 * 1), [2, 4, 5, 1])
    found = tensors.crop(x, tf.constant([[1, 2, 2, 3]]), 2, 3)
    assert found[0, ..., 0].numpy().tolist() == [[7, 8, 9], [12, 13, 14]]
    assert found[1, ..., 0].numpy().tolist() == [[27, 28, 29], [32, 33, 34]]


def test_crop_at_a_box_each():
    x = tf.reshape(tf.range(2 * 4 * 5 * 1), [2, 4, 5, 1])
    found = tensors.crop(x, tf.constant([[1, 2, 2, 3], [0, 0, 2, 3]]), 2, 3)
    assert found[0, ..., 0].numpy().tolist() == [[7, 8, 9], [12, 13, 14]]
    assert found[1, ..., 0].numpy().tolist() == [[20, 21, 22], [25, 26, 27]]

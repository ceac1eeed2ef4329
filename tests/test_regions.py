"""Boxes, receptive fields and bands."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint.fastpath import regions
from inpaint.layers import GatedConv2D, GatedUpsample2D
from inpaint.models.deepfill_v2 import DeepFillV2Generator


def stack(channels, *layers):
    return keras.Sequential([keras.Input((None, None, channels)), *layers])


@pytest.mark.parametrize(
    ("layers", "rows"),
    [
        ([GatedConv2D(2, 3)], (-1, 8)),
        ([GatedConv2D(2, 5)], (-2, 9)),
        ([GatedConv2D(2, 3, dilation_rate=4)], (-4, 11)),
        ([GatedConv2D(2, 3, strides=2)], (0, 16)),  # 0·2 − 0 … 7·2 + 2
        ([GatedConv2D(2, 3, strides=2, padding="reflect")], (-1, 15)),
        ([GatedUpsample2D(2)], (-1, 4)),  # (0 − 1) // 2 … (7 + 1) // 2
        ([GatedConv2D(2, 3), GatedConv2D(2, 3)], (-2, 9)),
    ],
)
def test_source_by_hand(layers, rows):
    assert regions.input_range(stack(1, *layers), 0, 7) == rows


@pytest.mark.parametrize(
    ("name", "scales", "expected"),
    [
        # Back from rows 0 … 7: conv17, 16 −2 … 9; 15 −3 … 10, single −2 … 5; 14 −3 … 6;
        # 13 −4 … 7, single −2 … 3; 12, 11 −4 … 5; dilations 16 + 8 + 4 + 2 −34 … 35;
        # 6, 5 −36 … 37; 4 −72 … 76; 3 −73 … 77; 2 −146 … 156; 1 −148 … 158, so 151.
        ("coarse", (1, 1), 152),
        ("attention_encoder", (1, 4), 16),
        ("attention_decoder", (4, 4), 8),
    ],
)
def test_margins_of_the_network(name, scales, expected):
    part = getattr(DeepFillV2Generator(4), name)
    assert regions.receptive_margin(part, *scales) == expected


@pytest.mark.parametrize("padding", ["same", "symmetric", "reflect"])
@pytest.mark.parametrize(
    ("name", "channels", "scale_in", "scale_out"),
    [("coarse", 5, 1, 1), ("conv_branch", 3, 1, 4), ("decoder", 16, 4, 1)],
)
def test_source_is_what_the_gradient_reaches(
    padding, name, channels, scale_in, scale_out
):
    """Rows that `source` leaves out do not change the output; its first and last do."""
    part = getattr(DeepFillV2Generator(4, padding=padding), name)
    size, first = 384 // scale_in, 192 // scale_out
    rows = 8 // scale_out
    x = tf.random.stateless_normal([1, size, 8, channels], seed=(1, 2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(part(x)[:, first : first + rows] ** 2)
    reached = np.abs(tape.gradient(y, x).numpy()).sum(axis=(0, 2, 3)) > 0
    low, high = regions.input_range(part, first, first + rows - 1)
    assert not reached[: max(low, 0)].any()
    assert not reached[high + 1 :].any()
    assert reached[low]
    assert reached[high]


def test_around_holds_all_holes_of_a_batch():
    mask = np.zeros((2, 64, 80, 1), np.float32)
    mask[0, 9, 17] = mask[1, 40, 55] = 1
    assert [int(x) for x in regions.around(mask)] == [8, 48, 16, 56]


def test_around_nothing_is_8_by_8():
    mask = np.zeros((1, 64, 80, 1), np.float32)
    assert [int(x) for x in regions.around(mask)] == [0, 8, 0, 8]


def test_a_box_grows_to_the_border_cuts_and_puts_back():
    box = regions.Region(8, 16, 0, 8)
    grown = box.grown(16, (64, 16))
    assert [int(x) for x in grown] == [0, 32, 0, 16]
    x = np.arange(64 * 16, dtype=np.float32).reshape(1, 64, 16, 1)
    np.testing.assert_array_equal(grown.cut(x), x[:, :32])
    np.testing.assert_array_equal(box.cut(grown.cut(x), origin=grown), x[:, 8:16, :8])
    put = box.put(box.cut(x), (64, 16)).numpy()
    np.testing.assert_array_equal(put[:, 8:16, :8], x[:, 8:16, :8])
    assert np.count_nonzero(put) == 64


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("pixels", [1, 8 * 24 * 5, 2 * 104 * 24, 3 * 104 * 24, 10**6])
def test_pieces_come_out_as_one(pixels, batch):
    part = DeepFillV2Generator(4).attention_encoder
    x = tf.random.stateless_normal([batch, 104, 24, 3], seed=(3, 4))
    chunks = regions.in_bands(part, x, 1, 4, pixels)
    np.testing.assert_allclose(chunks, part(x), atol=1e-6)


@pytest.mark.parametrize(
    ("pixels", "batch", "expected"),
    [
        # A margin is 16 rows: bands of 32 at least, of 104: 32, 32, 32, 8 and margins.
        (1, 1, [(1, 48), (1, 64), (1, 56), (1, 24)]),
        (40 * 24, 2, [(1, 56), (1, 72), (1, 40)] * 2),
        (2 * 104 * 24, 5, [(2, 104), (2, 104), (1, 104)]),
        (10**6, 5, [(5, 104)]),
    ],
)
def test_pieces_by_hand(pixels, batch, expected):
    seen = []

    class Seen:
        layers = DeepFillV2Generator(4).attention_encoder.layers

        def __call__(self, x):
            seen.append(tuple(x.shape[:2]))
            return tf.zeros([x.shape[0], x.shape[1] // 4, x.shape[2] // 4, 8])

    regions.in_bands(Seen(), tf.zeros([batch, 104, 24, 3]), 1, 4, pixels)
    assert seen == expected

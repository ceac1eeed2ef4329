"""ContextualAttention against its definition, in all its forms."""

from unittest import mock

import naive_attention
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import ContextualAttention
from inpaint.layers.attention import batched, portable, streaming, tiles

FORMS = ["batched", "portable", "streaming", "blocks"]


def attend(form, foreground, background, mask=None, required=None, **settings):
    """Output and offsets as arrays, by one of the forms."""
    layer = ContextualAttention(
        scratch_bytes=1 if form == "blocks" else 2**29, **settings
    )
    arguments = [
        None if x is None else tf.constant(x, tf.float32)
        for x in (foreground, background, mask)
    ]
    if form in ("batched", "portable"):
        module = {"batched": batched, "portable": portable}[form]
        return [x.numpy() for x in module.attend(*arguments, layer)]
    least = 2 if form == "blocks" else tiles._LEAST_SIDE
    with mock.patch.object(tiles, "_LEAST_SIDE", least):
        return [x.numpy() for x in streaming.attend(*arguments, layer, required)]


def features(*shape, seed=0):
    """Small enough that the softmax is soft: several patches share a position."""
    return 0.01 * np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def holes(*shape, share=0.1, seed=5):
    return (np.random.default_rng(seed).random(shape) < share).astype(np.float32)


CASES = {
    "same picture": ((8, 12), (8, 12), {}),
    "same odd size": ((7, 9), (7, 9), {}),
    "other picture": ((8, 10), (8, 10), {}),
    "other size": ((6, 8), (10, 4), {}),
    "other odd size": ((5, 9), (8, 7), {}),
    "one row": ((1, 8), (6, 2), {}),
    "one position": ((2, 1), (1, 2), {}),
    "one key": ((6, 6), (1, 1), {}),
    "rate 1": ((5, 6), (4, 7), {"rate": 1}),
    "rate 3": ((9, 12), (8, 13), {"rate": 3}),
    "rate 4": ((9, 8), (9, 8), {"rate": 4}),
    "no fuse": ((8, 6), (6, 9), {"fuse": False}),
    "wide fuse": ((8, 10), (10, 12), {"fuse_kernel_size": 5}),
    "fuse wider than the picture": ((4, 6), (6, 4), {"fuse_kernel_size": 9}),
    "fuse of one": ((8, 10), (10, 12), {"fuse_kernel_size": 1}),
    "wide patches": ((10, 8), (8, 10), {"kernel_size": 5}),
    "patches wider than the picture": ((4, 6), (6, 4), {"kernel_size": 9}),
    "pixels as patches": ((8, 6), (6, 8), {"kernel_size": 1}),
    "soft": ((8, 6), (8, 8), {"softmax_scale": 0.5}),
    "columns of keys longer for alignment": ((46, 3), (46, 2), {"rate": 1}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_against_the_definition(case, form, masked):
    f_size, b_size, settings = CASES[case]
    foreground, background = features(2, *f_size, 3), features(2, *b_size, 3, seed=1)
    if case.startswith("same"):
        background = foreground
    mask = holes(2, *b_size, 1) if masked else None
    output, offsets = attend(form, foreground, background, mask, **settings)
    for i in range(2):
        expected = naive_attention.attend(
            foreground[i], background[i], mask[i] if masked else None, **settings
        )
        np.testing.assert_allclose(output[i], expected.output, rtol=0, atol=1e-7)
        np.testing.assert_array_equal(offsets[i], expected.offsets)
    assert output.dtype == np.float32
    assert offsets.dtype == np.int32


@pytest.mark.parametrize("form", FORMS)
def test_weak_patches_are_not_made_strong(form):
    """Norms below 1e-4 count as 1e-4: these patches' are about 5e-5, and 0."""
    foreground, background = 100 * features(1, 8, 12, 3), features(1, 8, 10, 3, seed=1)
    background[:, :, :5] *= 1e-3
    background[:, :, 5:] = 0
    output, offsets = attend(form, foreground, background)
    expected = naive_attention.attend(foreground[0], background[0])
    scale = np.abs(expected.output).max()
    np.testing.assert_allclose(output[0], expected.output, rtol=0, atol=1e-4 * scale)
    np.testing.assert_array_equal(offsets[0], expected.offsets)


def test_the_definitions_softmax_is_soft():
    """Else the test above would hold little more than an argmax."""
    x = features(8, 12, 3)
    assert np.median(naive_attention.attend(x, x).attention.max(axis=1)) < 0.9


@pytest.mark.parametrize("form", FORMS)
def test_one_place_by_hand(form):
    """One 2 × 2 position: its own patch is all there is to paste, overlaps over 4."""
    x = np.array([[1.0, 2], [3, 4]], np.float32).reshape(1, 2, 2, 1)
    output, offsets = attend(form, x, x)
    np.testing.assert_allclose(output, x / 4)
    np.testing.assert_array_equal(offsets, [[[[0, 0]]]])


@pytest.mark.parametrize("form", FORMS)
def test_masked_patches_only(form):
    """No patch may be used: nothing is painted, and position 0 counts as attended."""
    x = features(1, 6, 8, 2)
    output, offsets = attend(form, x, x, np.ones((1, 6, 8, 1)))
    assert not output.any()
    here = np.stack(np.meshgrid(range(3), range(4), indexing="ij"), -1)
    np.testing.assert_array_equal(offsets[0], -here)


@pytest.mark.parametrize("form", FORMS)
def test_empty_mask_is_no_mask(form):
    x = features(2, 6, 8, 2)
    with_mask = attend(form, x, x, np.zeros((1, 6, 8, 1)))
    for ours, expected in zip(with_mask, attend(form, x, x)):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("form", FORMS)
def test_batch_equals_single_runs(form):
    foreground, background = features(4, 8, 12, 3), features(4, 8, 12, 3, seed=1)
    mask = np.concatenate([holes(1, 8, 12, 1, share=s) for s in (0, 0.1, 0.3, 1)])
    together = attend(form, foreground, background, mask)
    for i in range(4):
        one = slice(i, i + 1)
        alone = attend(form, foreground[one], background[one], mask[one])
        np.testing.assert_allclose(together[0][one], alone[0], rtol=0, atol=1e-7)
        np.testing.assert_array_equal(together[1][one], alone[1])


@pytest.mark.parametrize("form", FORMS)
def test_one_mask_for_all(form):
    x, mask = features(3, 8, 6, 2), holes(1, 8, 6, 1)
    one, each = (attend(form, x, x, m) for m in (mask, mask.repeat(3, axis=0)))
    np.testing.assert_allclose(one[0], each[0], rtol=0, atol=1e-7)
    np.testing.assert_array_equal(one[1], each[1])


@pytest.mark.parametrize("fuse", [True, False])
def test_tiles_of_any_size(fuse):
    """From one to all of 5 × 7 queries; the last tiles may be smaller."""
    foreground, background = features(2, 10, 14, 3), features(2, 8, 12, 3, seed=1)
    arguments = [tf.constant(x) for x in (foreground, background, holes(2, 8, 12, 1))]
    layer = ContextualAttention(fuse=fuse, scratch_bytes=1)
    whole = batched.attend(*arguments, layer)
    for size in (1, 2, 3, 4, 5, 6, 8):
        with mock.patch.object(tiles, "_LEAST_SIDE", size):
            output, offsets = streaming.attend(*arguments, layer)
        np.testing.assert_allclose(output, whole[0], rtol=0, atol=1e-7)
        np.testing.assert_array_equal(offsets, whole[1])


@pytest.mark.parametrize("form", ["streaming", "blocks"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("share", [0, 0.3])
def test_required_positions_only(form, case, share):
    f_size, b_size, settings = CASES[case]
    foreground, background = features(2, *f_size, 3), features(2, *b_size, 3, seed=1)
    mask = holes(2, *b_size, 1)
    rate = settings.get("rate", 2)
    positions = [-(-size // rate) for size in f_size]
    required = np.random.default_rng(2).random(positions) < share
    output, offsets = attend(
        form, foreground, background, mask, required=required, **settings
    )
    for i in range(2):
        expected = naive_attention.attend(
            foreground[i], background[i], mask[i], required=required, **settings
        )
        np.testing.assert_allclose(output[i], expected.output, rtol=0, atol=1e-7)
        np.testing.assert_array_equal(offsets[i][required], expected.offsets[required])


def test_offsets_are_left_out():
    x = features(2, 6, 8, 3)
    layer = ContextualAttention()
    required = tf.constant(np.random.default_rng(2).random((3, 4)) < 0.5)
    expected, _ = layer(x, x, required=required)
    output, offsets = layer(x, x, required=required, with_offsets=False)
    np.testing.assert_array_equal(output, expected)
    assert offsets is None


def test_masked_patch_still_counts_in_the_denominator():
    """Five patches that resemble nothing get ⅕ each; the masked one's is lost."""
    background = np.zeros((1, 1, 5, 2), np.float32)
    background[0, 0, :, 0] = [4, 4, 0, 4, 8]
    foreground = np.zeros((1, 1, 1, 2), np.float32)
    foreground[..., 1] = 1
    mask = np.zeros((1, 1, 5, 1), np.float32)
    mask[0, 0, 0] = 1
    settings = {"rate": 1, "kernel_size": 1, "fuse": False}
    expected = naive_attention.attend(foreground[0], background[0], mask[0], **settings)
    # Raw patches are 2 × 2, from the position on: there ¼ · ⅕ · (4 + 0 + 4 + 8).
    np.testing.assert_allclose(expected.output[0, 0], [0.8, 0])
    for form in FORMS:
        output, _ = attend(form, foreground, background, mask, **settings)
        np.testing.assert_allclose(output[0, 0, 0], [0.8, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 2}, "`kernel_size` must be odd. Received: 2"),
        ({"kernel_size": -1}, "`kernel_size` must be odd. Received: -1"),
        ({"fuse_kernel_size": 4}, "`fuse_kernel_size` must be odd. Received: 4"),
        ({"rate": 0}, "`rate` must be at least 1. Received: 0"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match="Received") as caught:
        ContextualAttention(**arguments)
    assert message in str(caught.value)

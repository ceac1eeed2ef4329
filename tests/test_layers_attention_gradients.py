"""Gradients of ContextualAttention: of its definition, in both forms, always finite."""

from unittest import mock

import naive_attention
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import ContextualAttention
from inpaint.layers.attention import batched, streaming, tiles


def normal(*shape, seed):
    return 0.1 * np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def gradients(algorithm, foreground, background, mask, weights, **settings):
    """Of Σ output · weights with respect to foreground and background."""
    layer = ContextualAttention(scratch_bytes=1, **settings)
    foreground, background = tf.constant(foreground), tf.constant(background)
    mask = None if mask is None else tf.constant(mask)
    with tf.GradientTape() as tape:
        tape.watch([foreground, background])
        with mock.patch.object(tiles, "_LEAST_SIDE", 2):
            output, _ = algorithm.attend(foreground, background, mask, layer)
        loss = tf.reduce_sum(output * weights)
    return [x.numpy() for x in tape.gradient(loss, [foreground, background])]


def differences(function, x, step=1e-6):
    """Central differences of a float64 function by every element of x."""
    x, slope = np.float64(x), np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        value = x[place]
        x[place] = value + step
        above = function(x)
        x[place] = value - step
        slope[place] = (above - function(x)) / (2 * step)
        x[place] = value
    return slope


@pytest.mark.parametrize("algorithm", [batched, streaming])
@pytest.mark.parametrize(
    ("rate", "fuse", "masked"), [(2, True, True), (2, False, False), (1, True, False)]
)
def test_gradients_of_the_definition(algorithm, rate, fuse, masked):
    """The definition in float64 gives differences to some 9 digits.

    What is left is the float32 rounding of ours: scores of about 1 to 1e-7, times the
    softmax's scale of 10, gives weights to 1e-6, and a gradient sums some ten of them.
    """
    size = (4, 6) if rate == 2 else (3, 3)
    foreground, background = normal(*size, 2, seed=0), normal(*size[::-1], 2, seed=1)
    weights = normal(*size, 2, seed=2)
    mask = np.zeros((*size[::-1], 1), np.float32)
    mask[0, 0] = 1
    settings = {"mask": mask if masked else None, "rate": rate, "fuse": fuse}

    def loss(f, b):
        return (naive_attention.attend(f, b, **settings).output * weights).sum()

    settings_of_ours = {**settings, "mask": mask[None] if masked else None}
    by_f, by_b = gradients(
        algorithm,
        foreground[None],
        background[None],
        weights=weights,
        **settings_of_ours,
    )
    for ours, expected in (
        (by_f[0], differences(lambda x: loss(x, background), foreground)),
        (by_b[0], differences(lambda x: loss(foreground, x), background)),
    ):
        scale = np.abs(expected).max()
        assert scale > 1e-3
        np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-5 * scale)


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("f_size", [(8, 12), (7, 9)])
def test_both_forms_have_the_same_gradients(f_size, fuse):
    foreground, background = normal(2, *f_size, 3, seed=0), normal(2, 8, 10, 3, seed=1)
    mask = (np.random.default_rng(3).random((2, 8, 10, 1)) < 0.1).astype(np.float32)
    arguments = (foreground, background, mask, normal(2, *f_size, 3, seed=2))
    pairs = zip(
        *(gradients(form, *arguments, fuse=fuse) for form in (batched, streaming))
    )
    for whole, blocks in pairs:
        scale = np.abs(whole).max()
        assert scale > 1e-3
        np.testing.assert_allclose(blocks, whole, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("algorithm", [batched, streaming])
@pytest.mark.parametrize("masked", [0, 1])
@pytest.mark.parametrize("level", [0.0, 1e-6, 1.0])
def test_flat_background_has_finite_gradients(algorithm, masked, level):
    """All zeros: the patches' norms are 0, and so is all that is pasted."""
    foreground, background = normal(1, 6, 8, 2, seed=0), np.full((1, 6, 8, 2), level)
    mask = np.full((1, 6, 8, 1), masked, np.float32)
    for gradient in gradients(
        algorithm, foreground, background.astype(np.float32), mask, 1.0
    ):
        assert np.isfinite(gradient).all()


def test_training_and_inference_have_the_same_gradients():
    """Through the layer's own choice of a form, inside a graph."""
    layer = ContextualAttention(scratch_bytes=1)
    x = tf.constant(normal(1, 18, 20, 3, seed=0))  # 90 queries: two blocks

    @tf.function
    def gradient(x, training):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, x, training=training)[0] ** 2)
        return tape.gradient(loss, x)

    training, inference = gradient(x, True), gradient(x, False)
    scale = np.abs(training).max()
    np.testing.assert_allclose(inference, training, rtol=0, atol=1e-5 * scale)

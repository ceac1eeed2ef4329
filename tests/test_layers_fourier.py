"""Fourier units: hand-checked spectra, golden arrays in both modes, odd widths."""

import golden_papers as golden
import numpy as np
import pytest
import tensorflow as tf

from inpaint.layers import FourierUnit, SpectralTransform
from inpaint.layers.spectrum import (
    from_spectrum,
    from_spectrum_by_matrices,
    spectrum,
    spectrum_by_matrices,
)
from inpaint.models import lama_reference as reference

SIZES = ["even", "odd"]


def test_the_spectrum_is_orthonormal_and_interleaved():
    x = np.array([[1, 2], [3, 5]], np.float32)[None, ..., None]
    expected = [[[5.5, 0], [-1.5, 0]], [[-2.5, 0], [0.5, 0]]]
    np.testing.assert_allclose(spectrum(x)[0], expected, atol=1e-6)
    s = np.sqrt(0.5)
    x = np.array([[1, 2, 0, 1], [0, 3, 1, 2]], np.float32)[None, ..., None]
    expected = [[[5 * s, 0], [0, -s], [-3 * s, 0]], [[-s, 0], [s, 0], [s, 0]]]
    np.testing.assert_allclose(spectrum(x)[0], expected, atol=1e-6)


def test_the_whole_unit_by_hand():
    x = np.array([[1, 2, 0, 1], [0, 3, 1, 2]], np.float32)[None, ..., None]
    unit = FourierUnit(1)
    unit.build(x.shape)
    # out × in, by rows: (1, ½) for the real part, (−1, 2) for the imaginary one.
    unit.convolution.kernel.assign(np.array([[1, -1], [0.5, 2]])[None, None])
    unit.norm.epsilon = 1e-12
    expected = [[2, 1, 1, 1], [0.5, 1.5, 1.5, 1.5]]
    np.testing.assert_allclose(unit(x)[0, ..., 0], expected, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (6, 8), (4, 3)])
def test_the_inverse_undoes_the_spectrum(size):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype(np.float32)
    np.testing.assert_allclose(from_spectrum(spectrum(x), *size), x, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (6, 8), (4, 3), (7, 2)])
def test_matrices_do_the_same(size):
    """The inverse too, of a spectrum that no real features have."""
    rng = np.random.default_rng(2)
    x = tf.constant(rng.normal(size=(2, *size, 3)), tf.float32)
    np.testing.assert_allclose(spectrum_by_matrices(x), spectrum(x), atol=1e-5)
    parts = rng.normal(size=(2, size[0], size[1] // 2 + 1, 6)).astype(np.float32)
    expected = from_spectrum(tf.constant(parts), *size)
    found = from_spectrum_by_matrices(tf.constant(parts), *size)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_every_output_sees_every_input():
    rng = np.random.default_rng(1)
    x = tf.constant(rng.normal(size=(1, 9, 7, 2)), tf.float32)
    unit = FourierUnit(2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = unit(x)[0, 0, 0, 0]
    assert np.all(np.abs(tape.gradient(y, x)[0, ..., 0]) > 0)


@pytest.mark.parametrize("size", SIZES)
def test_golden_fourier_unit(size):
    found = golden.below(golden.read("lama"), "unit/")
    x = golden.nhwc(found[f"{size}/fu_x"])
    unit = FourierUnit(x.shape[-1])
    unit.build(x.shape)
    golden.assign(golden.below(found, "fu/"), reference.fourier_variables(unit))
    expected = golden.nhwc(found[f"{size}/fu_y"])
    golden.assert_close(unit(x), expected, golden.OUTPUTS)


@pytest.mark.parametrize("size", SIZES)
def test_golden_spectral_transform(size):
    found = golden.below(golden.read("lama"), "unit/")
    x, expected = (golden.nhwc(found[f"{size}/st_{k}"]) for k in "xy")
    transform = SpectralTransform(expected.shape[-1])
    transform.build(x.shape)
    variables = reference.spectral_variables(transform)
    golden.assign(golden.below(found, "st/"), variables)
    golden.assert_close(transform(x), expected, golden.OUTPUTS)

"""Filling in float32 and bfloat16, under any global policy of Keras."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from eager import eagerly, unoptimised
from served_model import ServedModel
from small_inpainter import box, picture, small_generator

from inpaint import Inpainter
from inpaint.errors import InputError
from inpaint.export import portable, saved_model
from inpaint.models.precision import in_float32

HEIGHT, WIDTH = 40, 56
IMAGE, HOLE = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
HOLE[2, 50] = True  # far from the box: tiles without a hole between them


@contextlib.contextmanager
def global_policy(name):
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(name)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "small.weights.h5"
    small_generator().save_weights(path)
    return path


@pytest.fixture(scope="module")
def trained_in_half():
    with global_policy("mixed_bfloat16"):
        return small_generator()


def precision_of(inpainter):
    layers = inpainter.generator.convolutions().values()
    return {tf.as_dtype(layer.compute_dtype).name for layer in layers}


def deviation(completed, expected):
    """Levels in the hole, mean; unlike pictures are 60 or more apart."""
    return np.abs(completed.astype(int) - expected)[HOLE].mean()


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_float32_whatever_the_global_policy(weights, policy):
    expected = Inpainter(small_generator())(IMAGE, HOLE)
    with global_policy(policy):
        loaded = Inpainter.load(weights)
        assert keras.mixed_precision.global_policy().name == policy
        assert precision_of(loaded) == {"float32"}
        np.testing.assert_array_equal(loaded(IMAGE, HOLE), expected)


def test_bfloat16_is_asked_for(weights):
    full, half = Inpainter.load(weights), Inpainter.load(weights, precision="bfloat16")
    assert precision_of(half) == {"bfloat16"}
    assert all(tf.as_dtype(w.dtype) == tf.float32 for w in half.generator.weights)
    expected = full(IMAGE, HOLE)
    first, second = half(IMAGE, HOLE), half(IMAGE, HOLE)  # eagerly, as a graph
    details = half(IMAGE, HOLE, return_details=True)
    for completed in (first, second, details.completed):
        np.testing.assert_array_equal(completed[~HOLE], IMAGE[~HOLE])
        assert 0 < deviation(completed, expected) < 4


def test_bfloat16_of_inpainter_load(weights):
    assert precision_of(Inpainter.load(weights, precision="bfloat16")) == {"bfloat16"}
    assert precision_of(Inpainter.load(weights)) == {"float32"}


def test_no_other_precision(weights):
    with pytest.raises(InputError, match="expected float32 or bfloat16, got 'int8'"):
        Inpainter.load(weights, precision="int8")
    assert keras.mixed_precision.global_policy().name == "float32"


def test_a_generator_trained_in_half_precision_fills(trained_in_half):
    completed = Inpainter(trained_in_half)(IMAGE, HOLE)
    expected = Inpainter(in_float32(trained_in_half))(IMAGE, HOLE)
    np.testing.assert_array_equal(completed[~HOLE], IMAGE[~HOLE])
    assert 0 < deviation(completed, expected) < 4


def test_a_generator_trained_in_half_precision_is_exported(trained_in_half, tmp_path):
    with unoptimised():
        folder = saved_model.export(trained_in_half, tmp_path / "inpaint")
    mask = HOLE[None, ..., None].astype(np.uint8) * 255
    with ServedModel(folder, optimised=False) as served:
        completed = served.predict(image=IMAGE[None], mask=mask)["completed"][0]
    expected = Inpainter(in_float32(trained_in_half))(IMAGE, HOLE)
    np.testing.assert_array_equal(completed[~HOLE], IMAGE[~HOLE])
    assert 0 < deviation(completed, expected) < 4

    convert = portable.filling(trained_in_half, (HEIGHT, WIDTH))
    with eagerly():
        completed = convert(IMAGE[None], mask)["completed"].numpy()[0]
    assert np.abs(completed.astype(int) - expected).max() <= 1

"""The yardstick of the benchmarks against the definition in loops, and ours."""

import sys

import naive_attention
import numpy as np
import pytest
import stand_in
import tensorflow as tf
from commands import ROOT

from inpaint.layers import ContextualAttention
from inpaint.models.deepfill_v2 import DeepFillV2Generator

sys.path.insert(0, str(ROOT / "benchmarks"))
from definition import PublishedAttention, published


@pytest.mark.parametrize("size", [(8, 12), (12, 8)])
@pytest.mark.parametrize("hole", [False, True])
def test_the_published_attention(size, hole):
    rng = np.random.default_rng(0)
    features = 0.1 * rng.normal(size=(1, *size, 3)).astype(np.float32)
    mask = np.zeros((1, *size, 1), np.float32)
    if hole:
        mask[:, 2:5, 3:6] = 1
    output, _ = PublishedAttention()(*map(tf.constant, (features, features, mask)))
    expected = naive_attention.attend(features[0], features[0], mask[0]).output
    np.testing.assert_allclose(output[0], expected, atol=1e-5)
    ours, _ = ContextualAttention()(features, features, mask)
    np.testing.assert_allclose(output, ours, atol=1e-5)


@pytest.mark.parametrize("hole", [(8, 16), (1, 3)])
def test_the_published_layers(hole):
    ours, plain = DeepFillV2Generator(base_filters=8), DeepFillV2Generator(8)
    for name, variable in ours.variables_by_name().items():
        values = stand_in.value(name, tuple(variable.shape))
        variable.assign(values)
        plain.variables_by_name()[name].assign(values)
    mask = np.zeros((1, 32, 48, 1), np.float32)
    mask[:, 8 : 8 + hole[0], 16 : 16 + hole[1]] = 1
    image = np.random.default_rng(0).uniform(-1, 1, (1, 32, 48, 3))
    inputs = {"image": np.float32(image) * (1 - mask), "hole": mask}
    found, expected = published(plain)(inputs), ours(inputs)
    for stage in ("coarse", "refined"):
        np.testing.assert_allclose(found[stage], expected[stage], atol=1e-5)

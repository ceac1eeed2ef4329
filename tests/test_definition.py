"""The yardstick of the benchmarks against the definition in loops, and ours."""

import sys

import naive_attention
import numpy as np
import pytest
import tensorflow as tf
from commands import ROOT

from inpaint.layers import ContextualAttention

sys.path.insert(0, str(ROOT / "benchmarks"))
from definition import PublishedAttention


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

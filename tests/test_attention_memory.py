"""How many P×Q matrices the attention really holds, measured in a process of its own.

There the C library hands every large block back to the system when it is freed
(MALLOC_MMAP_THRESHOLD_), and oneDNN keeps none for later; so the growth of the peak
is the memory that was alive at a time.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SIDE = 72  # places; features are twice as wide
MATRIX = 4 * SIDE**4  # bytes: 103 MiB

PROGRAM = f"""
import json
import numpy as np
import tensorflow as tf
from inpaint.layers import ContextualAttention


def resident(key):
    with open("/proc/self/status") as file:
        return next(int(x.split()[1]) * 1024 for x in file if x.startswith(key))


def growth(training, scratch_bytes):
    layer = ContextualAttention(scratch_bytes=scratch_bytes)

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, c]) for c in (4, 1)])
    def attend(x, mask):
        return layer(x, x, mask=mask, training=training)

    x = np.random.default_rng(0).random((1, 2 * {SIDE}, 2 * {SIDE}, 4), np.float32)
    mask = np.zeros((1, 2 * {SIDE}, 2 * {SIDE}, 1), np.float32)
    mask[:, 20:40, 20:40] = 1
    attend(x[:, :40, :40], mask[:, :40, :40])
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts anew
    before = resident("VmRSS")
    attend(x, mask)
    return resident("VmHWM") - before


print(json.dumps({{
    "training": growth(True, 1),
    "blocks": growth(False, {MATRIX} // 2),
    "least": growth(False, 1),
}}))
"""


@pytest.fixture(scope="module")
def growth():
    if not os.path.exists("/proc/self/clear_refs"):
        pytest.skip("the peak of a process can be reset on Linux only")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[1],
        env={
            **os.environ,
            "MALLOC_MMAP_THRESHOLD_": "1000000",
            "TF_ENABLE_ONEDNN_OPTS": "0",
            "CUDA_VISIBLE_DEVICES": "-1",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_batched_holds_three_matrices(growth):
    """Of (SIDE + 1)⁴ elements, guards included: 3.17 without; a quarter to spare."""
    assert 2 * MATRIX < growth["training"] < 3.42 * MATRIX


@pytest.mark.slow
def test_streaming_keeps_to_its_scratch_bytes(growth):
    """All else that it holds included: the features, patches and output."""
    assert growth["blocks"] <= MATRIX / 2


@pytest.mark.slow
def test_least_block(growth):
    """64 queries and their neighbours, however small the bound."""
    assert growth["least"] < MATRIX / 3

"""Attention, resizing and colours against what the original's operations computed."""

import re

import golden_files
import numpy as np
import pytest
import tensorflow as tf
from golden_files import TOLERANCE

from inpaint import tensors, visualize
from inpaint.attention import batched, streaming
from inpaint.layers import ContextualAttention

OPS = golden_files.arrays(golden_files.OPS)
ATTENTION = sorted({name.split(".")[0] for name in OPS if name.startswith("attention")})
RESIZES = sorted(name for name in OPS if name.startswith("resize_"))


@pytest.mark.parametrize(
    ("kind", "cases"),
    [("attention", ATTENTION), ("resize", RESIZES), ("flow", "flow.in" in OPS)],
    ids=["attention", "resize", "flow"],
)
def test_there_are_cases(kind, cases):
    assert cases, f"{golden_files.OPS} holds no {kind} case, or is not there"


def by_layer(training):
    def attend(foreground, background, mask, layer):
        return layer(foreground, background, mask=mask, training=training)

    return attend


@pytest.mark.parametrize(
    ("attend", "scratch_bytes"),
    [
        pytest.param(batched.attend, 2**29, id="batched"),
        pytest.param(streaming.attend, 2**29, id="one-block"),
        pytest.param(streaming.attend, 1, id="a-column-a-block"),
        pytest.param(by_layer(training=True), 1, id="layer-training"),
        pytest.param(by_layer(training=False), 2**29, id="layer"),
        pytest.param(by_layer(training=False), 1, id="layer-in-blocks"),
    ],
)
@pytest.mark.parametrize("case", ATTENTION)
def test_attention(case, attend, scratch_bytes):
    kernel_size, stride, rate, fuse_kernel_size, fuse = OPS[f"{case}.args"].tolist()
    assert stride == 1, "the layer compares patches at every place"
    layer = ContextualAttention(
        kernel_size=kernel_size,
        rate=rate,
        fuse=bool(fuse),
        fuse_kernel_size=fuse_kernel_size,
        scratch_bytes=scratch_bytes,
    )
    mask = OPS.get(f"{case}.mask")
    output, offsets = attend(
        tf.constant(OPS[f"{case}.f"]),
        tf.constant(OPS[f"{case}.b"]),
        None if mask is None else tf.constant(mask),
        layer,
    )
    expected = OPS[f"{case}.out.0"]
    np.testing.assert_allclose(output, expected, rtol=0, atol=TOLERANCE)
    largest = visualize.running_radius(offsets)
    picture = visualize.offset_picture(offsets, largest, scale=rate).numpy()
    golden_files.assert_offset_pictures_equal(picture, OPS[f"{case}.out.1"], rate)


@pytest.mark.parametrize("name", RESIZES)
def test_resize(name):
    kind, height, width = re.fullmatch(
        r"resize_(nn|bl)_\w+_(\d+)x(\d+)\.0", name
    ).groups()
    height, width = int(height), int(width)
    x = np.arange(height * width, dtype=np.float32).reshape(1, height, width, 1)
    resize = {"nn": tensors.resize_nearest, "bl": tensors.resize_bilinear}[kind]
    resized = resize(tf.constant(x), *OPS[name].shape[1:3])
    np.testing.assert_array_equal(resized, OPS[name])


def test_colours_of_offsets():
    offsets = tf.constant(OPS["flow.in"])
    colours = visualize.offsets_to_color(offsets, visualize.running_radius(offsets))
    np.testing.assert_array_equal(colours, OPS["flow.out"])

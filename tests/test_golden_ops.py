"""Attention, resizing and colours against what the original's operations computed."""

import re

import golden_files
import numpy as np
import pytest
import tensorflow as tf
from golden_files import TOLERANCE

from inpaint import tensors, visualize
from inpaint.layers import ContextualAttention
from inpaint.layers.attention import batched, portable, streaming

OPS = {
    version: golden_files.arrays(golden_files.FOLDER / version / "ops.npz")
    for version in golden_files.VERSIONS
}
# How the version enlarges the picture of the offsets.
OFFSET_RESIZE = {"v1": "nearest", "v2": "bilinear"}


def cases(kind):
    """(version, case) of all cases of a kind."""
    names = [(v, k.split(".")[0]) for v, ops in OPS.items() for k in ops]
    return sorted({name for name in names if name[1].startswith(kind)})


@pytest.mark.parametrize("version", OPS)
@pytest.mark.parametrize("kind", ["attention", "resize", "flow"])
def test_there_are_cases(kind, version):
    assert version in {case[0] for case in cases(kind)}, f"{version} has no {kind} case"


def by_layer(training):
    def attend(foreground, background, mask, layer):
        return layer(foreground, background, mask=mask, training=training)

    return attend


@pytest.mark.parametrize(
    ("attend", "scratch_bytes"),
    [
        pytest.param(batched.attend, 2**29, id="batched"),
        pytest.param(portable.attend, 2**29, id="portable"),
        pytest.param(streaming.attend, 2**29, id="one-tile"),
        pytest.param(streaming.attend, 1, id="small-tiles"),
        pytest.param(by_layer(training=True), 1, id="layer-training"),
        pytest.param(by_layer(training=False), 2**29, id="layer"),
        pytest.param(by_layer(training=False), 1, id="layer-in-tiles"),
    ],
)
@pytest.mark.parametrize(("version", "case"), cases("attention"))
def test_attention(version, case, attend, scratch_bytes):
    ops = OPS[version]
    kernel_size, stride, rate, fuse_kernel_size, fuse = ops[f"{case}.args"].tolist()
    assert stride == 1, "the layer compares patches at every place"
    layer = ContextualAttention(
        kernel_size=kernel_size,
        rate=rate,
        fuse=bool(fuse),
        fuse_kernel_size=fuse_kernel_size,
        scratch_bytes=scratch_bytes,
    )
    mask = ops.get(f"{case}.mask")
    output, offsets = attend(
        tf.constant(ops[f"{case}.f"]),
        tf.constant(ops[f"{case}.b"]),
        None if mask is None else tf.constant(mask),
        layer,
    )
    expected = ops[f"{case}.out.0"]
    np.testing.assert_allclose(output, expected, rtol=0, atol=TOLERANCE)
    largest = visualize.running_radius(offsets)
    picture = visualize.offset_picture(offsets, largest, rate, OFFSET_RESIZE[version])
    golden_files.assert_offset_pictures_equal(
        picture.numpy(), ops[f"{case}.out.1"], rate
    )


@pytest.mark.parametrize(("version", "case"), cases("resize"))
def test_resize(version, case):
    kind, height, width = re.fullmatch(r"resize_(nn|bl)_\w+_(\d+)x(\d+)", case).groups()
    height, width = int(height), int(width)
    x = np.arange(height * width, dtype=np.float32).reshape(1, height, width, 1)
    resize = {"nn": tensors.resize_nearest, "bl": tensors.resize_bilinear}[kind]
    expected = OPS[version][f"{case}.0"]
    resized = resize(tf.constant(x), *expected.shape[1:3])
    np.testing.assert_array_equal(resized, expected)


@pytest.mark.parametrize(("version", "case"), cases("flow"))
def test_colours_of_offsets(version, case):
    offsets = tf.constant(OPS[version][f"{case}.in"])
    colours = visualize.offsets_to_color(offsets, visualize.running_radius(offsets))
    np.testing.assert_array_equal(colours, OPS[version][f"{case}.out"])

"""A small network with stand-in weights, and what its fillings should be."""

import numpy as np
import release
import tensorflow as tf

from inpaint.models.deepfill_v2 import DeepFillV2Generator


def small_generator(**arguments):
    """DeepFill v2 of 4 base filters."""
    generator = DeepFillV2Generator(4, **arguments)
    shapes = release.generator_shapes(4, generator.guided)
    for name, value in release.values(shapes).items():
        generator.variables_by_name()[name].assign(value)
    return generator


def picture(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def box(height, width, top=0.3, left=0.2, share=0.5):
    """A mask, bool `[height, width]`: a box of a share of each side."""
    hole = np.zeros((height, width), bool)
    rows, columns = (max(int(share * size), 1) for size in (height, width))
    top, left = int(top * height), int(left * width)
    hole[top : top + rows, left : left + columns] = True
    return hole


def mirrored(x):
    """`[H, W, C]` with rows and columns mirrored at the end, to multiples of 8."""
    for axis in (0, 1):
        size = x.shape[axis]
        cycle = [*range(size), *reversed(range(size))]
        x = x.take([cycle[i % len(cycle)] for i in range(-(-size // 8) * 8)], axis)
    return x


def expected_details(generator, image, hole, edge=None):
    """One picture the long way: NumPy around a plain call of the generator.

    Returns:
      (completed, coarse, refined) as uint8 RGB.
    """
    height, width = hole.shape
    mask = mirrored(hole[..., np.newaxis].astype(np.float32))
    x = mirrored(image)[..., ::-1].astype(np.float32) / 127.5 - 1
    inputs = {"image": (x * (1 - mask))[np.newaxis], "hole": mask[np.newaxis]}
    if edge is not None:
        inputs["edge"] = (mirrored(edge[..., np.newaxis]) * mask)[np.newaxis]
    result = generator({k: tf.constant(x, tf.float32) for k, x in inputs.items()})
    coarse, refined = (
        np.floor((result[name][0].numpy() + 1) * 127.5)
        .clip(0, 255)
        .astype(np.uint8)[:height, :width, ::-1]
        for name in ("coarse", "refined")
    )
    return np.where(hole[..., np.newaxis], refined, image), coarse, refined


def assert_same_levels(actual, expected):
    """But for a level where a float lies at the edge between two."""
    assert actual.dtype == np.uint8
    assert actual.shape == expected.shape
    difference = np.abs(actual.astype(int) - expected)
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.01

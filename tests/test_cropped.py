"""The cropped path against the whole generator, its plain definition.

In the hole the refined picture must agree within 1e-4, and the filled picture within
one level, whatever the picture's size, the holes and the batch.
"""

import functools

import numpy as np
import pytest
import stand_in
import tensorflow as tf

from inpaint import tensors
from inpaint.fastpath import active_tiles, cropped, regions
from inpaint.filling import fill
from inpaint.graphs import FirstEagerly
from inpaint.models import registry

CASES = 20  # of each kind of network
TOLERANCE = 1e-4


@functools.cache
def paths(padding, guided, model):
    """(generator, the whole graph, the cropped graph), for any size."""
    generator = registry.paper(model).generator(4, guided, padding)
    for name, variable in generator.variables_by_name().items():
        variable.assign(stand_in.value(name, tuple(variable.shape), model))
    if generator.attention is not None:
        generator.attention.scratch_bytes = 1  # the least tiles of queries, 8×8

    def inputs(image, mask, edge):
        found = {"image": image, "hole": mask}
        return {**found, "edge": edge} if guided else found

    def whole(image, mask, edge):
        return generator(inputs(image, mask, edge))["refined"]

    def crop(image, mask, edge):
        refined, region = generator.complete(inputs(image, mask, edge))
        return region.put(refined, tf.shape(image)[1:3])

    signature = [tf.TensorSpec([None, None, None, c]) for c in (3, 1, 1)]
    graphs = [FirstEagerly(path, signature) for path in (whole, crop)]
    for graph in graphs:  # run as Inpainter's is
        graph.trace()
    return generator, *graphs


def random_mask(rng, batch, height, width):
    """Holes of every kind, `[batch, height, width, 1]` float32."""
    mask = np.zeros((batch, height, width, 1), np.float32)
    kind = rng.integers(6)
    if kind == 0:
        mask[:] = 1
    elif kind == 1:  # a pixel, often at the border
        y, x = (rng.choice([0, size // 2, size - 1]) for size in (height, width))
        mask[:, y, x] = 1
    elif kind == 2:  # scattered pixels
        mask[rng.random(mask.shape) > 0.98] = 1
    else:
        for _ in range(rng.integers(1, 4)):
            which = rng.integers(batch)
            y, x = rng.integers(height), rng.integers(width)
            rows, columns = rng.integers(1, 24, 2)
            mask[which, y : y + rows, x : x + columns] = 1
    return mask


def random_size(rng, case):
    """(height, width), some of them longer than the coarse network sees."""
    if case % 2:
        return tuple(int(8 * n) for n in rng.integers(1, 15, 2))
    sides = int(8 * rng.integers(40, 70)), int(8 * rng.integers(1, 4))
    return sides if case % 4 else sides[::-1]


@pytest.fixture
def small_bands(monkeypatch):
    monkeypatch.setattr(cropped, "BAND_PIXELS", 8 * 40)
    monkeypatch.setattr(active_tiles, "SIDE", 8)


@pytest.mark.parametrize(
    ("padding", "guided", "model"),
    [
        ("same", False, "deepfill_v2"),
        ("symmetric", False, "deepfill_v2"),
        ("reflect", True, "deepfill_v2"),
        ("symmetric", False, "deepfill_v1"),
        ("same", False, "deepfill_v1_baseline"),
    ],
)
def test_the_hole_comes_out_as_from_the_whole_picture(
    small_bands, padding, guided, model
):
    generator, whole, crop = paths(padding, guided, model)
    rng = np.random.default_rng(len(padding))
    coarse_margin, cut = regions.receptive_margin(generator.coarse), 0
    for case in range(CASES):
        batch = int(rng.integers(1, 4))
        height, width = random_size(rng, case)
        mask = random_mask(rng, 1 if case % 5 == 0 else batch, height, width)
        image = rng.uniform(-1, 1, (batch, height, width, 3)).astype(np.float32)
        image *= 1 - mask
        edge = (rng.random((batch, height, width, 1)) > 0.8).astype(np.float32) * mask
        hole = np.broadcast_to(mask > 0, image.shape)
        right, ours = whole(image, mask, edge), crop(image, mask, edge)
        difference = np.abs(right - ours)
        assert difference[hole].max(initial=0) < TOLERANCE, (case, height, width)
        right, ours = (tensors.to_levels(x).numpy().astype(int) for x in (right, ours))
        assert np.abs(right - ours)[hole].max(initial=0) <= 1
        seen = regions.around(mask).grown(coarse_margin, (height, width))
        cut += int(seen.bottom - seen.top) < height or int(seen.right) < width
    assert cut >= 3


@pytest.mark.parametrize("size", [(40, 72), (17, 23), (1, 1), (9, 130)])
def test_a_filled_picture_is_within_one_level_of_the_plain_one(size):
    generator, whole, _ = paths("same", False, "deepfill_v2")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, *size, 3), np.uint8)
    mask = random_mask(rng, 2, *size) > 0
    filled = fill(generator, images, mask).numpy()

    hole = tensors.pad_to_multiple(mask.astype(np.float32))
    image = tensors.to_network(tensors.pad_to_multiple(images)) * (1 - hole)
    plain = tensors.to_uint8(whole(image, hole, hole)).numpy()
    plain = np.where(mask, plain[:, : size[0], : size[1]], images)
    assert np.abs(plain.astype(int) - filled).max() <= 1
    known = ~np.broadcast_to(mask, images.shape)
    np.testing.assert_array_equal(filled[known], images[known])


def test_without_a_hole_the_picture_stays():
    generator, _, _ = paths("same", False, "deepfill_v2")
    images = np.random.default_rng(0).integers(0, 256, (1, 16, 24, 3), np.uint8)
    mask = np.zeros((1, 16, 24, 1), bool)
    np.testing.assert_array_equal(fill(generator, images, mask), images)


def test_required_positions_reach_as_far_as_the_decoders_see():
    # The 4 rows of one feature, 0 … 3, read, going back: allconv17 and 16 −2 … 5; 15 on
    # doubled rows −3 … 6, single −2 … 3; 14 −3 … 4; 13 −4 … 5, single −2 … 2; 12 and 11
    # −4 … 4; pmconv10 and 9 −6 … 6. Place p pastes features 2p − 1 … 2p + 2.
    generator, _, _ = paths("same", False, "deepfill_v2")
    mask = np.zeros((1, 128, 128, 1), np.float32)
    mask[:, 64, 64] = 1  # feature 16, position 8
    required = cropped.required_positions(generator, mask).numpy()
    rows = np.flatnonzero(required.any(axis=1))
    # features 10 … 22 are required: 2·4 + 2 = 10, 2·11 − 1 = 21
    assert (rows[0], rows[-1]) == (4, 11)

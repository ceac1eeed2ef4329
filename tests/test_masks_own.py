"""Masks of files: what is read, how they are moved, mixed and paired; refusals."""

import dataclasses

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf
from eager import eagerly
from test_contract import NAMES, config_of
from training_runs import QUICK, assert_same, make_pictures, make_trainer, snapshot

from inpaint import masks
from inpaint.config import Config
from inpaint.errors import InputError
from inpaint.models import building
from inpaint.models.base import Batch
from inpaint.training import feed

PUBLISHED = masks.moves_of(Config(model="partial_conv"))  # of §4.1


def write(path, *planes, **options):
    path.mkdir(exist_ok=True)
    for number, plane in enumerate(planes):
        cv2.imwrite(str(path / f"{number}.png"), plane)
    options = {"moves": PUBLISHED, "threshold": 0.6, "fit": "centre", **options}
    return masks.MaskFiles(str(path), **options)


def dot(size=101, level=255):
    plane = np.zeros((size, size), np.uint8)
    plane[size // 2, size // 2] = level
    return plane


def box(top, left, rows, columns, shape=(32, 32)):
    plane = np.zeros(shape, np.uint8)
    plane[top : top + rows, left : left + columns] = 255
    return plane


# Of the published masks


def test_a_dot_becomes_a_square_of_9_to_49_pixels(tmp_path):
    found = write(tmp_path, dot())
    sides = set()
    for step in range(60):
        mask = found.mask(masks.rng(0, step), 200, 300)
        assert mask.shape == (200, 300)
        side = np.sqrt(mask.sum())
        assert 8 < side < 50.5  # turned by nearest neighbour: about a square
        sides.add(round(side))
    assert max(sides) - min(sides) > 25


def test_a_shift_is_a_quarter_of_a_side_at_most(tmp_path):
    found = write(tmp_path, dot())
    centres = np.array(
        [
            np.argwhere(found.mask(masks.rng(1, step), 200, 300)).mean(axis=0)
            for step in range(60)
        ]
    )
    assert np.all(np.abs(centres - [99.5, 149.5]) <= [51, 76])
    assert np.all(np.ptp(centres, axis=0) > [60, 90])


def test_levels_are_cut_at_0_6(tmp_path):
    plane = dot(level=154)  # 0.6 of 255 is 153
    plane[0, 0] = 153
    found = write(tmp_path, plane)
    assert found.mask(masks.rng(0, 0), 101, 101).sum() < 52**2


def test_the_key_tells_the_mask(tmp_path):
    found = write(tmp_path, dot(), np.full((40, 80), 255, np.uint8))
    assert len(found) == 2
    first, again, other = (found.mask(masks.rng(3, step), 64, 48) for step in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


# Of any model


def make(folder, **settings):
    settings = {"img_shapes": (32, 32, 3), "masks": str(folder), **settings}
    return masks.make(settings["masks"], Config(**settings))


def test_masks_are_taken_as_they_are(tmp_path):
    planes = [box(2, 3, 4, 5), box(20, 8, 1, 9)]
    write(tmp_path / "masks", *planes)
    sampler = make(tmp_path / "masks")
    found = [sampler.mask(masks.rng(0, step), 32, 32) for step in range(20)]
    assert {x.tobytes() for x in found} == {(p > 0).tobytes() for p in planes}


def test_a_list_of_masks(tmp_path):
    write(tmp_path / "masks", box(2, 3, 4, 5), box(20, 8, 1, 9))
    listed = tmp_path / "masks.flist"
    listed.write_text(f"{tmp_path}/masks/1.png\n")
    mask = make(listed).mask(masks.rng(0, 0), 32, 32)
    np.testing.assert_array_equal(mask, box(20, 8, 1, 9) > 0)


def test_a_flip_a_dilation_and_a_shift_by_hand(tmp_path):
    write(tmp_path / "masks", box(10, 4, 1, 1))
    draws = {
        "mask_flip": ({"mask_flip": True}, {(10, 4), (10, 27)}),
        "mask_shift": ({"mask_shift": 1 / 32}, {(10, 4), (9, 4), (11, 4), (10, 5)}),
    }
    for settings, expected in draws.values():
        sampler = make(tmp_path / "masks", **settings)
        found = set()
        for step in range(40):
            (place,) = np.argwhere(sampler.mask(masks.rng(0, step), 32, 32)).tolist()
            found.add(tuple(place))
        assert expected <= found
        assert all(abs(y - 10) <= 1 for y, _ in found)
    grown = make(tmp_path / "masks", mask_dilation=(3, 3))
    np.testing.assert_array_equal(
        grown.mask(masks.rng(0, 0), 32, 32), box(9, 3, 3, 3) > 0
    )


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        # of a mask of 64×64 whose hole is rows 24 … 31, columns 8 … 31
        ("centre", box(8, 0, 8, 16)),
        ("resize", box(12, 4, 4, 12)),
    ],
)
def test_another_size(tmp_path, fit, expected):
    write(tmp_path / "masks", box(24, 8, 8, 24, (64, 64)))
    mask = make(tmp_path / "masks", mask_fit=fit).mask(masks.rng(0, 0), 32, 32)
    np.testing.assert_array_equal(mask, expected > 0)


def test_another_size_is_refused_before_anything_is_drawn(tmp_path):
    write(tmp_path / "masks", box(2, 3, 4, 5), box(2, 3, 4, 5, (40, 32)))
    with pytest.raises(InputError) as refused:
        make(tmp_path / "masks")
    assert str(refused.value) == (
        f"{tmp_path}/masks/1.png: expected a mask of 32 × 32 pixels, got 32 × 40; "
        "mask_fit: centre or resize takes it"
    )


def test_a_share_is_drawn(tmp_path):
    write(tmp_path / "masks", box(2, 3, 1, 1))
    sampler = make(tmp_path / "masks", mask_share=0.75, height=8, width=8)
    found = [sampler.mask(masks.rng(0, i), 32, 32) for i in range(400)]
    own = np.mean([mask.sum() == 1 for mask in found])
    assert 0.68 < own < 0.82  # 0.75, ± 3 standard deviations


def test_a_mask_without_a_hole_is_told(tmp_path):
    with pytest.raises(InputError, match=r"0\.png: expected a mask with a hole"):
        write(tmp_path, np.zeros((8, 8), np.uint8))


@pytest.mark.parametrize(
    ("name", "what"),
    [("", "no pictures found"), ("none", "neither a folder or list of masks nor one")],
)
def test_a_folder_is_expected(tmp_path, name, what):
    with pytest.raises(InputError, match=what):
        make(tmp_path / name)


@pytest.mark.parametrize("by_name", [False, True])
def test_the_centre_alone_takes_no_others(tmp_path, by_name):
    write(tmp_path / "masks", box(2, 3, 4, 5, (128, 128)))
    config = dataclasses.replace(
        config_of("context_encoder"),
        masks=str(tmp_path / "masks"),
        masks_by_name=by_name,
    )
    with pytest.raises(InputError, match="its centre alone: expected center"):
        building.build_model(config)


@pytest.mark.parametrize("name", [x for x in NAMES if x != "context_encoder"])
@pytest.mark.parametrize("by_name", [False, True])
def test_every_model_takes_them(name, by_name, tmp_path):
    """At random or by name, the masks are those of files, and losses are finite."""
    config = config_of(name)
    size = config.img_shapes[:2]
    plane = box(5, 6, 7, 8, size)
    # partial_conv's masks would be moved.
    still = {"mask_flip": False, "mask_dilation": (0, 0)}
    still |= {"mask_turn": False, "mask_shift": 0.0}
    write(tmp_path / "masks", plane)
    config = dataclasses.replace(
        config,
        masks=str(tmp_path / "masks"),
        masks_by_name=by_name,
        batch_size=2,
        **still,
    )
    model = building.build_model(config)
    given = np.stack([plane, plane])[..., np.newaxis] // 255
    own = {"own": given} if by_name else {}
    found = feed.drawn(config, model.sampler, masks.rng(0, 0), **own)
    np.testing.assert_array_equal(
        np.broadcast_to(found["masks"], (2, *size, 1)), given.astype(np.float32)
    )
    images = model.generator.to_network(
        tf.fill([2, *size, 3], tf.constant(90, "uint8"))
    )
    batch = Batch.of(images, **{k: tf.constant(v) for k, v in found.items()})
    for update in model.phases()[-1].updates:
        assert np.isfinite(update.losses(batch).total)


def test_the_local_critic_of_version_1_looks_around_the_hole(tmp_path):
    write(tmp_path / "masks", box(5, 6, 2, 4))
    config = dataclasses.replace(
        config_of("deepfill_v1"), masks=str(tmp_path / "masks")
    )
    found = building.build_model(config).sampler.draw(masks.rng(0, 0), 1, 32, 32)
    # 16×16 around (6, 8), moved down and right by 2 and 0 to lie inside
    assert found["boxes"].tolist() == [[0, 0, 16, 16]]


# With their pictures


@pytest.fixture
def pictures(tmp_path):
    """Six pictures of 40×48, with masks and, of two, maps of what is known."""
    folder = make_pictures(tmp_path / "pictures")
    (tmp_path / "masks").mkdir()
    for i in range(6):
        plane = box(4 * i, 3 * i, 5, 7, (40, 48))
        cv2.imwrite(str(tmp_path / "masks" / f"{i}.png"), plane)
    for i in (1, 4):
        known = 255 - box(20, 30, 20, 18, (40, 48))
        cv2.imwrite(str(folder / f"{i}_valid.png"), known)
    return folder


def changes_of(pictures):
    return {
        **QUICK,
        "img_shapes": [40, 48, 3],
        "masks": str(pictures.parent / "masks"),
        "masks_by_name": True,
        "valid_maps": True,
        "random_seed": 7,
        "val_psteps": 1,
    }


def test_a_batch_has_the_masks_of_its_pictures(pictures, tmp_path):
    still = {"mask_dilation": [0, 0], "mask_turn": False}
    still |= {"mask_flip": False, "mask_shift": 0.0}
    trainer = make_trainer(tmp_path / "log", pictures, **changes_of(pictures), **still)
    seen = set()
    for (batch,), _ in zip(trainer.batches(), range(6)):
        levels = trainer.model.generator.to_uint8(batch.images).numpy()
        valid = batch.extras["valid"].numpy()
        for i in range(6):
            original = cv2.imread(str(pictures / f"{i}.png"))[..., ::-1]
            for row in range(2):
                known = valid[row] > 0
                if not np.array_equal(levels[row] * known, original * known):
                    continue
                seen.add(i)
                unknown = box(20, 30, 20, 18, (40, 48)) > 0 if i in (1, 4) else False
                np.testing.assert_array_equal(known[..., 0], ~np.bool_(unknown))
                hole = (box(4 * i, 3 * i, 5, 7, (40, 48)) > 0) | unknown
                np.testing.assert_array_equal(batch.masks[row, ..., 0] > 0, hole)
                assert np.all(batch.images[row].numpy()[~known[..., 0]] == 0)
    assert seen == {0, 1, 2, 3, 4, 5}


def test_a_training_with_them_goes_on_bit_for_bit(pictures, tmp_path):
    changes = {**changes_of(pictures), "mask_share": 0.5, "random_crop": True}
    changes["img_shapes"] = [32, 32, 3]
    with eagerly():
        keras.utils.set_random_seed(7)
        whole = make_trainer(tmp_path / "whole", pictures, pictures, **changes)
        whole.run()
        keras.utils.set_random_seed(7)
        first = make_trainer(tmp_path / "part", pictures, **changes, max_iters=2)
        first.run()
        again = make_trainer(tmp_path / "part", pictures, **changes)
        again.resume()
        again.run()
    assert_same(snapshot(tmp_path / "whole", 4), snapshot(tmp_path / "part", 4))


def test_static_views_have_their_masks_and_no_error_where_nobody_knows(
    pictures, tmp_path, monkeypatch
):
    trainer = make_trainer(tmp_path / "log", pictures, pictures, **changes_of(pictures))
    views = trainer.review.validation
    views._batch = len(views.images)
    assert views.masks[0].sum() == 5 * 7
    assert views.masks[1].sum() == 5 * 7 + 20 * 18
    # A filling that is right where it is judged has no error.
    wrong = np.where(views.valid, views.images, 255 - views.images)
    monkeypatch.setattr(views, "_fill", lambda *_: (wrong, {}, None))
    figures, _ = views.run(1)
    assert figures["val/hole_l1"] == figures["val/l1"] == 0
    monkeypatch.setattr(views, "_fill", lambda *_: (255 - views.images, {}, None))
    assert views.run(2)[0]["val/hole_l1"] > 0


def test_the_mean_colour_is_of_what_is_known():
    levels = np.array([[[[10], [20], [99]]]], np.uint8)
    valid = np.array([[[[1], [1], [0]]]], np.uint8)
    assert feed._with_mean(levels, valid).ravel().tolist() == [10, 20, 15]


def test_a_sampler_that_draws_all_together_is_told():
    class Together(masks.Sampler):
        def draw(self, rng, count, height, width):
            return {}

    feed.require_own(Together(), own=False)
    feed.require_own(masks.make("release"), own=True)
    with pytest.raises(InputError, match="masks_by_name: Together draws all"):
        feed.require_own(Together(), own=True)

"""Inpainter by strategies: small networks, pictures that are large enough to ask it."""

import warnings

import cv2
import numpy as np
import pytest
import tensorflow as tf
from small_inpainter import assert_same_levels, picture, small_generator

from inpaint import Inpainter, graphs
from inpaint.config import Config
from inpaint.errors import InputError, StrategyWarning
from inpaint.strategies import STRATEGIES, choice

DEEP = 144, 220  # a picture, with a hole 66 pixels deep


def deep_hole(height=DEEP[0], width=DEEP[1]):
    mask = np.zeros([height, width], bool)
    mask[6:138, 34:166] = True
    return mask


@pytest.fixture(scope="module")
def generator():
    return small_generator()


def test_the_setting_has_all_strategies():
    for strategy in STRATEGIES:
        assert Config(strategy=strategy).strategy == strategy
    assert Config().strategy == "auto"
    with pytest.raises(InputError, match="auto, exact, windows, scaled or residual"):
        Config(strategy="best")


@pytest.mark.parametrize("strategy", ["windows", "scaled", "residual"])
@pytest.mark.parametrize("guided", [False, True])
def test_known_pixels_stay_and_the_hole_is_painted(strategy, guided):
    inpainter = Inpainter(small_generator(guided=guided), strategy=strategy)
    image, mask = picture(141, 197, 4), deep_hole(141, 197)
    edge = [np.eye(141, 197, dtype=bool)] * guided
    filled = inpainter(image, mask, *edge)
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    np.testing.assert_array_equal(filled[..., 3], image[..., 3])
    assert (filled[mask][:, :3] != image[mask][:, :3]).any(-1).mean() > 0.9


def test_scaled_is_the_small_picture_filled_and_enlarged(generator):
    image, mask = picture(*DEEP, 3), deep_hole()
    filled = Inpainter(generator, strategy="scaled")(image, mask)
    small = cv2.resize(image, (110, 72), interpolation=cv2.INTER_AREA)
    # To whole blocks of 8: 110 columns become 112, mirrored.
    small = np.concatenate([small, small[:, :-3:-1]], axis=1)
    hole = np.zeros([72, 112], bool)
    hole[3:69, 17:83] = True
    painted = Inpainter(generator, strategy="exact")(small, hole).astype(np.float32)
    large = cv2.resize(painted, (224, 144), interpolation=cv2.INTER_CUBIC)[:, :220]
    expected = np.clip(np.rint(large), 0, 255).astype(np.uint8)
    assert_same_levels(filled[mask], expected[mask])


def test_a_shallow_hole_in_a_small_picture_is_filled_exactly(generator):
    image, mask = picture(80, 120, 3), np.zeros([80, 120], bool)
    mask[20:60, 20:60] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filled = Inpainter(generator)(image, mask)
    exact = Inpainter(generator, strategy="exact")(image, mask)
    np.testing.assert_array_equal(filled, exact)


@pytest.mark.usefixtures("eager")
def test_a_large_picture_is_filled_in_windows(generator, monkeypatch):
    monkeypatch.setattr(choice, "EXACT_PIXELS", 80 * 120)
    image, mask = picture(81, 120, 3), np.zeros([81, 120], bool)
    mask[20:60, 20:60] = True
    inpainter = Inpainter(generator)
    with pytest.warns(StrategyWarning, match="filled by windows: 0.0 megapixels"):
        inpainter(image, mask)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inpainter(image[1:], mask[1:])


def test_windows_with_room_for_the_whole_picture_are_exact(generator):
    """80 columns and rows: 96 pixels around the hole are all of it."""
    image, mask = picture(80, 80, 3), np.zeros([80, 80], bool)
    mask[20:60, 20:60] = True
    windows, exact = (
        Inpainter(generator, strategy=strategy)(image, mask)
        for strategy in ("windows", "exact")
    )
    assert_same_levels(windows, exact)


def test_a_deep_hole_is_told(generator, monkeypatch):
    monkeypatch.setattr(choice, "EXACT_DEPTH", 64)
    image, mask = picture(*DEEP, 3), deep_hole()
    why = "the hole is 66 pixels deep, the network paints 64"
    with pytest.warns(StrategyWarning, match=f"residual at 1/2 of the size: {why}"):
        Inpainter(generator)(image, mask)
    with pytest.warns(StrategyWarning, match=f"{why}: another strategy"):
        Inpainter(generator, strategy="exact")(image, mask)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Inpainter(generator, strategy="scaled")(image, mask)  # asked for: no news


@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore::inpaint.errors.StrategyWarning")
def test_a_batch_is_filled_one_by_one_if_one_is_not_exact(generator, monkeypatch):
    monkeypatch.setattr(choice, "EXACT_DEPTH", 64)
    images = picture(2, *DEEP, 3)
    masks = np.stack([deep_hole(), np.zeros(DEEP, bool)])
    masks[1, 10:20, 10:20] = True
    inpainter = Inpainter(generator)
    told = []
    filled = inpainter(images, masks, progress=lambda *step: told.append(step))
    for i in range(2):
        assert_same_levels(filled[i], inpainter(images[i], masks[i]))
    assert told == [(0, 1), (1, 1)] * 2
    shared = inpainter(images, masks[0])
    assert_same_levels(shared[0], filled[0])
    np.testing.assert_array_equal(shared[:, ~masks[0]], images[:, ~masks[0]])


def test_an_exact_batch_is_one_step(generator):
    images, mask = picture(3, 24, 32, 3), np.zeros([24, 32], bool)
    mask[4:9, 5:12] = True
    told = []
    Inpainter(generator)(images, mask, progress=lambda *step: told.append(step))
    assert told == [(0, 1), (1, 1)]


def test_what_progress_raises_ends_the_fill(generator):
    def stop(done, steps):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Inpainter(generator, strategy="windows")(
            picture(*DEEP, 3), deep_hole(), progress=stop
        )


def test_details_are_of_exact_alone(generator):
    image, mask = picture(*DEEP, 3), deep_hole()
    with pytest.raises(InputError, match="the strategy residual has none"):
        Inpainter(generator, strategy="residual")(image, mask, return_details=True)
    details = Inpainter(generator)(image, mask, return_details=True)
    assert details.refined.shape == (*DEEP, 3)


def test_an_unknown_strategy_is_refused(generator):
    with pytest.raises(ValueError, match="must be one of auto, exact"):
        Inpainter(generator, strategy="best")


def test_offsets_are_the_attentions(generator):
    """Where the network itself, the whole of it, says that it attends to."""
    from inpaint.filling import offsets, prepared

    image, mask = picture(1, 64, 80, 3), np.zeros([1, 64, 80, 1], bool)
    mask[:, 16:48, 24:56] = True
    found = offsets(
        generator, tf.constant(image), tf.constant(mask), tf.constant(image)
    )
    inputs = prepared(generator, tf.constant(image), tf.constant(mask))
    expected = generator(inputs)["offsets"]
    hole = np.s_[:, 2:6, 3:7]
    assert found.shape == expected.shape == (1, 8, 10, 2)
    same = (found[hole].numpy() == expected[hole].numpy()).all(-1)
    assert same.mean() > 0.9  # ties, and scores that differ by rounding


def test_offsets_without_attention_find_the_likest_patch():
    """A picture of two halves alike: the hole's patch is found in the other half."""
    from inpaint.fastpath import pointing

    half = cv2.resize(picture(6, 6, 3), (96, 96), interpolation=cv2.INTER_CUBIC)
    image = np.concatenate([half, half], axis=1)[None]
    mask = np.zeros([1, 96, 192, 1], bool)
    mask[:, 32:64, 32:64] = True
    found = pointing.of_likeness(tf.constant(image), tf.constant(mask)).numpy()
    assert found.shape == (1, 12, 24, 2)
    # The features are halved with aligned corners: a position may be one off.
    assert np.abs(found[0, 4:8, 4:8] - [0, 12]).max() <= 1


def test_a_long_fill_is_estimated_from_small_ones(generator):
    mask = np.zeros([3000, 4000], bool)
    mask[500:2500, 500:3500] = True
    exact = Inpainter(generator, strategy="exact")
    first, second = exact.estimate(mask), exact.estimate(mask)
    assert first == second  # measured once
    assert first.seconds > 1
    assert 1 < first.gigabytes < 10
    assert exact.estimate(mask[:300, :300]) is None


def test_few_windows_run_without_a_graph_and_many_with(generator):
    def of_boxes(count):
        mask = np.zeros([16, 1200 * count], bool)
        mask[8, 200::1200] = True
        return Inpainter(generator, strategy="windows", context=8), mask

    for count, traced in ((3, False), (graphs.WORTH_A_GRAPH, True)):
        inpainter, mask = of_boxes(count)
        assert inpainter.plan(mask).calls == count
        inpainter(picture(*mask.shape, 3), mask)
        assert inpainter._calls.fill.traced is traced

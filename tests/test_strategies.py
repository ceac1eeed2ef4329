"""Strategies for large pictures and deep holes, on networks that a hand can check."""

import subprocess
import sys

import numpy as np
import pytest

from inpaint.strategies import (
    Pace,
    choose,
    depth_of,
    estimate,
    fills,
    measured_pace,
)
from inpaint.strategies.grouping import windows_of
from inpaint.strategies.residual import copied, with_residual
from inpaint.strategies.run import Network, run
from inpaint.strategies.scaling import deep_holes, enlarged, scale_for, shrunk
from inpaint.strategies.windows import fill_windows


def random_mask(seed, height, width, lines=12):
    rng = np.random.default_rng(seed)
    mask = np.zeros([height, width], bool)
    for _ in range(lines):
        y, x = rng.integers(0, height), rng.integers(0, width)
        if rng.random() < 0.5:
            mask[y : y + 3, x : x + int(rng.integers(5, width // 2))] = True
        else:
            mask[y : y + int(rng.integers(5, height // 2)), x : x + 3] = True
    return mask


def mean_of_known(images, masks, edges):
    """A network that paints the mean of what it sees of the picture."""
    filled = images.copy()
    for image, mask in zip(filled, masks):
        image[mask] = np.rint(image[~mask].mean(0)) if not mask.all() else 7
    return filled


def pointing_nowhere(images, masks, edges, filled):
    batch, height, width = masks.shape
    assert height % 8 == width % 8 == 0
    assert filled.shape == images.shape
    return np.zeros([batch, height // 8, width // 8, 2], np.int32)


class TestWindows:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize(("context", "most"), [(8, 64), (24, 128), (96, 512)])
    def test_cores_hold_every_hole_pixel_once(self, seed, context, most):
        mask = random_mask(seed, 203, 317)
        covered = np.zeros(mask.shape, int)
        for window in windows_of(mask, context, most):
            window.of_core(covered)[...] += 1
        assert set(covered[mask]) == {1}
        assert covered.max() == 1

    @pytest.mark.parametrize("seed", range(6))
    def test_a_window_sees_the_context_and_is_no_larger_than_allowed(self, seed):
        mask = random_mask(seed, 203, 317)
        for window in windows_of(mask, 24, 128):
            top, bottom, left, right = window.core
            expected = (
                max(top - 24, 0),
                min(bottom + 24, 203),
                max(left - 24, 0),
                min(right + 24, 317),
            )
            assert window.seen == expected
            assert max(window.size) <= 128

    def test_by_hand(self):
        mask = np.zeros([64, 400], bool)
        mask[30:34, 10:20] = mask[30:34, 380:390] = True
        first, second = windows_of(mask, context=16)
        assert first == ((24, 40, 8, 24), (8, 56, 0, 40))
        assert second == ((24, 40, 376, 392), (8, 56, 360, 400))

    def test_near_holes_share_a_window(self):
        mask = np.zeros([200, 200], bool)
        mask[90:94, 90:94] = mask[90:94, 110:114] = True
        assert len(windows_of(mask, 64)) == 1

    def test_no_hole_no_window(self):
        assert windows_of(np.zeros([40, 50], bool), 16) == []

    def test_a_later_window_sees_what_the_first_painted(self):
        image = np.zeros([32, 256, 1], np.uint8)
        mask = np.zeros([32, 256], bool)
        mask[8:24, 8:248] = True
        seen = []

        def fill(images, masks, edges):
            seen.append((images[0].copy(), masks[0].copy()))
            return np.where(masks[..., None], np.uint8(len(seen)), images)

        windows = windows_of(mask, context=32, most=128)
        filled = fill_windows(fill, image, mask, None, windows)
        assert len(seen) > 1
        assert (filled[mask] > 0).all()
        assert (filled[~mask] == 0).all()
        for number, (picture, hole) in enumerate(seen[1:], 2):
            assert set(picture[~hole[..., None]]) <= set(range(number))
        assert {1} <= set(seen[1][0][~seen[1][1][..., None]])

    def test_progress_is_told(self):
        told = []
        mask = random_mask(0, 200, 300)
        image = np.zeros([200, 300, 3], np.uint8)
        windows = windows_of(mask, 8, 64)
        fill_windows(
            mean_of_known, image, mask, None, windows, lambda *step: told.append(step)
        )
        count = len(windows)
        assert count > 1
        assert told == [(i, count) for i in range(count + 1)]


class TestScaling:
    def test_depth_by_hand(self):
        mask = np.zeros([20, 30], bool)
        mask[3:10, 5:25] = True  # 7 rows: the middle one is 4 from the nearest known
        assert depth_of(mask) == 4
        assert depth_of(np.ones([20, 30], bool)) == 30
        assert depth_of(np.zeros([20, 30], bool)) == 0

    @pytest.mark.parametrize(("side", "expected"), [(127, 1), (131, 2), (257, 3)])
    def test_the_scale_brings_the_hole_within_the_depth(self, side, expected):
        mask = np.zeros([600, 600], bool)
        mask[100 : 100 + side, 100 : 100 + side] = True
        assert scale_for(depth_of(mask)) == expected

    def test_blocks_are_averaged_and_any_hole_makes_one(self):
        image = np.arange(16, dtype=np.uint8).reshape(4, 4, 1) * 4
        mask = np.zeros([4, 4], bool)
        mask[3, 0] = True
        small = shrunk(image, mask, None, 2)
        assert small.image[..., 0].tolist() == [[10, 18], [42, 50]]
        assert small.mask.tolist() == [[False, False], [True, False]]

    def test_sides_that_do_not_divide_are_mirrored(self):
        small = shrunk(np.full([5, 7, 3], 9, np.uint8), np.zeros([5, 7], bool), None, 3)
        assert small.image.shape == (2, 3, 3)
        assert enlarged(small.image, 3, (5, 7)).shape == (5, 7, 3)
        assert (enlarged(small.image, 3, (5, 7)) == 9).all()

    def test_only_deep_holes_are_deep(self):
        mask = np.zeros([300, 500], bool)
        mask[10:290, 10:290] = True
        mask[20:24, 320:480] = True
        deep = deep_holes(mask)
        assert deep[10:290, 10:290].all()
        assert not deep[:, 300:].any()


class TestResidual:
    def test_a_block_comes_from_where_it_points(self):
        """4 × 4 blocks of 8 pixels; the one in row 1, column 2 points up and left."""
        residual = np.zeros([32, 32, 1], np.float32)
        residual[0:8, 0:8] = 5.0
        mask = np.zeros([32, 32], bool)
        mask[8:16, 16:24] = True
        offsets = np.zeros([4, 4, 2], np.int32)
        offsets[1, 2] = -1, -2
        found = copied(residual, mask, offsets, 8, feather=2)
        assert found[12, 20, 0] == 5.0
        assert found[8, 16, 0] == 5.0
        assert (found[:6] == 0).all()
        assert (found[:, :14] == 0).all()

    def test_blocks_fade_into_each_other(self):
        """Two blocks side by side, one pointing at 0, one at 8."""
        residual = np.zeros([8, 64, 1], np.float32)
        residual[:, :24] = 8.0
        mask = np.zeros([8, 64], bool)
        mask[:, 32:48] = True
        offsets = np.zeros([1, 8, 2], np.int32)
        offsets[0, 4] = 0, -3  # columns 8 to 15, and what is around them: 8
        offsets[0, 5] = 0, 2  # 0
        found = copied(residual, mask, offsets, 8, feather=2)[4, :, 0]
        # Weights over the seam at 40: 7/8, 5/8, 3/8, 1/8 of the left block.
        np.testing.assert_allclose(found[37:43], [8, 7, 5, 3, 1, 0], atol=1e-5)

    def test_a_repeating_picture_comes_back(self):
        """Stripes 16 pixels apart: scaling by 4 loses them, the residual has them."""
        row = np.where(np.arange(256) % 16 < 2, 200, 100).astype(np.uint8)
        image = np.repeat(np.tile(row, (256, 1))[..., None], 3, -1)
        mask = np.zeros([256, 256], bool)
        mask[64:192, 64:192] = True
        small = shrunk(image, mask, None, 4)
        offsets = np.zeros([8, 8, 2], np.int32)
        offsets[2:4] = -2, 0
        offsets[4:6] = 2, 0
        painted = with_residual(image, mask, small.image.astype(np.float32), 4, offsets)
        lost = enlarged(small.image.astype(np.float32), 4, mask.shape) - image
        assert np.abs(lost)[mask].max() > 30
        np.testing.assert_allclose(painted[mask], image[mask], atol=1e-3)

    def test_nothing_of_the_hole_is_copied(self):
        image = np.full([64, 64, 3], 200, np.uint8)
        mask = np.zeros([64, 64], bool)
        mask[16:48, 16:48] = True
        small = np.zeros([32, 32, 3], np.float32)
        offsets = np.zeros([4, 4, 2], np.int32)
        painted = with_residual(image, mask, small, 2, offsets)
        assert (painted[mask] < 200).any()
        assert (painted[24:40, 24:40] == 0).all()


class TestChoice:
    @pytest.mark.parametrize(
        ("size", "side", "strategy"),
        [
            ((400, 600), 100, "exact"),
            ((400, 600), 256, "exact"),  # 128 deep, as in training
            ((400, 600), 258, "residual"),
            ((1500, 1600), 100, "windows"),
        ],
    )
    def test_auto(self, size, side, strategy):
        mask = np.zeros(size, bool)
        mask[50 : 50 + side, 50 : 50 + side] = True
        assert choose(mask).strategy == strategy

    def test_an_unknown_strategy_names_the_known_ones(self):
        with pytest.raises(ValueError, match="auto, exact, windows, scaled, residual"):
            choose(np.zeros([8, 8], bool), "best")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("strategy", ["exact", "windows", "scaled", "residual", "auto"])
@pytest.mark.parametrize("size", [(300, 411), (97, 600)])
def test_known_pixels_stay_and_holes_are_filled(strategy, size, dtype):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 200, [*size, 3]).astype(dtype)
    mask = random_mask(1, *size)
    mask[20:280, 100:290] = True
    network = Network(mean_of_known, pointing_nowhere)
    filled = run(network, choose(mask, strategy), image, mask)
    assert filled.dtype == dtype
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    assert abs(filled[mask].mean() - image[~mask].mean()) < 15


def test_steps_of_shallow_and_deep_holes_are_counted_together():
    mask = np.zeros([400, 700], bool)
    mask[100:300, 40:240] = True
    mask[50:54, 500:504] = mask[300:304, 660:664] = True
    told = []
    run(
        Network(mean_of_known, pointing_nowhere),
        choose(mask, "residual"),
        np.zeros([400, 700, 3], np.uint8),
        mask,
        progress=lambda *step: told.append(step),
    )
    count = told[-1][1]
    assert count == 3
    assert [*dict.fromkeys(told)] == [(done, count) for done in range(count + 1)]


def test_scaled_sees_the_small_picture_and_its_sketch():
    mask = np.zeros([400, 400], bool)
    mask[100:300, 100:300] = True
    edge = np.zeros([400, 400], bool)
    edge[200, 100:300] = True
    seen = []

    def fill(images, masks, edges):
        seen.append((images.shape, masks.sum(), edges.sum()))
        return mean_of_known(images, masks, edges)

    image = np.zeros([400, 400, 3], np.uint8)
    run(Network(fill, pointing_nowhere), choose(mask, "scaled"), image, mask, edge)
    # 100 deep: half the size. The hole is 200 pixels, the line 200 × 1.
    assert seen == [((1, 200, 200, 3), 100 * 100, 100)]


def test_what_progress_raises_ends_the_fill():
    def stop(done, steps):
        if done == 1:
            raise KeyboardInterrupt

    calls = []

    def fill(images, masks, edges):
        calls.append(images.shape)
        return mean_of_known(images, masks, edges)

    mask = np.zeros([200, 600], bool)
    mask[50:54, 50:54] = mask[50:54, 550:554] = True
    image = np.zeros([200, 600, 3], np.uint8)
    with pytest.raises(KeyboardInterrupt):
        run(
            Network(fill, pointing_nowhere),
            choose(mask, "windows"),
            image,
            mask,
            progress=stop,
        )
    assert len(calls) == 1


class TestEstimate:
    def test_a_window_by_hand(self):
        """256² with a hole of 64²: all of it is near the hole; the attention's
        queries are (64 + 48)² / 64, its keys 256² / 64."""
        mask = np.zeros([256, 256], bool)
        mask[96:160, 96:160] = True
        assert fills(choose(mask, "exact"), mask) == pytest.approx(
            1 + 112**2 / 64 * 1024 / 6e6
        )

    def test_seconds_by_hand(self):
        mask = np.zeros([256, 256], bool)
        mask[96:160, 96:160] = True
        found = estimate(choose(mask, "exact"), mask, Pace(call=0.5, fill=2.0))
        assert found.seconds == pytest.approx(2.5, abs=0.1)
        assert str(found._replace(gigabytes=1.14)) == "about 3 s, 1.1 GB"

    def test_windows_are_counted_one_by_one(self):
        mask = np.zeros([64, 4000], bool)
        mask[30:34, 100:110] = mask[30:34, 3000:3010] = True
        plan = choose(mask, "windows")
        assert plan.calls == 2
        each = [fills(plan._replace(near=(window,)), mask) for window in plan.near]
        assert fills(plan, mask) == pytest.approx(sum(each))

    def test_the_pace_is_of_the_differences(self, monkeypatch):
        """Calls of 0.2 s and 3 s for 256×256: 64×64 is a sixteenth of it."""
        now = [0.0]
        monkeypatch.setattr("time.perf_counter", lambda: now[0])

        def fill(image, mask):
            now[0] += 0.2 + 3.0 * mask.size / 256**2

        assert measured_pace(fill) == pytest.approx((0.2, 3.0))


def test_strategies_need_no_tensorflow():
    """A client of a server runs them around its calls."""
    program = "import sys, inpaint.strategies; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0

import numpy as np
import pytest

from inpaint import metrics

BLACK = np.zeros((2, 16, 16, 3), np.uint8)


def with_square(level):
    """The second picture has a 4×4 square of a level."""
    picture = BLACK.copy()
    picture[1, 4:8, 4:8] = level
    return picture


def square_mask():
    mask = np.zeros((1, 16, 16, 1), np.float32)
    mask[:, 4:8, 4:12] = 1
    return mask


def test_l1_is_the_mean_difference_in_parts_of_255():
    # 16 of 256 pixels differ by 51 of 255
    np.testing.assert_allclose(
        metrics.l1(BLACK, with_square(51)), [0, 0.2 / 16], rtol=1e-6
    )


def test_hole_l1_counts_the_hole_only():
    # half of the hole's 32 pixels differ by 51 of 255
    np.testing.assert_allclose(
        metrics.hole_l1(BLACK, with_square(51), square_mask()), [0, 0.1], rtol=1e-6
    )


def test_hole_l1_without_a_hole_is_0():
    mask = np.zeros((1, 16, 16, 1), np.float32)
    np.testing.assert_array_equal(metrics.hole_l1(BLACK, with_square(9), mask), [0, 0])


def test_psnr():
    # mean square 255² · 16/256, so 10·log10(16) dB
    values = metrics.psnr(BLACK, with_square(255)).numpy()
    assert np.isinf(values[0])
    assert values[1] == pytest.approx(10 * np.log10(16), abs=1e-4)


def test_ssim_of_two_flat_pictures():
    # flat: variances are 0, what remains is (2·a·b + c1) / (a² + b² + c1)
    a, b, c1 = 100.0, 200.0, (0.01 * 255) ** 2
    first, second = (np.full((1, 16, 16, 3), level, np.uint8) for level in (100, 200))
    expected = (2 * a * b + c1) / (a * a + b * b + c1)
    assert float(metrics.ssim(first, second)[0]) == pytest.approx(expected, abs=1e-3)

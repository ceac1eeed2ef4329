import numpy as np
import pytest
import tensorflow as tf

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


def random_pair(*shape):
    """Pictures that resemble one another."""
    rng = np.random.RandomState(0)
    first = rng.randint(0, 256, (2, *shape, 3))
    second = np.clip(first + rng.randint(-60, 61, first.shape), 0, 255)
    return first.astype(np.uint8), second.astype(np.uint8)


def test_l1_is_the_mean_difference_in_parts_of_255():
    # 16 of 256 pixels differ by 51 of 255
    np.testing.assert_allclose(metrics.l1(BLACK, with_square(51)), [0, 0.2 / 16])


def test_l2_is_the_mean_squared_difference():
    # 16 of 256 pixels differ by 0.2
    np.testing.assert_allclose(metrics.l2(BLACK, with_square(51)), [0, 0.04 / 16])


def test_errors_of_the_hole_count_the_hole_only():
    # half of the hole's 32 pixels differ by 51 of 255
    pair = BLACK, with_square(51)
    np.testing.assert_allclose(metrics.hole_l1(*pair, square_mask()), [0, 0.1])
    np.testing.assert_allclose(metrics.hole_l2(*pair, square_mask() > 0), [0, 0.02])


def test_each_picture_may_have_its_own_hole():
    masks = np.concatenate([square_mask(), 0 * square_mask()])
    masks[1, 4:6, 4:8] = 1
    np.testing.assert_allclose(metrics.hole_l1(BLACK, with_square(51), masks), [0, 0.2])


def test_errors_without_a_hole_are_0():
    pair, mask = (BLACK, with_square(9)), np.zeros((1, 16, 16, 1), np.float32)
    np.testing.assert_array_equal(metrics.hole_l1(*pair, mask), [0, 0])
    np.testing.assert_array_equal(metrics.hole_l2(*pair, mask), [0, 0])


def test_differences_go_both_ways():
    darker = metrics.l1(np.full_like(BLACK, 255), with_square(255))
    np.testing.assert_allclose(darker, [1, 15 / 16])


def test_sharpness_is_a_share_of_the_originals_laplacian():
    # a dot of 40: |−4·40| in it, 40 in each of four neighbours; one of 10 has a quarter
    dot = BLACK.copy()
    dot[:, 6, 6] = 40
    fainter = dot.copy()
    fainter[1, 6, 6] = 10
    np.testing.assert_allclose(
        metrics.sharpness(dot, fainter, square_mask()), [1, 0.25]
    )


def test_sharpness_counts_the_hole_only():
    dot = BLACK.copy()
    dot[:, 12, 12] = 40
    # flat in the hole, both; then a dot on black, 8·40 over 32 pixels, a tenth at least
    found = metrics.sharpness(BLACK, dot, square_mask())
    np.testing.assert_allclose(found, [1, 1])
    dot[:, 6, 6] = 40
    found = metrics.sharpness(BLACK, dot, square_mask())
    np.testing.assert_allclose(found, [8 * 40 / 32 / 0.1] * 2)


def test_psnr():
    # mean square 16/256, so 10·log10(16) dB; equal pictures are infinitely close
    values = metrics.psnr(BLACK, with_square(255))
    np.testing.assert_allclose(values, [100, 10 * np.log10(16)])


def test_ssim_of_two_flat_pictures():
    # flat: variances are 0, what remains is (2·a·b + c1) / (a² + b² + c1)
    a, b, c1 = 100.0, 200.0, (0.01 * 255) ** 2
    first, second = (np.full((1, 16, 16, 3), level, np.uint8) for level in (100, 200))
    expected = (2 * a * b + c1) / (a * a + b * b + c1)
    assert metrics.ssim(first, second)[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [(11, 11), (32, 20)])
def test_ssim_is_tensorflows(size):
    first, second = random_pair(*size)
    expected = tf.image.ssim(first, second, max_val=255).numpy()
    np.testing.assert_allclose(metrics.ssim(first, second), expected, atol=1e-5)


@pytest.mark.parametrize(("size", "window"), [((9, 30), 9), ((30, 8), 7), ((3, 4), 3)])
def test_ssim_of_small_pictures_has_the_largest_window_that_fits(size, window):
    first, second = random_pair(*size)
    expected = tf.image.ssim(first, second, max_val=255, filter_size=window).numpy()
    np.testing.assert_allclose(metrics.ssim(first, second), expected, atol=1e-5)


def test_ssim_of_a_pixel():
    # a window of one pixel: no variances
    first, second = (np.full((1, 1, 2, 3), level, np.uint8) for level in (0, 255))
    assert metrics.ssim(first, second)[0] == pytest.approx(1e-4 / (1 + 1e-4))


def test_total_variation():
    # columns 0, 51, 0: differences across 0.2 each; rows equal
    striped = np.zeros((1, 2, 3, 3), np.uint8)
    striped[:, :, 1] = 51
    np.testing.assert_allclose(metrics.total_variation(striped), [0.2])
    # one row 51 higher as well: 1/3 · (0.2 + 0.2 + 0.2) down
    striped[0, 1] += 51
    np.testing.assert_allclose(metrics.total_variation(striped), [0.2 + 0.2])


def test_total_variation_of_one_row_and_of_a_pixel():
    row = np.array([[[[0] * 3, [255] * 3, [255] * 3]]], np.uint8)
    np.testing.assert_allclose(metrics.total_variation(row), [0.5])
    np.testing.assert_allclose(metrics.total_variation(row.swapaxes(1, 2)), [0.5])
    np.testing.assert_array_equal(metrics.total_variation(row[:, :, :1]), [0])

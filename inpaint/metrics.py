"""How close a completed picture is to the original: ℓ1, ℓ2, PSNR, SSIM; its detail.

NumPy and OpenCV only. All take uint8 pictures `[B, H, W, 3]`, in which 255 is the full
range, and return `[B]` float64. Differences are in parts of the full range, so a mean
squared one is in parts of its square.
"""

import cv2
import numpy as np

HIGHEST_PSNR = 100.0  # dB; 256 × 256 × 3 values of which one is a level off: 101

_LEAST_DETAIL = 0.1 / 255  # below a tenth of a level is flat

_WINDOW = 11  # pixels, of Wang et al. 2004
_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2


def l1(images, completed):
    """Mean absolute difference over the whole picture and its channels.

    Example:
      >>> black = np.zeros((1, 2, 2, 3), np.uint8)
      >>> l1(black, black + np.uint8(255)).tolist()
      [1.0]
    """
    return np.abs(_difference(images, completed)).mean(axis=(1, 2, 3))


def l2(images, completed):
    """Mean squared difference over the whole picture and its channels.

    Example:
      >>> black = np.zeros((1, 2, 2, 3), np.uint8)
      >>> l2(black, black + np.uint8(255)).tolist()
      [1.0]
    """
    return np.square(_difference(images, completed)).mean(axis=(1, 2, 3))


def hole_l1(images, completed, mask):
    """Mean absolute difference over the hole's pixels.

    Args:
      mask: `[B or 1, H, W, 1]`, bool or 1 in the hole. Without a hole the result is 0.

    Example:
      >>> black = np.zeros((1, 2, 2, 3), np.uint8)
      >>> mask = np.array([1, 0, 0, 0]).reshape(1, 2, 2, 1)
      >>> hole_l1(black, np.uint8(255) * np.uint8(mask) + black, mask).tolist()
      [1.0]
    """
    return _hole_mean(np.abs(_difference(images, completed)), mask)


def hole_l2(images, completed, mask):
    """Mean squared difference over the hole's pixels; `mask` as for `hole_l1`.

    Example:
      >>> black = np.zeros((1, 2, 2, 3), np.uint8)
      >>> mask = np.array([1, 0, 0, 0]).reshape(1, 2, 2, 1)
      >>> hole_l2(black, np.uint8(255) * np.uint8(mask) + black, mask).tolist()
      [1.0]
    """
    return _hole_mean(np.square(_difference(images, completed)), mask)


def psnr(images, completed):
    """Peak signal-to-noise ratio of the whole picture, 10·log10(1 / ℓ2), in dB.

    At most 100 dB, so that a picture without an error does not make a mean infinite.

    Example:
      >>> black = np.zeros((1, 2, 2, 3), np.uint8)
      >>> psnr(black, black).tolist()
      [100.0]
    """
    error = np.maximum(l2(images, completed), 10 ** (-HIGHEST_PSNR / 10))
    return -10.0 * np.log10(error)


def ssim(images, completed):
    """Structural similarity of the whole picture (Wang et al. 2004).

    Of each channel, with Gaussian windows (σ 1.5) of 11×11 pixels that lie wholly in
    the picture; in a picture with a shorter side, of the largest odd size that does.

    Example:
      >>> black = np.zeros((1, 2, 2, 3), np.uint8)
      >>> ssim(black, black).tolist()
      [1.0]
    """
    pairs = zip(images / 255.0, completed / 255.0)
    return np.array([_ssim(first, second) for first, second in pairs])


def total_variation(images):
    """Mean absolute difference to the pixel below plus that to the pixel on the right.

    A picture of one row, or of one column, has none in that direction.

    Example:
      >>> total_variation(np.array([0, 255], np.uint8).reshape(1, 1, 2, 1)).tolist()
      [1.0]
    """
    scaled = images / 255.0
    found = np.zeros(len(images))
    for axis in (1, 2):
        if images.shape[axis] > 1:
            found += np.abs(np.diff(scaled, axis=axis)).mean(axis=(1, 2, 3))
    return found


def sharpness(images, completed, mask):
    """Mean absolute Laplacian over the hole's pixels, as a share of the original's.

    Of the four neighbours, in each channel: less than 1 is smoother than the original,
    more is sharper or noisier. Both means are taken to be a tenth of a level at least.

    Args:
      mask: as for `hole_l1`. Without a hole the result is 1.

    Example:
      >>> dots = np.zeros((1, 5, 5, 3), np.uint8)
      >>> dots[:, 2, 2] = 40
      >>> mask = np.ones((1, 5, 5, 1), bool)
      >>> sharpness(dots, dots // 2, mask).tolist()
      [0.5]
    """
    original, found = (
        np.maximum(_hole_mean(_laplacian(x), mask), _LEAST_DETAIL)
        for x in (images, completed)
    )
    return found / original


def _laplacian(pictures):
    """Absolute, in parts of the full range; beyond the edge the picture is mirrored."""
    found = [cv2.Laplacian(x / 255.0, cv2.CV_64F, ksize=1) for x in pictures]
    return np.abs(np.stack(found))


def _difference(images, completed):
    return (np.asarray(images, np.float64) - completed) / 255.0


def _hole_mean(errors, mask):
    hole = np.broadcast_to(np.asarray(mask, np.float64), errors[..., :1].shape)
    summed = (errors.mean(axis=-1, keepdims=True) * hole).sum(axis=(1, 2, 3))
    return summed / np.maximum(hole.sum(axis=(1, 2, 3)), 1.0)


def _ssim(first, second):
    """Of two float64 pictures `[H, W, 3]` in [0, 1]."""
    side = min(_WINDOW, *first.shape[:2])
    side -= 1 - side % 2
    window = cv2.getGaussianKernel(side, _SIGMA)
    edge = side // 2
    inner = tuple(slice(edge, size - edge) for size in first.shape[:2])

    def local_mean(x):
        return cv2.sepFilter2D(x, cv2.CV_64F, window, window)[inner]

    mean_1, mean_2 = local_mean(first), local_mean(second)
    products, squares = mean_1 * mean_2, mean_1**2 + mean_2**2
    covariance = local_mean(first * second) - products
    variances = local_mean(first**2 + second**2) - squares
    similarity = (2 * products + _C1) / (squares + _C1)
    similarity *= (2 * covariance + _C2) / (variances + _C2)
    return similarity.mean()

"""How close a completed picture is to the original: ℓ1, PSNR, SSIM.

All take uint8 pictures `[B, H, W, 3]` and return `[B]` float32.
"""

import tensorflow as tf


def l1(images, completed):
    """Mean absolute difference over the whole picture, in parts of 255."""
    return tf.reduce_mean(_difference(images, completed), axis=[1, 2, 3])


def hole_l1(images, completed, mask):
    """Mean absolute difference over the hole's pixels, in parts of 255.

    Args:
      mask: `[B or 1, H, W, 1]` float, 1 in the hole. Without a hole the result is 0.
    """
    mask = tf.broadcast_to(tf.cast(mask, tf.float32), tf.shape(images[..., :1]))
    difference = tf.reduce_mean(_difference(images, completed), -1, keepdims=True)
    return tf.math.divide_no_nan(
        tf.reduce_sum(difference * mask, axis=[1, 2, 3]),
        tf.reduce_sum(mask, axis=[1, 2, 3]),
    )


def psnr(images, completed):
    """Peak signal-to-noise ratio of the whole picture, in dB; inf if they are equal."""
    return tf.image.psnr(images, completed, max_val=255)


def ssim(images, completed):
    """Structural similarity of the whole picture (Wang et al. 2004), 11×11 windows.

    Both sides must be at least 11 pixels long.
    """
    return tf.image.ssim(images, completed, max_val=255)


def _difference(images, completed):
    difference = tf.cast(images, tf.float32) - tf.cast(completed, tf.float32)
    return tf.abs(difference) / 255.0

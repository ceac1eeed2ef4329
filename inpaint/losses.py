"""The losses: pure functions of float32 tensors, each a scalar.

The hinge losses are those of "Free-Form Image Inpainting with Gated Convolution"
§3.3 (arXiv 1806.03589). Scores are a critic's, of any shape, high where a picture
looks real.
"""

import tensorflow as tf


def l1(x, y):
    """mean |x − y|, over everything."""
    return tf.reduce_mean(tf.abs(x - y))


def reconstruction(images, coarse, refined):
    """How far both stages are from the picture, inside and outside the hole.

    Args:
      images, coarse, refined: `[B, H, W, 3]` in [−1, 1].

    Returns:
      mean |x − coarse| + mean |x − refined|, in [0, 4].
    """
    return l1(images, coarse) + l1(images, refined)


def hinge_real(real):
    """mean max(0, 1 − D(x)): what the critic pays for scores of real pictures."""
    return tf.reduce_mean(tf.nn.relu(1.0 - real))


def hinge_completed(completed):
    """mean max(0, 1 + D(G(x))): what it pays for scores of completed pictures."""
    return tf.reduce_mean(tf.nn.relu(1.0 + completed))


def hinge_critic(real, completed):
    """The critic's loss: the mean of what it pays for both."""
    return 0.5 * (hinge_real(real) + hinge_completed(completed))


def hinge_generator(completed):
    """The generator's loss, −mean D(G(x))."""
    return -tf.reduce_mean(completed)

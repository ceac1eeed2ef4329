"""The losses: pure functions of float32 tensors, each a scalar.

Spatial discounts and WGANs with gradient penalty are those of "Generative Image
Inpainting with Contextual Attention" §3.2 and §3.3 (arXiv 1801.07892), the hinge
losses those of "Free-Form Image Inpainting with Gated Convolution" §3.3 (arXiv
1806.03589). Scores are a critic's, of any shape, high where a picture looks real.
"""

import numpy as np
import tensorflow as tf


def l1(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """mean |x − y|, over everything.

    Example:
      >>> float(l1(tf.zeros([2]), tf.constant([1.0, 3.0])))
      2.0
    """
    return tf.reduce_mean(tf.abs(x - y))


def reconstruction(
    images: tf.Tensor, coarse: tf.Tensor, refined: tf.Tensor
) -> tf.Tensor:
    """How far both stages are from the picture, inside and outside the hole.

    Args:
      images, coarse, refined: `[B, H, W, 3]` in [−1, 1].

    Returns:
      mean |x − coarse| + mean |x − refined|, in [0, 4].

    Example:
      >>> images = tf.zeros([1, 2, 2, 3])
      >>> float(reconstruction(images, coarse=images + 1.0, refined=images + 0.5))
      1.5
    """
    return l1(images, coarse) + l1(images, refined)


def weighted_l1(x: tf.Tensor, y: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """mean |x − y|·weights, over everything.

    Args:
      x, y: `[B, H, W, 3]` in [−1, 1].
      weights: `[1 or B, H, W, 1]`.

    Example:
      >>> x = tf.zeros([1, 1, 2, 3])
      >>> weights = tf.constant([1.0, 0.0], shape=[1, 1, 2, 1])
      >>> float(weighted_l1(x, x + 1.0, weights))
      0.5
    """
    return tf.reduce_mean(tf.abs(x - y) * weights)


def known_l1(x: tf.Tensor, y: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """mean |x − y| over the known pixels; 0 if there are none.

    Args:
      x, y: `[B, H, W, 3]` in [−1, 1].
      masks: `[1 or B, H, W, 1]`, 1 in the hole.

    Example:
      >>> x = tf.zeros([1, 1, 2, 3])
      >>> masks = tf.constant([1.0, 0.0], shape=[1, 1, 2, 1])
      >>> float(known_l1(x, x + 1.0, masks))
      1.0
    """
    known = 1.0 - masks
    return tf.math.divide_no_nan(weighted_l1(x, y, known), tf.reduce_mean(known))


def box_discount(height: int, width: int, gamma: float) -> tf.Tensor:
    """Weights of a box's pixels, less the farther from its rim (§3.3).

    As released: γ^min(i, height − i, j, width − j) in row i, column j. So the first
    row and column weigh 1 and the last ones γ. The paper's γ is 0.99, the release's
    0.9.

    Args:
      height, width: of the box, in pixels.
      gamma: γ in [0, 1].

    Returns:
      `[1, height, width, 1]` float32 in [0, 1].

    Example:
      >>> box_discount(4, 4, 0.5)[0, 2, :, 0].numpy().tolist()
      [1.0, 0.5, 0.25, 0.5]
    """
    rows = np.minimum(np.arange(height), height - np.arange(height))
    columns = np.minimum(np.arange(width), width - np.arange(width))
    weights = np.float64(gamma) ** np.minimum(rows[:, np.newaxis], columns)
    return tf.constant(weights[np.newaxis, ..., np.newaxis], tf.float32)


def distance_discount(distances: tf.Tensor, gamma: float) -> tf.Tensor:
    """Weights of the pixels of holes of any shape, less the farther from their rim.

    γ^distance in the hole and 0 elsewhere, divided by the hole's share of the picture,
    so that `weighted_l1` is a mean over the hole's pixels as with a box's weights it
    is one over the box. In a hole that is a box the exponents are min(i + 1,
    height − i, j + 1, width − j): those of `box_discount` on the box's lower right
    half, one more on the upper left half, where that counts from 0. And the hole is
    what counts here, there the box before it shrinks.

    Args:
      distances: `[1 or B, H, W, 1]`, pixels to the nearest known pixel, 0 if known.
      gamma: γ in [0, 1].

    Returns:
      like `distances`.

    Example:
      >>> distances = tf.constant([0.0, 1.0, 2.0, 0.0], shape=[1, 1, 4, 1])
      >>> distance_discount(distances, 0.5).numpy().ravel().tolist()
      [0.0, 1.0, 0.5, 0.0]
    """
    hole = tf.cast(distances > 0, distances.dtype)
    share = tf.reduce_mean(hole)
    return tf.math.divide_no_nan(hole * tf.pow(gamma, distances), share)


def wgan_critic(real: tf.Tensor, completed: tf.Tensor) -> tf.Tensor:
    """The critic's loss of a Wasserstein GAN, mean D(G(x)) − D(x).

    Example:
      >>> float(wgan_critic(real=tf.constant([1.0]), completed=tf.constant([-2.0])))
      -3.0
    """
    return tf.reduce_mean(completed - real)


def gradient_penalty(gradients: tf.Tensor, masks: tf.Tensor) -> tf.Tensor:
    """mean (‖∇D‖ − 1)²: a critic's gradients ought to have norm 1 (equation 3).

    Only what the generator paints, the hole, counts.

    Args:
      gradients: `[B, H, W, 3]`, ∂D/∂x̂ at pictures x̂ between real and completed ones.
      masks: `[1 or B, H, W, 1]`, 1 in the hole.

    Example:
      >>> gradients = tf.constant([0.0, 3.0, 4.0], shape=[1, 1, 1, 3])  # of norm 5
      >>> float(gradient_penalty(gradients, tf.ones([1, 1, 1, 1])))
      16.0
    """
    squares = tf.reduce_sum(gradients**2 * masks, axis=[1, 2, 3])
    # The root has no gradient at 0: without a hole there is nothing to learn.
    norms = tf.sqrt(tf.maximum(squares, 1e-24))
    return tf.reduce_mean((norms - 1.0) ** 2)


def hinge_real(real: tf.Tensor) -> tf.Tensor:
    """mean max(0, 1 − D(x)): what the critic pays for scores of real pictures.

    Example:
      >>> float(hinge_real(tf.constant([0.5, 2.0])))
      0.25
    """
    return tf.reduce_mean(tf.nn.relu(1.0 - real))


def hinge_completed(completed: tf.Tensor) -> tf.Tensor:
    """mean max(0, 1 + D(G(x))): what it pays for scores of completed pictures.

    Example:
      >>> float(hinge_completed(tf.constant([0.5, -2.0])))
      0.75
    """
    return tf.reduce_mean(tf.nn.relu(1.0 + completed))


def hinge_critic(real: tf.Tensor, completed: tf.Tensor) -> tf.Tensor:
    """The critic's loss: the mean of what it pays for both.

    Example:
      >>> float(hinge_critic(tf.constant([0.5, 2.0]), tf.constant([0.5, -2.0])))
      0.5
    """
    return 0.5 * (hinge_real(real) + hinge_completed(completed))


def adversarial(completed: tf.Tensor) -> tf.Tensor:
    """The generator's loss, −mean D(G(x)), against either kind of critic.

    Example:
      >>> float(adversarial(tf.constant([1.0, 2.0])))
      -1.5
    """
    return -tf.reduce_mean(completed)


def real_cross_entropy(logits):
    """−mean log σ(logits): what it costs to take pictures for real ones.

    Example:
      >>> round(float(real_cross_entropy(tf.zeros([1]))), 4)  # log 2
      0.6931
    """
    return tf.reduce_mean(tf.nn.softplus(-logits))


def false_cross_entropy(logits):
    """−mean log(1 − σ(logits)): what it costs to take pictures for painted ones.

    Example:
      >>> round(float(false_cross_entropy(tf.zeros([1]))), 4)  # log 2
      0.6931
    """
    return tf.reduce_mean(tf.nn.softplus(logits))


def patch_critic(real, painted, hole):
    """The critic's loss of LaMa, whose painted pictures are fake in the hole only.

    mean of softplus(−D(x)) + m·softplus(D(y)) + (1 − m)·softplus(−D(y)). Suvorov et
    al., arXiv 2109.07161, §2.2, as their configurations have it.

    Args:
      real, painted: logits of patches, `[B, h, w, 1]`.
      hole: m, the mask at the patches, `[1 or B, h, w, 1]`.

    Example:
      >>> logits, hole = tf.zeros([1, 2, 2, 1]), tf.ones([1, 2, 2, 1])
      >>> round(float(patch_critic(logits, logits, hole)), 4)  # 2·log 2
      1.3863
    """
    known = (1.0 - hole) * tf.nn.softplus(-painted)
    fake = hole * tf.nn.softplus(painted)
    return tf.reduce_mean(tf.nn.softplus(-real) + fake + known)


def non_saturating(painted):
    """The generator's loss against `patch_critic`: mean softplus(−D(y)).

    Example:
      >>> round(float(non_saturating(tf.zeros([1]))), 4)  # log 2
      0.6931
    """
    return tf.reduce_mean(tf.nn.softplus(-painted))


def r1(gradients):
    """mean over samples of ‖∇D‖², R1's penalty (Mescheder et al., ICML 2018).

    Args:
      gradients: `[B, H, W, C]`, the critic's at real pictures.

    Example:
      >>> float(r1(tf.ones([2, 2, 2, 3])))
      12.0
    """
    return tf.reduce_mean(tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3]))


def squared_distances(features, others):
    """mean (f − g)² of each pair of features: a list of scalars.

    Example:
      >>> [float(x) for x in squared_distances([tf.zeros([2])], [tf.ones([2])])]
      [1.0]
    """
    pairs = zip(features, others)
    return [tf.reduce_mean(tf.square(tf.cast(f - g, tf.float32))) for f, g in pairs]


def gram(features):
    """Gram matrices of features, divided by their size.

    Args:
      features: `[B, H, W, C]`.

    Returns:
      `[B, C, C]`, F·Fᵀ / (C·H·W).

    Example:
      >>> gram(tf.ones([1, 2, 2, 2]))[0].numpy().tolist()
      [[0.5, 0.5], [0.5, 0.5]]
    """
    shape = tf.shape(features)
    flat = tf.reshape(features, [shape[0], -1, features.shape[-1]])
    count = tf.cast(tf.size(flat[0]), flat.dtype)
    return tf.matmul(flat, flat, transpose_a=True) / count


def total_variation(pictures, inside=None):
    """mean |difference| of horizontal neighbours plus that of vertical ones.

    Args:
      pictures: `[B, H, W, C]`.
      inside: `[1 or B, H, W, 1]`, 1 where both neighbours must lie to count; the means
        are over all neighbours still.

    Example:
      >>> float(total_variation(tf.constant([0.0, 1.0, 0.0, 1.0], shape=[1, 2, 2, 1])))
      1.0
    """
    across = tf.abs(pictures[:, :, 1:] - pictures[:, :, :-1])
    down = tf.abs(pictures[:, 1:] - pictures[:, :-1])
    if inside is not None:
        across *= inside[:, :, 1:] * inside[:, :, :-1]
        down *= inside[:, 1:] * inside[:, :-1]
    return tf.reduce_mean(across) + tf.reduce_mean(down)

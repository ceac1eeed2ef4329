"""FID, the distance between two sets of pictures by a network's features of them.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
Equilibrium", 2017, eq. 6. The network is the user's.
"""

import cv2
import numpy as np
import tensorflow as tf

from inpaint.errors import InputError, one_line

SIZE = 299  # pixels a side, Inception's, where the network leaves it open


class Features:
    """A network that sums up a picture in a vector.

    Args:
      path: folder of a SavedModel whose signature `serving_default` takes float32
        `[B, H, W, 3]`, RGB in [−1, 1], and returns `[B, D]`; H and W 299 where they
        are open. `model.export` of a Keras model writes one.

    Raises:
      InputError: if it is not such a SavedModel.

    Example:
      >>> features = Features("inception/")  # doctest: +SKIP
      >>> features(image).shape  # doctest: +SKIP
      (2048,)
    """

    def __init__(self, path):
        self._path = path
        try:
            # Kept: a signature does not keep the variables of its model.
            self._model = tf.saved_model.load(path)
            self._signature = self._model.signatures["serving_default"]
        except (OSError, KeyError, ValueError, tf.errors.OpError) as error:
            raise InputError(
                f"{path}: expected the folder of a SavedModel with a signature "
                f"serving_default: {one_line(error)}"
            ) from None
        inputs = self._signature.structured_input_signature[1]
        outputs = self._signature.structured_outputs
        taken = [_takes_a_picture(spec) for spec in inputs.values()]
        given = [spec.shape.rank for spec in outputs.values()]
        if taken != [True] or given != [2]:
            raise InputError(
                f"{path}: expected serving_default to take one float32 [B, H, W, 3] "
                f"and to return one [B, D], got {_shown(inputs)} → {_shown(outputs)}"
            )
        ((self._input, spec),) = inputs.items()
        (self._output,) = outputs
        self._size = [side or SIZE for side in spec.shape[1:3]]

    def __call__(self, image):
        """Features of a picture.

        It is resized to the network's size by OpenCV: shrunk by areas' means, enlarged
        bilinearly.

        Args:
          image: uint8 RGB `[H, W, 3]`.

        Returns:
          `[D]` float32.

        Raises:
          InputError: if the network cannot be run on it.
        """
        height, width = self._size
        shrinks = height < image.shape[0] or width < image.shape[1]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        scaled = image.astype(np.float32) / 127.5 - 1.0
        resized = cv2.resize(scaled, (width, height), interpolation=how)
        try:
            found = self._signature(**{self._input: tf.constant(resized[np.newaxis])})
        except (tf.errors.OpError, ValueError) as error:
            raise InputError(
                f"{self._path}: cannot be run: {one_line(error)}"
            ) from None
        features = found[self._output].numpy()[0]
        if not np.isfinite(features).all():
            raise InputError(f"{self._path}: expected finite features of a picture")
        return features


def distance(first, second):
    """The Fréchet distance of two sets of features, taken as Gaussians.

    |μ₁ − μ₂|² + tr(C₁ + C₂ − 2·(C₁C₂)^½), with the means μ and covariances C (divided
    by N − 1). With C = AᵀA the last trace is the sum of the singular values of A₁A₂ᵀ:
    no product of covariances and no root of one, whose rounding errors others answer
    with a small multiple of the identity.

    Args:
      first, second: `[N, D]`, N ≥ 2 vectors each.

    Returns:
      float ≥ 0, but for rounding.

    Example:
      >>> features = np.array([[0.0, 1.0], [2.0, 3.0]])
      >>> round(distance(features, features + 3.0), 6)  # the means: 3² + 3²
      18.0
    """
    means, factors, variance = [], [], 0.0
    for features in (first, second):
        features = np.asarray(features, np.float64)
        mean = features.mean(axis=0)
        factor = (features - mean) / np.sqrt(len(features) - 1)
        variance += np.square(factor).sum()
        if len(factor) > factor.shape[1]:
            factor = np.linalg.qr(factor, mode="r")  # RᵀR = AᵀA, and smaller
        means.append(mean)
        factors.append(factor)
    shared = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    return float(np.square(means[0] - means[1]).sum() + variance - 2.0 * shared)


def _takes_a_picture(spec):
    return (
        spec.dtype == tf.float32
        and spec.shape.rank == 4
        and spec.shape.is_compatible_with([1, None, None, 3])
    )


def _shown(specs):
    shown = (f"{spec.dtype.name} {spec.shape}" for spec in specs.values())
    return ", ".join(shown)

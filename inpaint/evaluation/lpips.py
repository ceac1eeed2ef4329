"""LPIPS 0.1, the perceptual distance of two pictures, with the user's weights.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
CVPR 2018: the features of AlexNet or VGG16 at five depths, scaled to length 1 at every
pixel; their squared differences, weighted by channel, averaged over the pixels, summed
over the depths.

The weights are an .npz file with the names that PyTorch gives them, be it torchvision
(`features.0.weight`) or the lpips package (`net.slice1.0.weight`), and
`lin0.model.1.weight` to `lin4…`; docs/evaluate.md tells how to write one.
"""

import numpy as np
import tensorflow as tf

from inpaint.features import stacks, stored

# What the published networks take: RGB in [−1, 1] less this, over this.
_SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)
_SCALE = np.array([0.458, 0.448, 0.450], np.float32)

_TINY = 1e-10


class LPIPS:
    """The distance, by the weights of a file.

    Args:
      path: of an .npz file. Its numbers of channels are free; its layers and their
        kernels' sizes are those of AlexNet or VGG16.

    Attributes:
      network: "AlexNet" or "VGG16".
      smallest: the shortest side that a picture may have, in pixels.

    Raises:
      InputError: if it cannot be read, or is of no such network.

    Example:
      >>> distance = LPIPS("alex.npz")  # doctest: +SKIP
      >>> distance(image, image)  # doctest: +SKIP
      0.0
    """

    def __init__(self, path):
        arrays = stored.read(path)
        accepted = (stacks.ALEXNET, stacks.VGG16)
        self._stack = stacks.from_arrays(arrays, path, accepted)
        self.network = self._stack.architecture.name
        self.smallest = self._stack.architecture.smallest
        self._weights = []
        for depth, block in enumerate(self._stack.blocks):
            name, channels = f"lin{depth}.model.1.weight", len(block[-1][1])
            weights = stored.checked(
                f"{path}: {self.network}'s {name}",
                arrays.get(name),
                (1, channels, 1, 1),
            )
            self._weights.append(weights.reshape(channels))
        picture = tf.TensorSpec([None, None, 3], tf.uint8)
        self._graph = tf.function(
            self._distance, input_signature=[picture, picture], autograph=False
        )

    def __call__(self, image, completed):
        """The distance of two pictures.

        Args:
          image, completed: uint8 RGB `[H, W, 3]`, sides of at least `smallest`.

        Returns:
          float, 0 for equal pictures.
        """
        return float(self._graph(image, completed))

    def _distance(self, image, completed):
        both = tf.cast(tf.stack([image, completed]), tf.float32)  # [2, H, W, 3]
        x = (both / 127.5 - 1.0 - _SHIFT) / _SCALE
        distance = 0.0
        for features, weights in zip(self._stack.outputs(x), self._weights):
            length = tf.sqrt(tf.reduce_sum(features**2, axis=-1, keepdims=True))
            first, second = tf.unstack(features / (length + _TINY))
            weighted = tf.reduce_sum(tf.square(first - second) * weights, axis=-1)
            distance += tf.reduce_mean(weighted)
        return distance

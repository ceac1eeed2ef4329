"""LPIPS 0.1, the perceptual distance of two pictures, with the user's weights.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
CVPR 2018: the features of AlexNet or VGG16 at five depths, scaled to length 1 at every
pixel; their squared differences, weighted by channel, meaned over the pixels, summed
over the depths.

The weights are an .npz file with the names that PyTorch gives them, be it torchvision
(`features.0.weight`) or the lpips package (`net.slice1.0.weight`), and
`lin0.model.1.weight` to `lin4…`; docs/evaluate.md tells how to write one.
"""

import re
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inpaint.errors import InputError

# What the published networks take: RGB in [−1, 1] less this, over this.
_SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)
_SCALE = np.array([0.458, 0.448, 0.450], np.float32)

_TINY = 1e-10
_NUMBERED = re.compile(r"(?:features|net\.slice\d)\.(\d+)\.(weight|bias)")


class _Network(NamedTuple):
    name: str
    blocks: tuple  # torchvision's numbers of the convolutions, each followed by a ReLU
    kernels: tuple  # pixels a side, of each block's
    stride: int  # of the first convolution; the others' is 1
    padding: int  # of the first convolution; the others keep the size
    pool: int  # pixels a side, stride 2
    pooled: tuple  # the blocks before which there is a max pooling
    smallest: int  # pixels a side of a picture


_NETWORKS = (
    _Network(
        name="AlexNet",
        blocks=((0,), (3,), (6,), (8,), (10,)),
        kernels=(11, 5, 3, 3, 3),
        stride=4,
        padding=2,
        pool=3,
        pooled=(1, 2),
        smallest=31,
    ),
    _Network(
        name="VGG16",
        blocks=((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)),
        kernels=(3, 3, 3, 3, 3),
        stride=1,
        padding=1,
        pool=2,
        pooled=(1, 2, 3, 4),
        smallest=16,
    ),
)


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
    """

    def __init__(self, path):
        arrays = _read(path)
        found = {
            f"{match[1]}.{match[2]}": arrays[name]
            for name in arrays
            if (match := _NUMBERED.fullmatch(name))
        }
        numbers = {int(name.split(".")[0]) for name in found}
        matching = [n for n in _NETWORKS if numbers == set(sum(n.blocks, ()))]
        if not matching:
            raise InputError(
                f"{path}: expected the layers of AlexNet or VGG16 (features.0.weight, "
                f"…), got those with the numbers {sorted(numbers)}"
            )
        self._network = matching[0]
        self.network, self.smallest = self._network.name, self._network.smallest

        def take(stored, name, *shape):
            return _checked(f"{path}: {self.network}'s {name}", stored.get(name), shape)

        self._blocks, self._weights = [], []
        channels = 3
        sizes = self._network.kernels
        for depth, (numbers, size) in enumerate(zip(self._network.blocks, sizes)):
            layers = []
            for number in numbers:
                kernel = take(found, f"{number}.weight", None, channels, size, size)
                channels = len(kernel)
                bias = take(found, f"{number}.bias", channels)
                layers.append((kernel.transpose(2, 3, 1, 0), bias))
            weights = take(arrays, f"lin{depth}.model.1.weight", 1, channels, 1, 1)
            self._blocks.append(layers)
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
        stride, edge = self._network.stride, [self._network.padding] * 2
        padding = [[0, 0], edge, edge, [0, 0]]
        distance = 0.0
        for depth, (layers, weights) in enumerate(zip(self._blocks, self._weights)):
            if depth in self._network.pooled:
                x = tf.nn.max_pool2d(x, self._network.pool, 2, "VALID")
            for kernel, bias in layers:
                x = tf.nn.relu(tf.nn.conv2d(x, kernel, stride, padding) + bias)
                stride, padding = 1, "SAME"
            length = tf.sqrt(tf.reduce_sum(x * x, axis=-1, keepdims=True))
            first, second = tf.unstack(x / (length + _TINY))
            weighted = tf.reduce_sum(tf.square(first - second) * weights, axis=-1)
            distance += tf.reduce_mean(weighted)
        return distance


def _read(path):
    try:
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise ValueError
        with file, np.errstate(over="ignore"):  # ∞ is told below
            return {name: file[name].astype(np.float32) for name in file.files}
    except Exception as error:  # a damaged file fails in zip, zlib, NumPy or its parser
        reason = getattr(error, "strerror", None) or "not an .npz file of arrays"
        raise InputError(f"{path}: cannot be read: {reason}") from None


def _checked(name, array, shape):
    """The array, if it has the shape, in which None is any size."""
    expected = f"[{', '.join('any' if size is None else str(size) for size in shape)}]"
    if array is None:
        raise InputError(f"{name} is missing, expected {expected}")
    sizes = array.shape
    if len(sizes) != len(shape) or any(
        size not in (None, found) for size, found in zip(shape, sizes)
    ):
        raise InputError(f"{name}: expected {expected}, got {list(sizes)}")
    if not np.isfinite(array).all():
        raise InputError(f"{name}: expected finite float32 numbers")
    return array

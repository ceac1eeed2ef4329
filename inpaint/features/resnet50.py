"""The dilated ResNet-50 of a segmenter, for LaMa's high receptive field loss.

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, with a stem of
three 3×3 convolutions and dilation in place of the last two strides; trained on ADE20K
by Zhou et al. ("Scene Parsing through ADE20K Dataset", CVPR 2017). Used by Suvorov et
al., WACV 2022, arXiv 2109.07161, §2.2.
"""

import re

import numpy as np
import tensorflow as tf

from inpaint.errors import InputError
from inpaint.features import stored

EPSILON = 1e-5  # of the batch normalisations
_BLOCK = re.compile(r"layer(\d)\.(\d+)\.")


class DilatedResNet50:
    """The outputs of the four groups of blocks, batch statistics frozen.

    Args:
      path: an .npz file with the encoder's names in PyTorch (`conv1.weight`,
        `layer1.0.bn1.running_mean`, …). Its numbers of blocks and channels are free.

    Call arguments:
      x: `[B, H, W, 3]` float32 RGB, normalised as `inpaint.features.vgg16` tells.

    Returns:
      list of four: at 1/4 of the size, and three at 1/8.

    Raises:
      InputError: if the file cannot be read or lacks a layer.
    """

    name = "resnet50"

    def __init__(self, path):
        self._arrays, self._path = stored.read(path), path
        self.weights = []
        self._stem = [self._layer(f"conv{n}", f"bn{n}", 3) for n in (1, 2, 3)]
        numbers = [_BLOCK.match(name) for name in self._arrays]
        found = {(int(m[1]), int(m[2])) for m in numbers if m}
        if {group for group, _ in found} != {1, 2, 3, 4}:
            raise InputError(
                f"{path}: expected the layers of ResNet-50 (conv1.weight, "
                "layer1.0.conv1.weight, … layer4.…)"
            )
        self._groups = [
            [self._block(group, n) for g, n in sorted(found) if g == group]
            for group in (1, 2, 3, 4)
        ]
        del self._arrays

    def _layer(self, convolution, norm, size):
        """Kernel and shift of a convolution with the normalisation after it."""

        def take(name, *shape):
            return stored.checked(
                f"{self._path}: {name}", self._arrays.get(name), shape
            )

        kernel = take(f"{convolution}.weight", None, None, size, size)
        gamma, beta, mean, variance = (
            take(f"{norm}.{part}", len(kernel))
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        layer = kernel.transpose(2, 3, 1, 0) * scale, beta - mean * scale
        self.weights += layer
        return layer

    def _block(self, group, number):
        at = f"layer{group}.{number}"
        sizes = {1: 1, 2: 3, 3: 1}
        layers = [
            self._layer(f"{at}.conv{n}", f"{at}.bn{n}", s) for n, s in sizes.items()
        ]
        shortcut = None
        if f"{at}.downsample.0.weight" in self._arrays:
            shortcut = self._layer(f"{at}.downsample.0", f"{at}.downsample.1", 1)
        return layers, shortcut

    def __call__(self, x):
        for index, layer in enumerate(self._stem):
            x = tf.nn.relu(_convolved(x, layer, strides=1 + (index == 0)))
        x = tf.nn.max_pool2d(x, 3, 2, [[0, 0], [1, 1], [1, 1], [0, 0]])
        found = []
        # The strides of the last two groups became dilations: the first block's, whose
        # stride it was, is the group's before.
        for (strides, first, others), blocks in zip(
            ((1, 1, 1), (2, 1, 1), (1, 1, 2), (1, 2, 4)), self._groups
        ):
            for number, block in enumerate(blocks):
                if number == 0:
                    x = _bottleneck(x, block, strides, first)
                else:
                    x = _bottleneck(x, block, 1, others)
            found.append(x)
        return found


def _bottleneck(x, block, strides, dilation):
    (reduce, middle, expand), shortcut = block
    y = tf.nn.relu(_convolved(x, reduce))
    y = tf.nn.relu(_convolved(y, middle, strides, dilation))
    y = _convolved(y, expand)
    return tf.nn.relu(y + (x if shortcut is None else _convolved(x, shortcut, strides)))


def _convolved(x, layer, strides=1, dilation=1):
    kernel, shift = layer
    edge = [dilation * (kernel.shape[0] // 2)] * 2
    x = tf.pad(x, [[0, 0], edge, edge, [0, 0]])
    return tf.nn.convolution(x, kernel, strides, "VALID", dilations=dilation) + shift

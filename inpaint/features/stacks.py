"""AlexNet's and VGG16's convolutions, by the weights of a file.

Krizhevsky, Sutskever, Hinton, NeurIPS 2012; Simonyan, Zisserman, "Very Deep
Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, table 1, column D.
The numbers are torchvision's (`features.0.weight`); the lpips package's names
(`net.slice1.0.weight`) have them too.
"""

import re
from typing import Any, NamedTuple

import tensorflow as tf

from inpaint.errors import InputError
from inpaint.features import stored

_NUMBERED = re.compile(r"(?:features|net\.slice\d)\.(\d+)\.(weight|bias)")


class Architecture(NamedTuple):
    """Blocks of convolutions, each followed by a ReLU, with max pooling between."""

    name: str
    blocks: tuple  # torchvision's numbers of the convolutions
    kernels: tuple  # pixels a side, of each block's
    stride: int  # of the first convolution; the others' is 1
    padding: int  # of the first convolution; the others keep the size
    pool: int  # pixels a side, stride 2
    pooled: tuple  # the blocks before which there is a max pooling
    smallest: int  # pixels a side of a picture


ALEXNET = Architecture(
    name="AlexNet",
    blocks=((0,), (3,), (6,), (8,), (10,)),
    kernels=(11, 5, 3, 3, 3),
    stride=4,
    padding=2,
    pool=3,
    pooled=(1, 2),
    smallest=31,
)
VGG16 = Architecture(
    name="VGG16",
    blocks=((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)),
    kernels=(3, 3, 3, 3, 3),
    stride=1,
    padding=1,
    pool=2,
    pooled=(1, 2, 3, 4),
    smallest=16,
)


class Stack(NamedTuple):
    """An `Architecture` with weights."""

    architecture: Architecture
    blocks: Any  # lists of (kernel, bias), one a block

    @property
    def weights(self):
        """All kernels and biases."""
        return [x for block in self.blocks for layer in block for x in layer]

    def outputs(self, x):
        """The last ReLU's output of every block, before any pooling.

        Args:
          x: `[B, H, W, 3]` float32, normalised as the network wants it.
        """
        architecture, found = self.architecture, []
        stride, edge = architecture.stride, [architecture.padding] * 2
        padding = [[0, 0], edge, edge, [0, 0]]
        for depth, block in enumerate(self.blocks):
            if depth in architecture.pooled:
                x = tf.nn.max_pool2d(x, architecture.pool, 2, "VALID")
            for kernel, bias in block:
                x = tf.nn.relu(tf.nn.conv2d(x, kernel, stride, padding) + bias)
                stride, padding = 1, "SAME"
            found.append(x)
        return found


def from_arrays(arrays, path, accepted):
    """The Stack whose weights are among the arrays of a file.

    Args:
      arrays: by name; others than a Stack's are left alone. Its numbers of channels
        are free, its layers and their kernels' sizes are those of the architecture.
      path: of the file, for messages.
      accepted: `Architecture`s.

    Raises:
      InputError: if they are of no accepted architecture.
    """
    found = {
        f"{match[1]}.{match[2]}": arrays[name]
        for name in arrays
        if (match := _NUMBERED.fullmatch(name))
    }
    numbers = {int(name.split(".")[0]) for name in found}
    matching = [each for each in accepted if numbers == set(sum(each.blocks, ()))]
    if not matching:
        names = " or ".join(each.name for each in accepted)
        raise InputError(
            f"{path}: expected the layers of {names} (features.0.weight, "
            f"…), got those with the numbers {sorted(numbers)}"
        )
    architecture = matching[0]
    blocks, channels = [], 3
    for block, size in zip(architecture.blocks, architecture.kernels):
        layers = []
        for number in block:
            name = f"{path}: {architecture.name}'s {number}"
            shape = (None, channels, size, size)
            kernel = stored.checked(
                f"{name}.weight", found.get(f"{number}.weight"), shape
            )
            channels = len(kernel)
            bias = stored.checked(
                f"{name}.bias", found.get(f"{number}.bias"), (channels,)
            )
            layers.append((kernel.transpose(2, 3, 1, 0), bias))
        blocks.append(layers)
    return Stack(architecture, blocks)

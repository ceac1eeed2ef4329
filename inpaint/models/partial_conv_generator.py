"""Partial convolutions' U-Net; see `inpaint.models.partial_conv`.

Liu et al., ECCV 2018, arXiv 1804.07723 [1], §3.2.
"""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from inpaint.fastpath import regions
from inpaint.features.vgg16 import DEVIATION, MEAN
from inpaint.layers import BatchNorm, PartialConv2D
from inpaint.layers.conv_arguments import check_positive
from inpaint.models.base import Generator

BAND_PIXELS = 2**19  # of the last levels up, at a time
_IN_BANDS = 2  # levels
_WIDEST = 8  # times the base filters: levels from the fourth on
_KERNELS = (7, 5, 5)  # of the first levels; 3 from the fourth on
_NORMALIZATIONS = ("imagenet", "symmetric")


@keras.utils.register_keras_serializable(package="inpaint")
class PartialConvGenerator(Generator):
    """The U-Net of partial convolutions ([1] §3.2, figure 3).

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      levels: how often the picture is halved; the paper's 8 are for 512².
      first_bias: whether the first convolution has a bias, as in a port.
      normalization: of pictures: "imagenet", less ImageNet's mean over its deviation;
        or "symmetric", [−1, 1], as in a port.
    """

    scope = "partial_conv"

    def __init__(
        self,
        base_filters=64,
        levels=8,
        first_bias=False,
        normalization="imagenet",
        name="partial_conv",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        for argument, value in (("base_filters", base_filters), ("levels", levels)):
            check_positive(argument, value)
        if normalization not in _NORMALIZATIONS:
            raise ValueError(
                f"`normalization` must be one of {_NORMALIZATIONS}. "
                f"Received: {normalization!r}"
            )
        self.base_filters = base_filters
        self.levels = levels
        self.first_bias = first_bias
        self.normalization = normalization
        self.size_multiple = 2**levels
        widths = [base_filters * min(2**i, _WIDEST) for i in range(levels)]
        kernels = [*_KERNELS, *[3] * levels][:levels]
        self.encoder = [
            PartialConv2D(
                width, kernel, 2, use_bias=first_bias and i == 1, name=f"enc{i}"
            )
            for i, (width, kernel) in enumerate(zip(widths, kernels), start=1)
        ]
        self.encoder_norms = [
            BatchNorm(name=f"enc{i}_norm") for i in range(2, levels + 1)
        ]
        # From the deepest level up: what level i makes is as wide as level i − 1.
        self.decoder = [
            PartialConv2D(width, use_bias=i == 1, name=f"dec{i}")
            for i, width in reversed(list(enumerate([3, *widths[:-1]], start=1)))
        ]
        self.decoder_norms = [
            BatchNorm(name=f"dec{i}_norm") for i in range(levels, 1, -1)
        ]
        self.build()

    def make_weights(self):
        """Of all layers, without running them."""
        channels, skipped = 3, []
        for layer, norm in zip(self.encoder, [None, *self.encoder_norms]):
            skipped.append(channels)
            layer.build((None, None, None, channels))
            channels = layer.filters
            if norm is not None:
                norm.build((None, None, None, channels))
        for layer, norm in zip(self.decoder, [*self.decoder_norms, None]):
            layer.build([(None, None, None, n) for n in (channels, skipped.pop())])
            channels = layer.filters
            if norm is not None:
                norm.build((None, None, None, channels))

    def call(self, inputs, training=None, frozen_encoder=False):
        """See `Generator`.

        Args:
          inputs: `image` and `hole`.
          training: whether batch norm takes the batch's statistics.
          frozen_encoder: whether that of the encoder keeps its running ones all the
            same, as in fine-tuning.
        """
        below, skipped = self._down(inputs, training and not frozen_encoder)
        for level in self._up:
            below = level(below, skipped.pop(), training)
        return {"painted": below[0]}

    def complete(self, inputs):
        """The picture around the hole; the two levels of most pixels in bands.

        The levels below see nearly all of a picture, and are small.
        """
        inputs = {k: tf.cast(x, self.compute_dtype) for k, x in inputs.items()}
        below, skipped = self._down(inputs)
        count = min(_IN_BANDS, self.levels)
        for level in self._up[:-count]:
            below = level(below, skipped.pop())
        pairs = [*skipped, below]
        last = _LastLevels(self._up[-count:], pairs)
        size, scale = tf.shape(inputs["image"])[1:3], 2**count
        hole = regions.around(tf.cast(inputs["hole"], tf.float32))
        outer = hole.grown(regions.receptive_margin(last, scale, 1), size)
        x = last.packed(pairs, outer)
        painted = regions.in_bands(last, x, scale, 1, BAND_PIXELS)
        return hole.cut(painted, origin=outer), hole

    def _down(self, inputs, training=None):
        """((features, known) of the deepest level, the same of each level above)."""
        x, known = inputs["image"], 1.0 - tf.cast(inputs["hole"], tf.float32)
        skipped = []
        for convolution, norm in zip(self.encoder, [None, *self.encoder_norms]):
            skipped.append((x, known))
            x, known = convolution(x, known)
            x = x if norm is None else norm(x, training=training)
            x = tf.nn.relu(x)
        return (x, known), skipped

    @property
    def _up(self):
        """The levels up, the deepest first."""
        return [_Up(*each) for each in zip(self.decoder, [*self.decoder_norms, None])]

    @property
    def frozen_variables(self):
        """What fine-tuning does not train: scale and offset of the encoder's norms."""
        return [v for norm in self.encoder_norms for v in norm.trainable_variables]

    def to_network(self, levels):
        """RGB less ImageNet's mean, over its deviation; or in [−1, 1]."""
        if self.normalization == "symmetric":
            return super().to_network(levels)
        return (tf.cast(levels, tf.float32) / 255.0 - MEAN) / DEVIATION

    def to_levels(self, picture):
        if self.normalization == "symmetric":
            return super().to_levels(picture)
        return (tf.cast(picture, tf.float32) * DEVIATION + MEAN) * 255.0

    def pad(self, image, hole, edge=None):
        """With hole, at the bottom and right, to multiples of 2^levels."""
        multiple, shape = self.size_multiple, tf.shape(image)
        rows, columns = -shape[1] % multiple, -shape[2] % multiple
        padding = [[0, 0], [0, rows], [0, columns], [0, 0]]
        hole = tf.cast(hole, tf.float32)
        return tf.pad(image, padding), tf.pad(hole, padding, constant_values=1.0), edge

    def get_config(self):
        config = super().get_config()
        config.update(
            base_filters=self.base_filters,
            levels=self.levels,
            first_bias=self.first_bias,
            normalization=self.normalization,
        )
        return config


class _Up(NamedTuple):
    """A level up: nearest ×2 ‖ the same level down, partial convolution, norm."""

    convolution: Any
    norm: Any  # None at the last one, which is linear

    def __call__(self, below, above, training=None):
        """(features, known), from those of the level below and the level down."""
        (x, known), (skipped, known_skipped) = map(_doubled, below), above
        x, known = self.convolution((x, skipped), (known, known_skipped))
        if self.norm is not None:
            x = tf.nn.leaky_relu(self.norm(x, training=training), 0.2)
        return x, known

    def input_range(self, first, last):
        """The rows below that output rows `first` … `last` see."""
        return (first - 1) // 2, (last + 1) // 2

    @property
    def output_channels(self):
        return self.convolution.filters

    @property
    def compute_dtype(self):
        return self.convolution.compute_dtype


class _LastLevels:
    """The last levels up, as a part of a network that `regions` runs in bands.

    Args:
      layers: `_Up`s.
      pairs: (features, known) of what they take: of the levels down, the picture
        first, then of the level below them.
    """

    def __init__(self, layers, pairs):
        self.layers = layers
        self._channels = [features.shape[-1] for features, _ in pairs]
        self._blocks = [2**i for i in range(len(layers), -1, -1)]

    def packed(self, pairs, region):
        """A region of `pairs` in one tensor, of the pixels of the level below."""
        planes = []
        for i, (x, known) in enumerate(pairs):
            known = tf.cast(known, x.dtype) * tf.ones_like(x[..., :1])
            plane = region.cut(tf.concat([x, known], axis=-1), 2**i)
            block = self._blocks[i]
            planes.append(tf.nn.space_to_depth(plane, block) if block > 1 else plane)
        return tf.concat(planes, axis=-1)

    def __call__(self, x):
        """What is painted, from what `packed` returned."""
        each = zip(self._channels, self._blocks)
        sizes, pairs = [(channels + 1) * block**2 for channels, block in each], []
        for plane, block in zip(tf.split(x, sizes, axis=-1), self._blocks):
            plane = tf.nn.depth_to_space(plane, block) if block > 1 else plane
            pairs.append((plane[..., :-1], tf.cast(plane[..., -1:], tf.float32)))
        below = pairs.pop()
        for layer in self.layers:
            below = layer(below, pairs.pop())
        return below[0]


def _doubled(x):
    """Nearest neighbour ×2."""
    return tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)

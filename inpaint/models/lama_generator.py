"""LaMa's generator: fast Fourier convolutions; see `inpaint.models.lama`.

Suvorov et al., WACV 2022, arXiv 2109.07161 [1], §2.1.
"""

import keras
import tensorflow as tf

from inpaint import tensors
from inpaint.fastpath import regions
from inpaint.layers.conv_arguments import check_positive
from inpaint.layers.ffc_units import FFCBlock, FFCUnit, Painter, TransposedUnit
from inpaint.models.base import Generator

SMALLEST = 16  # pixels a side: at an eighth of it there is a pixel to mirror
BAND_PIXELS = 2**19  # of the convolutions before and after the blocks, at a time
_FEATURES = 8  # picture pixels in a pixel of the blocks


@keras.utils.register_keras_serializable(package="inpaint")
class LaMaGenerator(Generator):
    """The generator of LaMa ([1] §2.1, figure 2).

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      blocks: residual blocks, 9 in "LaMa-Fourier", 18 in "Big-LaMa".
    """

    scope = "lama"
    size_multiple = _FEATURES

    def __init__(self, base_filters=64, blocks=9, name="lama", **kwargs):
        super().__init__(name=name, **kwargs)
        for argument, value in (("base_filters", base_filters), ("blocks", blocks)):
            check_positive(argument, value)
        self.base_filters = n = base_filters
        self.block_count = blocks
        split = (2 * n, 6 * n)  # local and global features: a quarter, three quarters
        self.encoder = [
            FFCUnit(n, 0, kernel_size=7, name="encoder1"),
            FFCUnit(2 * n, 0, strides=2, name="encoder2"),
            FFCUnit(4 * n, 0, strides=2, name="encoder3"),
            FFCUnit(*split, strides=2, name="encoder4"),
        ]
        self.blocks = [FFCBlock(*split, name=f"block{i + 1}") for i in range(blocks)]
        self.decoder = [
            TransposedUnit(4 * n, name="decoder1"),
            TransposedUnit(2 * n, name="decoder2"),
            TransposedUnit(n, name="decoder3"),
            Painter(name="painter", dtype="float32"),
        ]
        self.build()

    def make_weights(self):
        """Of all layers, without running them."""
        for layers, channels in (
            (self.encoder, 4),
            (self.decoder, self.encoder[-1].output_channels),
        ):
            for layer in layers:
                layer.build((None, None, None, channels))
                channels = layer.output_channels
        for block in self.blocks:
            block.build([(None, None, None, filters) for filters in block.filters])

    def call(self, inputs, training=None):
        x = self.network_input(inputs)
        for unit in self.encoder:
            x = unit(x, training=training)
        x = self.transformed(x, training)
        for unit in self.decoder[:-1]:
            x = unit(x, training=training)
        return {"painted": self.decoder[-1](x)}

    def network_input(self, inputs):
        """The picture and the mask, `[B, H, W, 4]`."""
        image = inputs["image"]
        hole = tf.cast(inputs["hole"], image.dtype)
        return tf.concat([image, tf.ones_like(image[..., :1]) * hole], axis=-1)

    def transformed(self, pair, training=None):
        """Local and global features through all blocks, `[B, H/8, W/8, 8·n]`."""
        for block in self.blocks:
            pair = block(pair, training=training)
        return tf.concat(pair, axis=-1)

    def complete(self, inputs):
        """The picture around the hole, the convolutions in bands.

        The blocks see the whole picture at an eighth of its size: so must the encoder.
        The decoder runs where the hole depends on it.
        """
        inputs = {k: tf.cast(x, self.compute_dtype) for k, x in inputs.items()}
        encoder = regions.Stack([*self.encoder[:-1], _Joined(self.encoder[-1])])
        decoder = regions.Stack(self.decoder)
        x = self.network_input(inputs)
        x = regions.in_bands(encoder, x, 1, _FEATURES, BAND_PIXELS)
        local = self.encoder[-1].convolution.local_filters
        x = self.transformed((x[..., :local], x[..., local:]))
        hole = regions.around(tf.cast(inputs["hole"], tf.float32))
        size = tf.shape(inputs["image"])[1:3]
        outer = hole.grown(regions.receptive_margin(decoder, _FEATURES, 1), size)
        x = outer.cut(x, _FEATURES)
        x = regions.in_bands(decoder, x, _FEATURES, 1, BAND_PIXELS)
        return hole.cut(x, origin=outer), hole

    def complete_portably(self, inputs):
        """With Fourier transforms as products with matrices."""
        units = [
            unit.convolution.spectral.fourier_unit
            for block in self.blocks
            for unit in (block.first, block.second)
        ]
        for unit in units:
            unit.by_matrices = True
        try:
            return super().complete_portably(inputs)
        finally:
            for unit in units:
                unit.by_matrices = False

    def to_network(self, levels):
        """RGB in [0, 1]."""
        return tf.cast(levels, tf.float32) / 255.0

    def to_levels(self, picture):
        return tf.cast(picture, tf.float32) * 255.0

    def rounded(self, levels):
        """Cut off, as released."""
        return tf.floor(levels)

    def pad(self, image, hole, edge=None):
        """To a multiple of 8, 16 at least, by mirroring at the bottom and right."""
        shape = tf.shape(image)
        after = [
            tf.maximum(-(-shape[axis] // _FEATURES) * _FEATURES, SMALLEST) - shape[axis]
            for axis in (1, 2)
        ]
        padded = []
        for x in (image, hole):
            static = [
                n and max(-(-n // _FEATURES) * _FEATURES, SMALLEST)
                for n in x.shape[1:3]
            ]
            x = tensors.mirror_pad(x, (0, 0), after)
            padded.append(tf.ensure_shape(x, [None, *static, None]))
        return *padded, edge

    def get_config(self):
        config = super().get_config()
        return {**config, "base_filters": self.base_filters, "blocks": self.block_count}


class _Joined:
    """A unit whose local and global features come as one tensor."""

    def __init__(self, unit):
        self._unit = unit
        self.input_range, self.output_channels = (
            unit.input_range,
            unit.output_channels,
        )
        self.compute_dtype = unit.compute_dtype

    def __call__(self, x):
        return tf.concat(self._unit(x), axis=-1)

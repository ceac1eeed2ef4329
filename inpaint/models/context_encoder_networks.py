"""The generators of Context Encoders §3.1: of the centre, and of random regions.

Pathak, Krähenbühl, Donahue, Darrell, Efros, CVPR 2016, arXiv 1604.07379; conventions
and sizes are told in `context_encoder`.
"""

import keras
import tensorflow as tf

from inpaint.errors import InputError
from inpaint.layers import ChannelwiseDense
from inpaint.models.context_encoder_critic import Layers
from inpaint.models.generator import Generator

HOLE_LEVELS = (117.0, 104.0, 123.0)  # R, G, B of 255; in this order, as released


class ContextEncoderNetwork(Generator):
    """Encoder, bottleneck and decoder (§3).

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      bottleneck: features between encoder and decoder.
      channelwise: a channel-wise dense layer and a 1×1 convolution in place of them.
      use_bias: whether the convolutions have biases, as released.
    """

    scope = "context_encoder"

    def __init__(self, base_filters, bottleneck, channelwise, use_bias, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("base_filters", base_filters), ("bottleneck", bottleneck)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive. Received: {value!r}")
        self.base_filters = base_filters
        self.bottleneck = bottleneck
        self.channelwise = channelwise
        self.use_bias = use_bias
        side = self.fixed_size[0]
        inputs = keras.Input((side, side, 3))
        make = Layers(use_bias, self.dtype_policy)
        layers = [
            *self._encoder(make),
            *self._bottleneck(make),
            *self._decoder(make),
        ]
        self.autoencoder = keras.Sequential([inputs, *layers], name="autoencoder")
        self.build()

    @property
    def widths(self):
        """Filters of the convolutions before the bottleneck, in `base_filters`."""
        return (1, 1, 2, 4, 8) if self.fixed_size == (128, 128) else (1, 2, 4, 8)

    @property
    def painted_widths(self):
        """Filters of the transposed ones between bottleneck and last, likewise."""
        return [4, 2, 1]

    def _encoder(self, layers):
        return [
            layers.conv(f"conv{i}", factor * self.base_filters, norm=i > 1)
            for i, factor in enumerate(self.widths, start=1)
        ]

    def _bottleneck(self, layers):
        features = 8 * self.base_filters
        if self.channelwise:
            # "Followed by a stride 1 convolution" (§3.1); 1×1, since the layer before
            # has already seen every position.
            across = layers.conv(
                "across", features, 1, kernel_size=1, activation="relu"
            )
            return [ChannelwiseDense(name="channelwise", dtype=layers.dtype), across]
        number = len(self.widths) + 1
        return [
            layers.conv(f"conv{number}", self.bottleneck, 1, "valid"),
            layers.deconv("deconv1", features, "valid"),
        ]

    def _decoder(self, layers):
        inner = [
            layers.deconv(f"deconv{i}", factor * self.base_filters)
            for i, factor in enumerate(self.painted_widths, start=2)
        ]
        last = f"deconv{len(inner) + 2}"
        return [*inner, layers.deconv(last, 3, norm=False, activation="tanh")]

    def incomplete(self, pictures, hole):
        """The hole has the hole's colour."""
        color = tf.constant(HOLE_LEVELS, pictures.dtype) / 127.5 - 1.0
        return pictures * (1.0 - hole) + color * hole

    def get_config(self):
        config = super().get_config()
        config.update(
            base_filters=self.base_filters,
            bottleneck=self.bottleneck,
            channelwise=self.channelwise,
            use_bias=self.use_bias,
        )
        return config


@keras.utils.register_keras_serializable(package="inpaint")
class ContextEncoderGenerator(ContextEncoderNetwork):
    """The network of the centre: 128×128, of which it paints the middle 64×64.

    Args:
      overlap: pixels of the known picture, on every side, that it paints too.
      others: see `ContextEncoderNetwork`.
    """

    fixed_size = (128, 128)
    painted_size = 64

    def __init__(
        self,
        base_filters=64,
        bottleneck=4000,
        overlap=4,
        channelwise=False,
        use_bias=True,
        name="context_encoder",
        **kwargs,
    ):
        if not 0 <= overlap < self.painted_size // 2:
            raise ValueError(f"`overlap` must lie in [0, 32). Received: {overlap!r}")
        self.overlap = overlap
        super().__init__(
            base_filters, bottleneck, channelwise, use_bias, name=name, **kwargs
        )

    @property
    def paintable(self):
        """The part of a picture that it can paint: (first, end) of rows and columns."""
        room = (self.fixed_size[0] - self.painted_size) // 2 + self.overlap
        return room, self.fixed_size[0] - room

    def call(self, inputs, training=None):
        image = inputs["image"]
        painted = self.paint_middle(image, training)
        room = (self.fixed_size[0] - self.painted_size) // 2
        margins = [[0, 0], [room, room], [room, room], [0, 0]]
        middle = tf.pad(tf.ones_like(painted[..., :1]), margins) > 0.5
        return {"painted": tf.where(middle, tf.pad(painted, margins), image)}

    def incomplete(self, pictures, hole):
        """The middle, all that it paints but the overlap, has the hole's colour too."""
        first, end = self.paintable
        around = [first, self.fixed_size[0] - end]
        middle = tf.ones([1, end - first, end - first, 1], pictures.dtype)
        middle = tf.pad(middle, [[0, 0], around, around, [0, 0]])
        return super().incomplete(pictures, tf.maximum(hole, middle))

    def painted_part(self, pictures):
        """The part of pictures that is painted: `[B, 64, 64, C]`."""
        room = (self.fixed_size[0] - self.painted_size) // 2
        return pictures[:, room:-room, room:-room]

    def paint_middle(self, image, training=None):
        """What is painted: `[B, 64, 64, 3]`."""
        return self.autoencoder(image, training=training)

    def get_config(self):
        config = super().get_config()
        config.update(overlap=self.overlap)
        return config


@keras.utils.register_keras_serializable(package="inpaint")
class ContextEncoderRandomGenerator(ContextEncoderNetwork):
    """The network of random regions: it paints the whole picture.

    Args:
      size: 64 or 128, pixels of a side.
      others: see `ContextEncoderNetwork`.
    """

    def __init__(
        self,
        size=128,
        base_filters=64,
        bottleneck=4000,
        channelwise=False,
        use_bias=True,
        name="context_encoder_random",
        **kwargs,
    ):
        if size not in (64, 128):
            raise ValueError(f"`size` must be 64 or 128. Received: {size!r}")
        self.size = size
        self.fixed_size = (size, size)
        super().__init__(
            base_filters, bottleneck, channelwise, use_bias, name=name, **kwargs
        )

    overlap = 0
    fixed_size = (128, 128)  # or (64, 64)

    @property
    def painted_size(self):
        """Side of what it paints, in pixels."""
        return self.size

    def painted_part(self, pictures):
        """The part of pictures that is painted: all."""
        return pictures

    @property
    def paintable(self):
        """The part of a picture that it can paint: (first, end) of rows and columns."""
        return 0, self.size

    @property
    def painted_widths(self):
        return [4, 2, 1, 1] if self.size == 128 else [4, 2, 1]

    @classmethod
    def arguments_of(cls, config):
        height, width, _ = config.img_shapes
        if height != width or height not in (64, 128):
            raise InputError(
                f"img_shapes: {config.model} takes 64 × 64 or 128 × 128 pixels, not "
                f"{height} × {width}"
            )
        return {**super().arguments_of(config), "size": height}

    def call(self, inputs, training=None):
        return {"painted": self.autoencoder(inputs["image"], training=training)}

    def get_config(self):
        config = super().get_config()
        config.update(size=self.size)
        return config

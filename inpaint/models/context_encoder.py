"""Context Encoders, "Context Encoders: Feature Learning by Inpainting" (CVPR 2016).

Pathak, Krähenbühl, Donahue, Darrell, Efros, arXiv 1604.07379. An encoder brings the
picture down to one place of `bottleneck` features, a decoder paints from them (§3.1);
trained on a weighted l2 loss and against a discriminator (§3.2).

* Pictures are `[B, H, W, 3]` RGB in [−1, 1]; the network sees no mask, but the hole's
  colour: 117, 104, 123 of 255.
* The size is fixed: the encoder's last convolution covers all of its input.
* `context_encoder` takes 128×128 and paints the middle 64×64, of which only the part
  `overlap` pixels inside is hidden: 56×56 as released, 50×50 as published.
* `context_encoder_random` takes and paints 128×128 or 64×64, for holes anywhere.
* At `base_filters` 64 and `bottleneck` 4000, `context_encoder` has 71,130,531 trainable
  values and its discriminator 2,766,529; `context_encoder_random` 71,196,259 and
  2,832,257 for 128×128, 71,064,803 and 2,766,529 for 64×64.

As released, convolutions are 4×4, in the order convolution, batch norm, activation, and
have biases, which training sets to 0 before it evaluates anything. The channel-wise
dense layer, the paper's own bottleneck (§3.1), is an option.
"""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from inpaint import losses
from inpaint.layers import (
    ChannelwiseDense,
    NormConv2D,
    NormConv2DTranspose,
    leaky_relu,
)
from inpaint.models.base import Generator, Network

HOLE_LEVELS = (117.0, 104.0, 123.0)  # R, G, B of 255; in this order, as released


class _Layers(NamedTuple):
    """Makes the layers of a network, with the release's initial values."""

    use_bias: bool
    dtype: Any

    def conv(self, name, filters, strides=2, padding="same", **options):
        """A 4×4 convolution of encoder or discriminator, with leaky ReLU."""
        options = {"kernel_size": 4, "activation": leaky_relu, **options}
        return NormConv2D(
            filters,
            strides=strides,
            padding=padding,
            name=name,
            **self._common(),
            **options,
        )

    def deconv(self, name, filters, padding="same", **options):
        """A transposed 4×4 convolution of the decoder, with ReLU."""
        return NormConv2DTranspose(
            filters, padding, name=name, **self._common(), **options
        )

    def _common(self):
        return {
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.RandomNormal(0.0, 0.02),
            "gamma_initializer": keras.initializers.RandomNormal(1.0, 0.02),
            "dtype": self.dtype,
        }


class ContextEncoderNetwork(Generator):
    """Encoder, bottleneck and decoder (§3.1).

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
        make = _Layers(use_bias, self.dtype_policy)
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
            # has already seen every place.
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
        super().__init__(
            base_filters, bottleneck, channelwise, use_bias, name=name, **kwargs
        )

    @property
    def fixed_size(self):
        return (self.size, self.size)

    @property
    def paintable(self):
        """The part of a picture that it can paint: (first, end) of rows and columns."""
        return 0, self.size

    @property
    def painted_widths(self):
        return [4, 2, 1, 1] if self.size == 128 else [4, 2, 1]

    def call(self, inputs, training=None):
        return {"painted": self.autoencoder(inputs["image"], training=training)}

    def get_config(self):
        config = super().get_config()
        config.update(size=self.size)
        return config


@keras.utils.register_keras_serializable(package="inpaint")
class ContextEncoderCritic(Network):
    """The discriminator of what was painted (§3.2).

    Args:
      size: 64 or 128, pixels of a side.
      filters: of the first convolution; all others scale with it.
      use_bias: whether the convolutions have biases.

    Call arguments:
      inputs: `[B, size, size, 3]` RGB in [−1, 1].
      training: see `BatchNorm`.

    Returns:
      `[B, 1]` float32: logits of how likely the pictures are real ones.
    """

    scope = "discriminator"

    def __init__(
        self, size=64, filters=64, use_bias=True, name="discriminator", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.size = size
        self.filters = filters
        self.use_bias = use_bias
        make = _Layers(use_bias, self.dtype_policy)
        widths = (1, 1, 2, 4, 8) if size == 128 else (1, 2, 4, 8)
        layers = [
            make.conv(f"conv{i}", factor * filters, norm=i > 1)
            for i, factor in enumerate(widths, start=1)
        ]
        last = make.conv(
            f"conv{len(widths) + 1}", 1, 1, "valid", norm=False, activation=None
        )
        inputs = keras.Input((size, size, 3))
        self.part = keras.Sequential([inputs, *layers, last], name="layers")
        self.build()

    def call(self, inputs, training=None):
        logits = self.part(inputs, training=training)
        return tf.cast(tf.reshape(logits, [-1, 1]), tf.float32)

    def get_config(self):
        config = super().get_config()
        config.update(size=self.size, filters=self.filters, use_bias=self.use_bias)
        return config


def rim_weights(size, overlap, weight):
    """λ inside, 10·λ on the rim: `[1, size, size, 1]` (§3.2, as released).

    Args:
      size: of what is painted, in pixels.
      overlap: width of the rim.
      weight: λ.
    """
    inside = tf.ones([size - 2 * overlap, size - 2 * overlap])
    inside = tf.pad(inside, [[overlap, overlap], [overlap, overlap]])
    return weight * (10.0 - 9.0 * inside)[tf.newaxis, ..., tf.newaxis]


def weighted_l2(images, painted, weights):
    """mean w·(painted − x)², over everything (equation 1)."""
    return tf.reduce_mean(weights * (painted - images) ** 2)


def discriminator_loss(real, painted):
    """−mean log D(x) − mean log(1 − D(painted)) (equation 2), not halved."""
    return losses.real_cross_entropy(real) + losses.false_cross_entropy(painted)


def joint_loss(reconstructed, painted, weight):
    """The weighted l2 and (1 − λ)·−mean log D(painted) (equation 3).

    Args:
      reconstructed: `weighted_l2`, whose weights hold λ.
      painted: the discriminator's logits.
      weight: λ.
    """
    return reconstructed + (1.0 - weight) * losses.real_cross_entropy(painted)

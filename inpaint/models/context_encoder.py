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

from functools import partial

import keras
import tensorflow as tf

from inpaint import losses, masks
from inpaint.errors import InputError
from inpaint.layers import ChannelwiseDense
from inpaint.models.base import (
    Generator,
    InpaintingModel,
    Losses,
    Phase,
    Update,
    register,
)
from inpaint.models.context_encoder_critic import ContextEncoderCritic, Layers

HOLE_LEVELS = (117.0, 104.0, 123.0)  # R, G, B of 255; in this order, as released


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


class ContextEncoder(InpaintingModel):
    """Context Encoders in training: discriminator and generator on one batch (§3.2).

    Args:
      generator: a `ContextEncoderGenerator` or `ContextEncoderRandomGenerator`.
      discriminator_filters: filters of the discriminator's first convolution.
      discriminator_learning_rate: of its Adam; `learning_rate` is the generator's.
      wtl2: λ.
      train_biases: whether biases are trained; else they are 0 in every evaluation and
        one step of Adam away from it after it, as released.
      **options: see `InpaintingModel`.
    """

    def __init__(
        self,
        generator,
        discriminator_filters=64,
        discriminator_learning_rate=2e-4,
        wtl2=0.999,
        train_biases=False,
        **options,
    ):
        critic = ContextEncoderCritic(generator.painted_size, discriminator_filters)
        options = {"learning_rate": 2e-3, "adam_beta2": 0.999, **options}
        super().__init__(generator, [critic], **options)
        self.discriminator_learning_rate = discriminator_learning_rate
        self.wtl2 = wtl2
        self.train_biases = train_biases
        self.weights = rim_weights(generator.painted_size, generator.overlap, wtl2)

    @classmethod
    def from_config(cls, generator, config):
        sampler = masks.make(config.masks, config)
        if isinstance(generator, ContextEncoderGenerator):
            if config.masks != "center":
                raise InputError(
                    f"masks: {config.model} is trained on its centre alone: expected "
                    f"center, got {config.masks}"
                )
            sampler = masks.Middle(generator.paintable)
        return cls(
            generator,
            discriminator_filters=config.discriminator_filters,
            discriminator_learning_rate=config.discriminator_learning_rate,
            wtl2=config.wtl2,
            train_biases=config.train_biases,
            sampler=sampler,
            learning_rate=config.learning_rate,
            adam_beta1=config.adam_beta1,
            adam_beta2=config.adam_beta2,
        )

    def optimizers(self):
        rates = {
            "discriminator": self.discriminator_learning_rate,
            "generator": self.learning_rate,
        }
        return {
            key: keras.optimizers.Adam(
                rate, self.adam_beta1, self.adam_beta2, epsilon=1e-8
            )
            for key, rate in rates.items()
        }

    def phases(self):
        discriminator = Update(
            "discriminator",
            partial(self._evaluated, self.critic_losses),
            lambda: self.critic_variables,
            "discriminator",
            batch=0,
        )
        generator = Update(
            "generator",
            partial(self._evaluated, self.generator_losses),
            lambda: self.generator_variables,
            "generator",
            batch=0,
        )
        return [Phase("train", None, [discriminator, generator])]

    def critic_losses(self, batch):
        painted = tf.stop_gradient(self.paint(batch)["painted"])
        on_real, on_painted = (
            self.critics[0](self.generator.painted_part(x), training=True)
            for x in (batch.images, painted)
        )
        loss = discriminator_loss(on_real, on_painted)
        return Losses(loss, {"losses/d_loss": loss})

    def generator_losses(self, batch, painted=None):
        painted = (painted or self.paint(batch))["painted"]
        real, painted = map(self.generator.painted_part, (batch.images, painted))
        logits = self.critics[0](painted, training=True)
        reconstructed = weighted_l2(real, painted, self.weights)
        total = joint_loss(reconstructed, logits, self.wtl2)
        return Losses(
            total,
            {
                "losses/weighted_l2": reconstructed,
                "losses/adversarial": losses.real_cross_entropy(logits),
                "losses/g_loss": total,
            },
        )

    def _evaluated(self, function, batch):
        """`function` of a batch, all biases 0 unless they are trained."""
        if not self.train_biases:
            for part in (self.generator.autoencoder, self.critics[0].part):
                for layer in part.layers:
                    if layer.bias is not None:
                        layer.bias.assign(tf.zeros(layer.bias.shape))
        return function(batch)


register("context_encoder", ContextEncoderGenerator, ContextEncoder)
register("context_encoder_random", ContextEncoderRandomGenerator, ContextEncoder)

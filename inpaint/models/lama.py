"""LaMa: "Resolution-robust Large Mask Inpainting with Fourier Convolutions".

Suvorov, Logacheva, Mashikhin, Remizova, Ashukha, Silvestrov, Kong, Goka, Park,
Lempitsky, WACV 2022, arXiv 2109.07161 [1]; fast Fourier convolutions are those of Chi,
Jiang, Mu, NeurIPS 2020 [2]. As the authors' configurations have it where the paper's
formulas are loose.

The network ([1] §2.1) takes the picture, 0 in the hole, and the mask, and paints the
whole picture in one stage. With 64 base filters and 9 blocks it has 27,048,835
trainable values ("LaMa-Fourier"), with 18 blocks 50,975,875 ("Big-LaMa"):

    image ‖ hole           [B, H, W, 4], RGB in [0, 1]
    7×7, 3 × (3×3 / 2)     [B, H/8, W/8, 128 local + 384 global]
    9 or 18 blocks         the same: x + FFC unit(FFC unit(x))
    3 × (3×3 transposed)   [B, H, W, 64]
    7×7, sigmoid           [B, H, W, 3]

An FFC unit is a fast Fourier convolution ([2]), batch normalisation and ReLU, for local
and for global features. Convolutions mirror the border without repeating it. H and W
are padded to multiples of 8, 16 at least, by mirroring with it, and cut back.

Training ([1] §2.2): ℓ1 on known pixels, a non-saturating adversarial loss on patches
with R1's penalty, whose critic takes known places for real, feature matching, and a
perceptual loss in a dilated ResNet-50. The losses see what the network painted, known
pixels included, not the composite. Both updates of an iteration are on one batch.
"""

import keras
import tensorflow as tf

from inpaint import losses, masks, tensors
from inpaint.errors import InputError
from inpaint.fastpath import regions
from inpaint.features.resnet50 import DilatedResNet50
from inpaint.features.vgg16 import DEVIATION, MEAN
from inpaint.layers.ffc_units import FFCBlock, FFCUnit, Painter, TransposedUnit
from inpaint.models import registry
from inpaint.models.base import Generator, InpaintingModel, Losses, Phase, Update
from inpaint.models.lama_discriminator import LaMaDiscriminator

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
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"`{argument}` must be a positive integer. Received: {value!r}"
                )
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
            Painter(name="painter"),
        ]
        self.build()

    def make_weights(self):
        """Of all layers, without running them."""
        for layers, channels in (
            (self.encoder, 4),
            (self.decoder, self.encoder[-1].channels),
        ):
            for layer in layers:
                layer.build((None, None, None, channels))
                channels = layer.channels
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
        outer = hole.grown(regions.margin(decoder, _FEATURES, 1), size)
        x = outer.cut(x, _FEATURES)
        x = regions.in_bands(decoder, x, _FEATURES, 1, BAND_PIXELS)
        return hole.cut(x, origin=outer), hole

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
        image, hole = (tensors.mirror_pad(x, (0, 0), after) for x in (image, hole))
        return image, hole, edge

    def get_config(self):
        config = super().get_config()
        return {**config, "base_filters": self.base_filters, "blocks": self.block_count}


class _Joined:
    """A unit whose local and global features come as one tensor."""

    def __init__(self, unit):
        self._unit = unit
        self.source, self.channels = unit.source, unit.channels

    def __call__(self, x):
        return tf.concat(self._unit(x), axis=-1)


class LaMa(InpaintingModel):
    """LaMa in training ([1] §2.2); the two updates of an iteration share its batch.

    Args:
      generator: a `LaMaGenerator`.
      critic: a `LaMaDiscriminator`.
      perceptual: the frozen network of the perceptual loss, a function of normalised
        pictures that returns a list of features; None for training without.
      critic_learning_rate: of the critic's Adam; the generator's is `learning_rate`.
      gradient_norm: most that the norm of a network's gradients may be.
      l1_alpha: weight of the known pixels' reconstruction.
      gan_alpha: weight of the adversarial loss.
      feature_matching_alpha, perceptual_alpha: weights of the distances of features.
      r1_gamma: weight of R1's penalty on the critic.
      **kwargs: see `InpaintingModel`.
    """

    def __init__(
        self,
        generator,
        critic,
        perceptual=None,
        critic_learning_rate=1e-4,
        gradient_norm=1.0,
        l1_alpha=10.0,
        gan_alpha=10.0,
        feature_matching_alpha=100.0,
        perceptual_alpha=30.0,
        r1_gamma=0.001,
        learning_rate=1e-3,
        **kwargs,
    ):
        frozen = [] if perceptual is None else [perceptual]
        kwargs = {"learning_rate": learning_rate, "frozen": frozen, **kwargs}
        super().__init__(generator, [critic], **kwargs)
        self.critic = critic
        self.perceptual_network = perceptual
        self.critic_learning_rate = critic_learning_rate
        self.gradient_norm = gradient_norm
        self.l1_alpha = l1_alpha
        self.gan_alpha = gan_alpha
        self.feature_matching_alpha = feature_matching_alpha
        self.perceptual_alpha = perceptual_alpha
        self.r1_gamma = r1_gamma

    @classmethod
    def from_config(cls, generator, config):
        perceptual = None
        if config.perceptual_alpha:
            if not config.resnet50_weights:
                raise InputError(
                    "resnet50_weights: the perceptual loss needs the .npz file of a "
                    "dilated ResNet-50; perceptual_alpha: 0 trains without it"
                )
            perceptual = DilatedResNet50(config.resnet50_weights)
        return cls(
            generator,
            LaMaDiscriminator(config.discriminator_filters),
            perceptual,
            critic_learning_rate=config.critic_learning_rate,
            gradient_norm=config.gradient_norm,
            l1_alpha=config.l1_loss_alpha,
            gan_alpha=config.gan_loss_alpha,
            feature_matching_alpha=config.feature_matching_alpha,
            perceptual_alpha=config.perceptual_alpha,
            r1_gamma=config.r1_gamma,
            learning_rate=config.learning_rate,
            sampler=masks.make(config.masks, config),
        )

    def optimizers(self):
        """An Adam for each network; each clips all of its gradients by their norm."""
        rates = {"adam": self.learning_rate, "critic": self.critic_learning_rate}
        return {
            name: keras.optimizers.Adam(
                rate, epsilon=1e-8, global_clipnorm=self.gradient_norm or None
            )
            for name, rate in rates.items()
        }

    def phases(self):
        """The generator's update, then the critic's on the same batch, painted anew."""
        updates = [
            Update(
                "generator",
                self.generator_losses,
                lambda: self.generator_variables,
                batch=0,
            ),
            Update(
                "critic",
                self.critic_losses,
                lambda: self.critic_variables,
                "critic",
                batch=0,
            ),
        ]
        return [Phase("train", None, updates)]

    def generator_losses(self, batch, painted=None):
        """`Losses` of the generator; every term is of the whole painted picture."""
        painted = (painted or self.paint(batch))["painted"]
        _, real = self.critic(batch.images, training=True)
        scores, fake = self.critic(painted, training=True)
        known = 1.0 - batch.masks
        matching = losses.squared_distances(real, fake)
        terms = {
            "known_l1": self.l1_alpha
            * losses.weighted_l1(painted, batch.images, known),
            "adversarial": self.gan_alpha * losses.non_saturating(scores),
            "feature_matching": self.feature_matching_alpha
            * tf.cast(sum(matching), tf.float32)
            / len(matching),
        }
        if self.perceptual_network is not None:
            distances = losses.squared_distances(
                self.perceptual(painted), self.perceptual(batch.images)
            )
            terms["perceptual"] = self.perceptual_alpha * sum(distances)
        total = sum(terms.values())
        scalars = {f"losses/{name}": value for name, value in terms.items()}
        return Losses(total, {**scalars, "losses/g_loss": total})

    def critic_losses(self, batch):
        """`Losses` of the critic: known places of painted pictures are real ones."""
        painted = tf.stop_gradient(self.paint(batch)["painted"])
        with tf.GradientTape() as tape:
            tape.watch(batch.images)
            real, _ = self.critic(batch.images, training=True)
            summed = tf.reduce_sum(real)
        slopes = tape.gradient(summed, batch.images)
        fake, _ = self.critic(painted, training=True)
        penalty = self.r1_gamma * losses.r1(slopes)
        hole = self.hole_at(batch.masks, fake)
        total = losses.patch_critic(real, fake, hole) + penalty
        scalars = {"losses/gradient_penalty": penalty, "losses/d_loss": total}
        return Losses(total, scalars)

    def perceptual(self, pictures):
        """The perceptual network's features of pictures in [0, 1]."""
        return self.perceptual_network((pictures - MEAN) / DEVIATION)

    @staticmethod
    def hole_at(hole, scores):
        """The masks at the critic's patches: pixel ⌊i·H/h⌋ at patch i."""
        for axis in (1, 2):
            size, patches = tf.shape(hole)[axis], tf.shape(scores)[axis]
            hole = tf.gather(hole, tf.range(patches) * size // patches, axis=axis)
        return hole


registry.register("lama", LaMaGenerator, LaMa)

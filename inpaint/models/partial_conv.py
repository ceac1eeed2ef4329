"""Partial convolutions for irregular holes: a U-Net that sees known pixels alone.

"Image Inpainting for Irregular Holes Using Partial Convolutions", Liu, Reda, Shih,
Wang, Tao, Catanzaro, ECCV 2018, arXiv 1804.07723 [1]; the layer as in the authors'
NVIDIA/partialconv, whose border counts as hole ("Partial Convolution based Padding",
arXiv 1811.11718).

The network ([1] §3.2) is a U-Net whose every convolution is a partial one: it sees
known features alone, and hands on a mask of what they have reached. With 64 base
filters and 8 levels, for pictures of 512², it has 32,859,732 trainable parameters:

    image, known           [B, H, W, 3], RGB less ImageNet's mean over its deviation
    level n down           [B, H/2ⁿ, W/2ⁿ, 64 … 512], stride 2, BN but at n = 1, ReLU
    level n up             nearest ×2 ‖ level n − 1 down, 3×3, BN, LeakyReLU
    level 1 up             [B, H, W, 3], linear

H and W are padded with hole to multiples of 2^levels and cut back. Masks inside are 1
where known, as in the paper: they are turned round at the door.

Training ([1] §3.3): ℓ1 on known pixels and in the hole, perceptual and style losses in
VGG16 of what was painted and of the composite, total variation around the hole. Two
phases: with batch normalisation, and fine-tuning in which that of the encoder is frozen
whole, statistics, scale and offset ([1] §3.3: holes upset the statistics).
"""

import keras
import tensorflow as tf

from inpaint import losses, masks
from inpaint.features.vgg16 import VGG16
from inpaint.models import registry
from inpaint.models.base import InpaintingModel, Losses, Phase, Update
from inpaint.models.partial_conv_generator import PartialConvGenerator
from inpaint.models.rates import rate_at
from inpaint.tensors import composite


class PartialConv(InpaintingModel):
    """Partial convolutions in training ([1] §3.3).

    Args:
      generator: a `PartialConvGenerator`.
      features: the frozen network of the perceptual and the style loss, a function of
        pictures `[B, H, W, 3]` that returns a list of features; None for training
        without these two.
      fine_tuning_rate: of the second one.
      first_steps: iterations of the first phase, whose rate is `learning_rate`.
      valid_alpha, hole_alpha, perceptual_alpha, style_alpha, tv_alpha: weights of the
        losses.
      **kwargs: see `InpaintingModel`.
    """

    def __init__(
        self,
        generator,
        features,
        fine_tuning_rate=5e-5,
        first_steps=500_000,
        valid_alpha=1.0,
        hole_alpha=6.0,
        perceptual_alpha=0.05,
        style_alpha=120.0,
        tv_alpha=0.1,
        learning_rate=2e-4,
        **kwargs,
    ):
        if features is not None and generator.normalization != "imagenet":
            raise ValueError(
                "`features` compares pictures normalised as ImageNet's. Received: a "
                f"generator of normalization={generator.normalization!r}"
            )
        frozen = [] if features is None else [features]
        super().__init__(
            generator, frozen=frozen, learning_rate=learning_rate, **kwargs
        )
        self.features = features
        self.fine_tuning_rate = fine_tuning_rate
        self.first_steps = first_steps
        self.alphas = {
            "valid": valid_alpha,
            "hole": hole_alpha,
            "perceptual": perceptual_alpha,
            "style": style_alpha,
            "total_variation": tv_alpha,
        }

    @classmethod
    def from_config(cls, generator, config):
        features = None
        if config.perceptual_alpha or config.style_alpha:
            features = VGG16(config.vgg16_weights or None)
        return cls(
            generator,
            features,
            fine_tuning_rate=config.fine_tuning_rate,
            first_steps=config.first_steps,
            valid_alpha=config.valid_alpha,
            hole_alpha=config.hole_alpha,
            perceptual_alpha=config.perceptual_alpha,
            style_alpha=config.style_alpha,
            tv_alpha=config.tv_alpha,
            learning_rate=config.learning_rate,
            sampler=masks.make(config.masks, config),
        )

    def learning_rates(self):
        """One for each phase, of an Adam of its own."""
        return {"adam": self.learning_rate, "fine_tuning": self.fine_tuning_rate}

    def optimizers(self):
        return {
            key: keras.optimizers.Adam(rate_at(rate, 0), epsilon=1e-8)
            for key, rate in self.learning_rates().items()
        }

    def phases(self):
        """With batch norm, then with the encoder's frozen ([1] §3.3)."""
        first = Update(
            "generator", self.generator_losses, lambda: self.generator_variables
        )
        second = Update(
            "fine_tuning",
            lambda batch: self.generator_losses(batch, frozen_encoder=True),
            self.fine_tuned_variables,
            "fine_tuning",
        )
        return [
            Phase("train", self.first_steps, [first]),
            Phase("fine_tuning", None, [second]),
        ]

    def fine_tuned_variables(self):
        """All of the generator but the scales and offsets of the encoder's norms."""
        frozen = {id(v) for v in self.generator.frozen_variables}
        return [v for v in self.generator_variables if id(v) not in frozen]

    def painted(self, batch, frozen_encoder):
        """What the network paints in training, `[B, H, W, 3]` float32."""
        image = self.generator.incomplete(batch.images, batch.masks)
        planes = self.padded(image, batch.masks, None)
        painted = self.generate(*planes, frozen_encoder=frozen_encoder)["painted"]
        return batch.judged(self.cut(tf.cast(painted, tf.float32), image))

    def generate(self, incomplete, masks, edges, frozen_encoder=False):
        return self.generator(
            {"image": incomplete, "hole": masks},
            training=True,
            frozen_encoder=frozen_encoder,
        )

    def generator_losses(self, batch, frozen_encoder=False):
        """`Losses` of one batch ([1] §3.3, equations 2 to 6 and 7 their sum).

        Args:
          batch: a `Batch`.
          frozen_encoder: see `PartialConvGenerator.call`.
        """
        painted = self.painted(batch, frozen_encoder)
        found = self.terms(batch, painted)
        total = sum(self.alphas[name] * value for name, value in found.items())
        scalars = {f"losses/{name}": value for name, value in found.items()}
        return Losses(total, {**scalars, "losses/g_loss": total})

    def terms(self, batch, painted):
        """The losses by name, without their weights."""
        images, hole = batch.images, batch.masks
        completed = composite(painted, images, hole)
        near_hole = batch.judged(tf.nn.max_pool2d(hole, 3, 1, "SAME"))
        found = {
            "valid": losses.weighted_l1(painted, images, 1.0 - hole),
            "hole": losses.weighted_l1(painted, images, hole),
            "total_variation": losses.total_variation(completed, near_hole),
        }
        if self.features is None:
            return found
        of_images, of_painted, of_completed = (
            self.features(x) for x in (images, painted, completed)
        )

        def compared(of):
            pairs = zip((*of_painted, *of_completed), (*of_images, *of_images))
            return sum(losses.l1(of(x), of(y)) for x, y in pairs)

        return {
            **found,
            "perceptual": compared(tf.identity),
            "style": compared(losses.gram),
        }


registry.register("partial_conv", PartialConvGenerator, PartialConv)

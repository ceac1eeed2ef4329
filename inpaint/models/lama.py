"""LaMa: "Resolution-robust Large Mask Inpainting with Fourier Convolutions".

Suvorov, Logacheva, Mashikhin, Remizova, Ashukha, Silvestrov, Kong, Goka, Park,
Lempitsky, WACV 2022, arXiv 2109.07161 [1]; fast Fourier convolutions are those of Chi,
Jiang, Mu, NeurIPS 2020 [2]. As the authors' configurations have it where the paper's
formulas are loose.

The network ([1] §2.1) takes the picture, 0 in the hole, and the mask, and paints the
whole picture in one stage. With 64 base filters and 9 blocks it has 27,048,835
trainable parameters ("LaMa-Fourier"), with 18 blocks 50,975,875 ("Big-LaMa"):

    image ‖ hole           [B, H, W, 4], RGB in [0, 1]
    7×7, 3 × (3×3 / 2)     [B, H/8, W/8, 128 local + 384 global]
    9 or 18 blocks         the same: x + FFC unit(FFC unit(x))
    3 × (3×3 transposed)   [B, H, W, 64]
    7×7, sigmoid           [B, H, W, 3]

An FFC unit is a fast Fourier convolution ([2]), batch normalisation and ReLU, for local
and for global features. Convolutions mirror the border without repeating it. H and W
are padded to multiples of 8, 16 at least, by mirroring with it, and cut back.

Training ([1] §2.2): ℓ1 on known pixels, a non-saturating adversarial loss on patches
with R1's penalty, whose critic takes known patches for real, feature matching, and a
perceptual loss in a dilated ResNet-50. The losses see what the network painted, known
pixels included, not the composite. Both updates of an iteration are on one batch.
"""

import keras
import tensorflow as tf

from inpaint import losses, masks
from inpaint.errors import InputError
from inpaint.features.resnet50 import DilatedResNet50
from inpaint.features.vgg16 import DEVIATION, MEAN
from inpaint.models import registry
from inpaint.models.base import InpaintingModel, Losses, Phase, Update
from inpaint.models.lama_discriminator import LaMaDiscriminator
from inpaint.models.lama_generator import LaMaGenerator
from inpaint.models.rates import rate_at


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

    def learning_rates(self):
        return {"adam": self.learning_rate, "critic": self.critic_learning_rate}

    def optimizers(self):
        """An Adam for each network; each clips all of its gradients by their norm."""
        clipnorm = self.gradient_norm or None
        return {
            key: keras.optimizers.Adam(
                rate_at(rate, 0), epsilon=1e-8, global_clipnorm=clipnorm
            )
            for key, rate in self.learning_rates().items()
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
            * sum(matching)
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
        """`Losses` of the critic: known patches of painted pictures are real ones."""
        painted = tf.stop_gradient(self.paint(batch)["painted"])
        with tf.GradientTape() as tape:
            tape.watch(batch.images)
            real, _ = self.critic(batch.images, training=True)
            summed = tf.reduce_sum(real)
        gradients = tape.gradient(summed, batch.images)
        fake, _ = self.critic(painted, training=True)
        penalty = self.r1_gamma * losses.r1(batch.judged(gradients))
        hole = self.hole_at(batch.judged(batch.masks), fake)
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

"""DeepFill v2, "Free-Form Image Inpainting with Gated Convolution" (ICCV 2019).

Yu, Lin, Yang, Shen, Lu, Huang, arXiv 1806.03589. The coarse-to-fine generator with
gated convolutions (§3.1, figure 3). With `base_filters` 48 it is the released network:
4,052,478 parameters, 4,053,678 guided. The critic is SN-PatchGAN (§3.3).
"""

from typing import ClassVar

import keras
import tensorflow as tf

from inpaint import losses, masks
from inpaint.errors import InputError
from inpaint.features.texture import Texture
from inpaint.layers import GatedConv2D, GatedUpsample2D
from inpaint.models import copying, registry
from inpaint.models.base import InpaintingModel, Losses, require_loss, score_pair
from inpaint.models.coarse_to_fine import CoarseToFineGenerator, require_gan
from inpaint.models.sn_patch_gan import SNPatchGAN
from inpaint.tensors import composite


@keras.utils.register_keras_serializable("inpaint")
class DeepFillV2Generator(CoarseToFineGenerator):
    """The generator of DeepFill v2; arguments, inputs and outputs as in `base`."""

    convolution = GatedConv2D
    upsample = GatedUpsample2D
    plain: ClassVar = {"gated": False}

    def __init__(
        self,
        base_filters=48,
        guided=False,
        padding="same",
        stride_padding="same",
        channels=3,
        value_range=None,
        name="deepfill_v2",
        **kwargs,
    ):
        super().__init__(
            base_filters,
            guided,
            padding,
            stride_padding,
            channels,
            value_range,
            name=name,
            **kwargs,
        )

    @property
    def stage2_channels(self):
        return self.channels

    @classmethod
    def arguments_of(cls, config):
        arguments = super().arguments_of(config)
        if config.channels != cls.channels:
            arguments.update(channels=config.channels, value_range=config.value_range)
        return arguments

    def stage2_input(self, completed, mask):
        """Only the picture: neither ones nor mask, as released."""
        return completed

    def to_range(self, painted):
        return tf.tanh(painted)


class DeepFillV2(InpaintingModel):
    """DeepFill v2 in training: reconstruction and SN-PatchGAN's hinge loss (§3.3).

    Args:
      generator: a `DeepFillV2Generator`.
      discriminator_filters: filters of the critic's first convolution.
      spectral_norm: see `SNPatchGAN`.
      gan_with_mask: whether the critic sees the mask. A guided one sees the sketch.
      gan_loss_alpha: weight of the generator's hinge loss; 0 leaves the critic
        untrained.
      ae_loss: whether the generator is trained on the reconstruction loss too.
      l1_loss_alpha: weight of the reconstruction loss.
      texture_alpha: weight of `inpaint.features.texture`, between the truth and the
        picture as completed by each stage, beyond the paper; 0: without.
      texture_depth: pixels of the hole's rim that it leaves to the reconstruction loss.
      initializer: "release", or "copying", see `inpaint.models.copying`.
      **kwargs: see `InpaintingModel`.

    Raises:
      InputError: if no loss is left.
    """

    gradient_tags = (("g_loss", "gan_hinge_loss/g_loss"), ("ae_loss", "losses/ae_loss"))

    def __init__(
        self,
        generator,
        discriminator_filters=64,
        spectral_norm="neuralgym",
        gan_with_mask=True,
        gan_loss_alpha=1.0,
        ae_loss=True,
        l1_loss_alpha=1.0,
        texture_alpha=0.0,
        texture_depth=0,
        initializer="release",
        **kwargs,
    ):
        require_loss(
            gan_loss_alpha=gan_loss_alpha,
            ae_loss=ae_loss and l1_loss_alpha,
            texture_alpha=texture_alpha,
        )
        critic = SNPatchGAN(
            channels=generator.channels + gan_with_mask + generator.guided,
            filters=discriminator_filters,
            spectral_norm=spectral_norm,
        )
        super().__init__(generator, [critic], **kwargs)
        self.gan_with_mask = gan_with_mask
        self.gan_loss_alpha = gan_loss_alpha
        self.ae_loss = ae_loss
        self.l1_loss_alpha = l1_loss_alpha
        self.texture_alpha = texture_alpha
        self.texture = Texture() if texture_alpha else None
        self.texture_depth = texture_depth
        self.initializer = initializer
        if not gan_loss_alpha:  # the adversarial loss has no weight: no critic
            self.critic_updates = 0

    @classmethod
    def from_config(cls, generator, config):
        require_gan(config, "sngan")
        if config.accumulate > 1 and config.spectral_norm == "addons":
            raise InputError(
                "accumulate: with spectral_norm: addons, which changes the critic's "
                "kernels with every part of a batch, there is none: use neuralgym"
            )
        return cls(
            generator,
            discriminator_filters=config.discriminator_filters,
            spectral_norm=config.spectral_norm,
            gan_with_mask=config.gan_with_mask,
            gan_loss_alpha=config.gan_loss_alpha,
            ae_loss=config.ae_loss,
            l1_loss_alpha=config.l1_loss_alpha,
            texture_alpha=config.texture_alpha,
            texture_depth=config.texture_depth,
            initializer=config.initializer,
            sampler=masks.make(config.masks, config),
            learning_rate=config.learning_rate,
            adam_beta1=config.adam_beta1,
            adam_beta2=config.adam_beta2,
        )

    def prepare(self, images):
        """A generator that copies, by some of the pictures, where it is asked for."""
        if self.initializer != "copying":
            return
        found, count = [], 0
        for batch in images:
            found.append(batch)
            count += len(batch)
            if count >= copying.PICTURES:
                break
        pictures = self.generator.to_network(tf.concat(found, 0)[: copying.PICTURES])
        drawn = self.sampler.draw(masks.rng(0, 0), *pictures.shape[:3])
        hole = tf.constant(drawn["masks"])
        inputs = {"image": self.generator.incomplete(pictures, hole), "hole": hole}
        if self.generator.guided:
            inputs["edge"] = tf.zeros_like(hole)
        copying.start(self.generator, inputs)

    def critic_losses(self, batch):
        completed = tf.stop_gradient(self.paint(batch)["completed"])
        real, completed = self.scores(batch, completed)
        scalars = self._hinge_scalars(real, completed)
        return Losses(scalars["gan_hinge_loss/d_loss"], scalars)

    def generator_losses(self, batch, painted=None):
        painted = painted or self.paint(batch)
        seen = tf.concat([painted["completed"], *self._conditions(batch)], axis=-1)
        completed = self.critics[0](seen, training=True)
        g_loss = losses.adversarial(completed)
        ae_loss = self.l1_loss_alpha * losses.reconstruction(
            batch.images, painted["coarse"], painted["refined"]
        )
        total = self.gan_loss_alpha * g_loss if self.gan_loss_alpha else 0.0
        if self.ae_loss:
            total += ae_loss
        scalars = {"gan_hinge_loss/g_loss": g_loss, "losses/ae_loss": ae_loss}
        if self.texture is not None:
            found = self._texture_of_stages(batch, painted)
            total += self.texture_alpha * found
            scalars["losses/texture"] = found
        return Losses(total, {**scalars, "losses/g_loss": total})

    def _texture_of_stages(self, batch, painted):
        """Of the coarse stage too: by its texture the attention finds what to copy."""
        pictures, hole = batch.images, batch.masks
        deep = hole
        if self.texture_depth:
            reach = 2 * self.texture_depth + 1
            deep = 1.0 - tf.nn.max_pool2d(1.0 - hole, reach, 1, "SAME")
        return sum(
            self.texture(composite(painted[stage], pictures, hole), pictures, deep)
            for stage in self.generator.stages
        )

    def scores(self, batch, completed):
        """The critic's scores of the real and the completed pictures, `[B, N]` each."""
        return score_pair(
            self.critics[0], batch.images, completed, self._conditions(batch)
        )

    def _conditions(self, batch):
        """What the critic sees beside the pictures, `[B, H, W, 1]` each."""
        ones = tf.ones_like(batch.images[..., :1])
        conditions = [ones * batch.masks] if self.gan_with_mask else []
        if batch.edges is not None:
            conditions.append(batch.edges * batch.masks)
        return conditions

    @staticmethod
    def _hinge_scalars(real, completed):
        return {
            "gan_hinge_loss/pos_hinge_avg": losses.hinge_real(real),
            "gan_hinge_loss/neg_hinge_avg": losses.hinge_completed(completed),
            "gan_hinge_loss/d_loss": losses.hinge_critic(real, completed),
        }


registry.register("deepfill_v2", DeepFillV2Generator, DeepFillV2)

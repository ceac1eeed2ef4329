"""DeepFill v1, "Generative Image Inpainting with Contextual Attention" (CVPR 2018).

Yu, Lin, Yang, Shen, Lu, Huang, arXiv 1801.07892. The networks are those of
`deepfill_v1_generator`. They are trained on boxes: spatially discounted reconstruction
(§3.3) and a local and a global critic, WGANs with gradient penalty (§3.2).
"""

import tensorflow as tf

from inpaint import losses
from inpaint.errors import InputError
from inpaint.models import registry
from inpaint.models.base import (
    InpaintingModel,
    Losses,
    Phase,
    Update,
    require_loss,
    score_pair,
)
from inpaint.models.coarse_to_fine import require_gan
from inpaint.models.deepfill_v1_generator import (
    DeepFillV1BaselineGenerator,
    DeepFillV1Generator,
)
from inpaint.models.deepfill_v1_sampler import BoxesAndAlphas
from inpaint.models.wgan_critics import WGANCritic
from inpaint.tensors import crop


class DeepFillV1(InpaintingModel):
    """DeepFill v1 in training: reconstruction and two critics (§3.2, §3.3).

    Batches hold the boxes and the gradient penalty's shares. Where they hold distances
    too, the hole is of any shape: the reconstruction in it is weighed by the distance
    to the nearest known pixel in place of the box's formula.

    Args:
      generator: a `DeepFillV1Generator`.
      image_size: (height, width) of the pictures.
      box_size: (height, width) of the boxes before they shrink: what the local critic
        scores.
      discriminator_filters: filters of the critics' first convolutions.
      gan_with_mask: whether the critics see the mask.
      gan_loss_alpha: weight of the generator's adversarial loss.
      global_wgan_loss_alpha: weight of the global critic in it.
      wgan_gp_lambda: weight of the gradient penalty.
      l1_loss: whether the generator is trained on the reconstruction of the box.
      l1_loss_alpha: its weight.
      discounted_mask: whether it weighs less deep in the hole.
      spatial_discounting_gamma: by this factor a pixel.
      ae_loss: whether the generator is trained on the reconstruction of known pixels.
      ae_loss_alpha: its weight.
      coarse_l1_alpha: weight of the first stage in both reconstructions.
      pretrain_coarse_network: train the first stage only, without critics.
      **kwargs: see `InpaintingModel`. The sampler draws `boxes` and `alphas`.

    Raises:
      InputError: if no loss is left.
    """

    critic_updates = 5
    gradient_tags = (
        ("g_loss_local", "gan/local_gan/g_loss"),
        ("g_loss_global", "gan/global_gan/g_loss"),
        ("g_loss", "losses/g_loss"),
        ("l1_loss", "losses/l1_loss"),
        ("ae_loss", "losses/ae_loss"),
    )

    def __init__(
        self,
        generator,
        image_size=(256, 256),
        box_size=(128, 128),
        discriminator_filters=64,
        gan_with_mask=False,
        gan_loss_alpha=0.001,
        global_wgan_loss_alpha=1.0,
        wgan_gp_lambda=10.0,
        l1_loss=True,
        l1_loss_alpha=1.2,
        discounted_mask=True,
        spatial_discounting_gamma=0.9,
        ae_loss=True,
        ae_loss_alpha=1.2,
        coarse_l1_alpha=1.2,
        pretrain_coarse_network=False,
        **kwargs,
    ):
        reconstruction = {
            "l1_loss": l1_loss and l1_loss_alpha,
            "ae_loss": ae_loss and ae_loss_alpha,
        }
        if pretrain_coarse_network:
            reconstruction = {k: v * coarse_l1_alpha for k, v in reconstruction.items()}
            require_loss(**reconstruction)
        else:
            require_loss(gan_loss_alpha=gan_loss_alpha, **reconstruction)
        critics = []
        if pretrain_coarse_network:
            self.gradient_tags = ()
        else:
            shared = {"channels": 3 + gan_with_mask, "filters": discriminator_filters}
            critics = [
                WGANCritic("local", *box_size, **shared),
                WGANCritic("global", *image_size, **shared),
            ]
        super().__init__(generator, critics, **kwargs)
        self.box_size = tuple(box_size)
        self.gan_with_mask = gan_with_mask
        self.gan_loss_alpha = gan_loss_alpha
        self.global_wgan_loss_alpha = global_wgan_loss_alpha
        self.wgan_gp_lambda = wgan_gp_lambda
        self.l1_loss = l1_loss
        self.l1_loss_alpha = l1_loss_alpha
        self.gamma = spatial_discounting_gamma if discounted_mask else 1.0
        self.ae_loss = ae_loss
        self.ae_loss_alpha = ae_loss_alpha
        self.coarse_l1_alpha = coarse_l1_alpha
        self.pretrain_coarse_network = pretrain_coarse_network

    @classmethod
    def from_config(cls, generator, config):
        require_gan(config, "wgan_gp")
        several = ("mask_per_sample", "masks_by_name", "valid_maps")
        several = [key for key in several if getattr(config, key)]
        if config.accumulate > 1 and several:
            raise InputError(
                f"accumulate: {config.model} weighs pixels by all masks of a batch: "
                f"there is none with {several[0]}: true"
            )
        return cls(
            generator,
            image_size=config.img_shapes[:2],
            box_size=(config.height, config.width),
            discriminator_filters=config.discriminator_filters,
            gan_with_mask=config.gan_with_mask,
            gan_loss_alpha=config.gan_loss_alpha,
            global_wgan_loss_alpha=config.global_wgan_loss_alpha,
            wgan_gp_lambda=config.wgan_gp_lambda,
            l1_loss=config.l1_loss,
            l1_loss_alpha=config.l1_loss_alpha,
            discounted_mask=config.discounted_mask,
            spatial_discounting_gamma=config.spatial_discounting_gamma,
            ae_loss=config.ae_loss,
            ae_loss_alpha=config.ae_loss_alpha,
            coarse_l1_alpha=config.coarse_l1_alpha,
            pretrain_coarse_network=config.pretrain_coarse_network,
            sampler=BoxesAndAlphas(config),
            learning_rate=config.learning_rate,
            adam_beta1=config.adam_beta1,
            adam_beta2=config.adam_beta2,
        )

    def phases(self):
        """All of it, or the first stage alone where the settings say so."""
        if not self.pretrain_coarse_network:
            return super().phases()
        coarse = Update(
            "generator", self.generator_losses, lambda: self.generator_variables
        )
        return [Phase("coarse", None, [coarse])]

    @property
    def final_stage(self):
        return "coarse" if self.pretrain_coarse_network else "refined"

    @property
    def generator_variables(self):
        trained = self.generator
        if self.pretrain_coarse_network:
            trained = self.generator.coarse
        return list(trained.trainable_variables)

    def generate(self, incomplete, masks, edges):
        if not self.pretrain_coarse_network:
            return super().generate(incomplete, masks, edges)
        coarse = self.generator.first_stage(incomplete, masks, edges)
        return {"coarse": coarse, "refined": coarse}

    def critic_losses(self, batch):
        completed = tf.stop_gradient(self.paint(batch)["completed"])
        scalars, d_losses, penalties = {}, {}, {}
        shares = tf.unstack(batch.extras["alphas"], axis=1)
        for critic, share in zip(self.critics, shares):
            view = critic.view
            seen = self._seen(critic, batch, completed)
            judged = self._at(critic, batch, batch.judged(batch.masks))
            d_losses[view] = losses.wgan_critic(*self.scores(critic, *seen))
            penalties[view] = self.penalty(critic, *seen, share, *judged)
            scalars[f"gan/{view}_gan/d_loss"] = d_losses[view]
            scalars[f"gan_wgan_loss/gp_penalty_{view}"] = penalties[view]
        gp_loss = self.wgan_gp_lambda * sum(penalties.values())
        total = sum(d_losses.values()) + gp_loss
        scalars["gan_wgan_loss/gp_loss"] = gp_loss
        scalars["convergence/d_loss"] = total
        return Losses(total, scalars)

    def generator_losses(self, batch, painted=None):
        painted = painted or self.paint(batch)
        l1_loss = self._of_stages(painted, lambda x: self.hole_l1(batch, x))
        ae_loss = self._of_stages(
            painted, lambda x: losses.known_l1(batch.images, x, batch.masks)
        )
        scalars, total = {}, 0.0
        for critic in self.critics:
            _, completed, masks = self._seen(critic, batch, painted["completed"])
            g_loss = losses.adversarial(self._scores_of(critic, completed, masks))
            scalars[f"gan/{critic.view}_gan/g_loss"] = g_loss
            weight = self.global_wgan_loss_alpha if critic.view == "global" else 1.0
            total += self.gan_loss_alpha * weight * g_loss
        if self.l1_loss:
            total += self.l1_loss_alpha * l1_loss
        if self.ae_loss:
            total += self.ae_loss_alpha * ae_loss
        scalars["losses/l1_loss"] = l1_loss
        scalars["losses/ae_loss"] = ae_loss
        scalars["losses/g_loss"] = total
        return Losses(total, scalars)

    def _of_stages(self, painted, loss):
        """A reconstruction loss of both stages, or of the one that is trained."""
        coarse = self.coarse_l1_alpha * loss(painted["coarse"])
        if self.pretrain_coarse_network:
            return coarse
        return coarse + loss(painted["refined"])

    def hole_l1(self, batch, painted):
        """How far a stage's picture is off in the box, or in a hole of any shape."""
        if "distances" in batch.extras:
            distances = batch.judged(batch.extras["distances"])
            weights = losses.distance_discount(distances, self.gamma)
            return losses.weighted_l1(batch.images, painted, weights)
        weights = losses.box_discount(*self.box_size, self.gamma)
        real, painted = self._local(batch, batch.images, painted)
        return losses.weighted_l1(real, painted, weights)

    def scores(self, critic, real, completed, masks):
        """A critic's scores of real and completed pictures, `[B, 1]` each."""
        return score_pair(critic, real, completed, self._conditions(real, masks))

    def penalty(self, critic, real, completed, masks, share, judged):
        """The gradient penalty, between real and completed pictures.

        Args:
          share: `[B]` in [0, 1], of the completed picture in the one between.
          judged: `[1 or B, H, W, 1]`, 1 where it counts.
        """
        between = real + share[:, None, None, None] * (completed - real)
        with tf.GradientTape() as tape:
            tape.watch(between)
            scores = self._scores_of(critic, between, masks)
        return losses.gradient_penalty(tape.gradient(scores, between), judged)

    def _scores_of(self, critic, pictures, masks):
        conditions = self._conditions(pictures, masks)
        return critic(tf.concat([pictures, *conditions], axis=-1), training=True)

    def _seen(self, critic, batch, completed):
        """Real and completed pictures and their masks, where the critic looks."""
        return self._at(critic, batch, batch.images, completed, batch.masks)

    def _at(self, critic, batch, *planes):
        return self._local(batch, *planes) if critic.view == "local" else planes

    def _local(self, batch, *planes):
        return [crop(x, batch.extras["boxes"], *self.box_size) for x in planes]

    def _conditions(self, images, masks):
        return [tf.ones_like(images[..., :1]) * masks] if self.gan_with_mask else []


registry.register("deepfill_v1", DeepFillV1Generator, DeepFillV1)
registry.register("deepfill_v1_baseline", DeepFillV1BaselineGenerator, DeepFillV1)

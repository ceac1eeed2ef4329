"""DeepFill v2, "Free-Form Image Inpainting with Gated Convolution" (ICCV 2019).

Yu, Lin, Yang, Shen, Lu, Huang, arXiv 1806.03589. Two stages of gated convolutions
(figure 3 there): a coarse network, and a refinement network whose two branches, one
of dilated convolutions, one of contextual attention, meet in a common decoder. With
`base_filters` 48 it is the released network: 4,052,478 values, 4,053,678 guided.
The critic is SN-PatchGAN (§3.3).
"""

import keras
import tensorflow as tf

from inpaint import losses
from inpaint.layers import ContextualAttention, GatedConv2D, GatedUpsample2D
from inpaint.models.base import Generator, InpaintingModel, Losses
from inpaint.models.sn_patch_gan import SNPatchGAN
from inpaint.tensors import composite, resize_nearest


class DeepFillV2Generator(Generator):
    """The generator of DeepFill v2; arguments, inputs and outputs as in `base`."""

    def __init__(
        self,
        base_filters=48,
        guided=False,
        padding="same",
        name="deepfill_v2",
        **kwargs,
    ):
        super().__init__(base_filters, guided, padding, name=name, **kwargs)
        if base_filters < 4 or base_filters % 4:
            raise ValueError(
                "`base_filters` must be a positive multiple of 4. "
                f"Received: {base_filters!r}"
            )
        n = base_filters

        def conv(name, filters, kernel_size=3, **options):
            return GatedConv2D(
                filters, kernel_size, padding=padding, name=name, **options
            )

        def upsample(name, filters):
            return GatedUpsample2D(filters, padding=padding, name=name)

        def part(name, channels, layers):
            inputs = keras.Input((None, None, channels))
            return keras.Sequential([inputs, *layers], name=name)

        def dilated(prefix):  # conv5 … conv10_atrous, at a quarter of the size
            return [
                conv(f"{prefix}conv5", 4 * n),
                conv(f"{prefix}conv6", 4 * n),
                conv(f"{prefix}conv7_atrous", 4 * n, dilation_rate=2),
                conv(f"{prefix}conv8_atrous", 4 * n, dilation_rate=4),
                conv(f"{prefix}conv9_atrous", 4 * n, dilation_rate=8),
                conv(f"{prefix}conv10_atrous", 4 * n, dilation_rate=16),
            ]

        def painter(prefix, first):  # from a quarter of the size to RGB
            return [
                conv(f"{prefix}conv{first}", 4 * n),
                conv(f"{prefix}conv{first + 1}", 4 * n),
                upsample(f"{prefix}conv{first + 2}_upsample", 2 * n),
                conv(f"{prefix}conv{first + 3}", 2 * n),
                upsample(f"{prefix}conv{first + 4}_upsample", n),
                conv(f"{prefix}conv{first + 5}", n // 2),
                conv(f"{prefix}conv{first + 6}", 3, activation=None),
            ]

        self.coarse = part(
            "coarse",
            6 if guided else 5,
            [
                conv("conv1", n, 5),
                conv("conv2_downsample", 2 * n, strides=2),
                conv("conv3", 2 * n),
                conv("conv4_downsample", 4 * n, strides=2),
                *dilated(""),
                *painter("", 11),
            ],
        )
        self.conv_branch = part(
            "conv_branch",
            3,
            [
                conv("xconv1", n, 5),
                conv("xconv2_downsample", n, strides=2),
                conv("xconv3", 2 * n),
                conv("xconv4_downsample", 2 * n, strides=2),
                *dilated("x"),
            ],
        )
        self.attention_encoder = part(
            "attention_encoder",
            3,
            [
                conv("pmconv1", n, 5),
                conv("pmconv2_downsample", n, strides=2),
                conv("pmconv3", 2 * n),
                conv("pmconv4_downsample", 4 * n, strides=2),
                conv("pmconv5", 4 * n),
                conv("pmconv6", 4 * n, activation="relu"),
            ],
        )
        self.attention = ContextualAttention(rate=2, name="attention")
        self.attention_decoder = part(
            "attention_decoder",
            2 * n,
            [conv("pmconv9", 4 * n), conv("pmconv10", 4 * n)],
        )
        self.decoder = part("decoder", 4 * n, painter("all", 11))
        self.build()

    def call(self, image, mask, edge=None, training=None):
        mask = tf.cast(mask, image.dtype)
        coarse = self.squash(self.coarse(self.stage1_input(image, mask, edge)))
        completed = composite(coarse, image, mask)
        stage2 = self.stage2_input(completed, mask)
        refined, offsets = self.refine(stage2, mask, training)
        return {"coarse": coarse, "refined": refined, "offsets": offsets}

    def stage1_input(self, image, mask, edge=None):
        """image, edge where guided, ones, mask: `[B, H, W, 5 or 6]`."""
        if self.guided != (edge is not None):
            raise ValueError(
                f"`edge` is {'needed by' if self.guided else 'not an input of'} "
                f"a generator with `guided={self.guided}`."
            )
        ones = tf.ones_like(image[..., :1])
        edges = [ones * tf.cast(edge, image.dtype)] if self.guided else []
        return tf.concat([image, *edges, ones, ones * mask], axis=-1)

    def squash(self, painted):
        return tf.tanh(painted)

    def stage2_input(self, completed, mask):
        """Only the picture: neither ones nor mask, as released."""
        return completed

    def refine(self, stage2, mask, training=None):
        """Second stage; returns the refined picture and the attention's offsets."""
        dilated = self.conv_branch(stage2)  # [B, H/4, W/4, 2n]
        features = self.attention_encoder(stage2)  # [B, H/4, W/4, 2n]
        shape = tf.shape(features)
        small_mask = resize_nearest(mask, shape[1], shape[2])
        features, offsets = self.attention(
            features, features, mask=small_mask, training=training
        )
        features = self.attention_decoder(features)
        refined = self.decoder(tf.concat([dilated, features], axis=-1))
        return self.squash(refined), offsets

    @classmethod
    def recognise(cls, shapes):
        first = shapes.get(f"{cls.scope}/conv1/kernel")
        second = shapes.get(f"{cls.scope}/conv2_downsample/kernel")
        if first is None or second is None or len(first) != 4 or len(second) != 4:
            return None
        if first[2] not in (5, 6) or 2 * second[2] != first[3] or first[3] % 4:
            return None
        return {"base_filters": first[3], "guided": first[2] == 6}


class DeepFillV2(InpaintingModel):
    """DeepFill v2 in training: reconstruction and SN-PatchGAN's hinge loss (§3.3).

    Args:
      generator: a `DeepFillV2Generator`.
      discriminator_filters: filters of the critic's first convolution.
      spectral_norm: see `SNPatchGAN`.
      gan_with_mask: whether the critic sees the mask. A guided one sees the sketch.
      gan_loss_alpha: weight of the generator's hinge loss.
      ae_loss: whether the generator is trained on the reconstruction loss too.
      l1_loss_alpha: weight of the reconstruction loss.
    """

    slope_tags = ("gan_hinge_loss/g_loss", "losses/ae_loss")

    def __init__(
        self,
        generator,
        discriminator_filters=64,
        spectral_norm="neuralgym",
        gan_with_mask=True,
        gan_loss_alpha=1.0,
        ae_loss=True,
        l1_loss_alpha=1.0,
    ):
        critic = SNPatchGAN(
            channels=3 + gan_with_mask + generator.guided,
            filters=discriminator_filters,
            spectral_norm=spectral_norm,
        )
        super().__init__(generator, [critic])
        self.gan_with_mask = gan_with_mask
        self.gan_loss_alpha = gan_loss_alpha
        self.ae_loss = ae_loss
        self.l1_loss_alpha = l1_loss_alpha

    def critic_losses(self, batch):
        completed = tf.stop_gradient(self.paint(batch)["completed"])
        real, completed = self.scores(batch, completed)
        scalars = self._hinge_scalars(real, completed)
        return Losses(scalars["gan_hinge_loss/d_loss"], scalars)

    def generator_losses(self, batch, painted=None):
        painted = painted or self.paint(batch)
        real, completed = self.scores(batch, painted["completed"])
        g_loss = losses.hinge_generator(completed)
        ae_loss = self.l1_loss_alpha * losses.reconstruction(
            batch.images, painted["coarse"], painted["refined"]
        )
        total = self.gan_loss_alpha * g_loss
        if self.ae_loss:
            total += ae_loss
        return Losses(
            total,
            {
                **self._hinge_scalars(real, completed),
                "gan_hinge_loss/g_loss": g_loss,
                "losses/ae_loss": ae_loss,
                "losses/g_loss": total,
            },
        )

    def scores(self, batch, completed):
        """The critic's scores of the real and of the completed pictures, `[B, N]` each.

        One pass judges both, so that the spectral norms' estimates move on once.
        """
        ones = tf.ones_like(batch.images[..., :1])
        conditions = [ones * batch.masks] if self.gan_with_mask else []
        if batch.edges is not None:
            conditions.append(batch.edges * batch.masks)
        pictures = tf.concat(
            [
                tf.concat([batch.images, *conditions], axis=-1),
                tf.concat([completed, *conditions], axis=-1),
            ],
            axis=0,
        )  # [2B, H, W, 3 to 5]
        (critic,) = self.critics
        return tf.split(critic(pictures, training=True), 2)

    @staticmethod
    def _hinge_scalars(real, completed):
        return {
            "gan_hinge_loss/pos_hinge_avg": losses.hinge_real(real),
            "gan_hinge_loss/neg_hinge_avg": losses.hinge_completed(completed),
            "gan_hinge_loss/d_loss": losses.hinge_critic(real, completed),
        }

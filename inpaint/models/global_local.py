"""Global&Local, "Globally and Locally Consistent Image Completion" (SIGGRAPH 2017).

Iizuka, Simo-Serra, Ishikawa, ACM Transactions on Graphics 36(4) 107. One network of
seventeen convolutions completes the picture (§3); two discriminators, one of
the whole picture and one of the part around the hole, are joined by one dense layer
(§3).

* Pictures are `[B, H, W, 3]` RGB in [0, 1], H and W multiples of 4. The hole has the
  training pictures' mean colour, which is a weight of the network, and the network
  takes this colour off its input, not off its output.
* The network sees the hole as a fourth channel, 1 in the hole.
* It completes the picture in one stage, `painted`: `[B, H, W, 3]` in [0, 1].
* At `base_filters` 64 it has 6,072,131 trainable parameters, the discriminators
  45,063,681 for pictures of 256×256 and patches of 128×128.

As released: convolution, batch norm, ReLU, in this order; zeros are as many before as
after, at strides of 2 too, which is not TensorFlow's "SAME".
"""

import keras
import numpy as np
import tensorflow as tf

from inpaint import losses, masks
from inpaint.models.base import (
    InpaintingModel,
    Losses,
    Phase,
    Update,
    register,
)
from inpaint.models.global_local_critic import GlobalLocalCritic
from inpaint.models.global_local_generator import GlobalLocalGenerator
from inpaint.models.rates import rate_at
from inpaint.tensors import crop


def reconstruction(images, painted, masks):
    """mean (M·(C(x, M) − x))², over everything (§4; its mean).

    Args:
      images, painted: `[B, H, W, 3]` in [0, 1].
      masks: `[1 or B, H, W, 1]`, 1 in the hole.
    """
    return tf.reduce_mean((masks * (painted - images)) ** 2)


def discriminator_loss(real, completed):
    """−mean log D(x) − mean log(1 − D(C(x))) (§4)."""
    return losses.real_cross_entropy(real) + losses.false_cross_entropy(completed)


def completion_loss(reconstructed, completed, alpha):
    """The joint loss L + α·GAN (§4), its adversarial part −mean log D(C(x))."""
    return reconstructed + alpha * losses.real_cross_entropy(completed)


class GlobalLocal(InpaintingModel):
    """Global&Local in training: three phases (§4).

    The completion network alone on the reconstruction, the discriminators alone, and
    then both on one batch, the discriminators first. They see real pictures, with a
    patch anywhere, and completed ones, whose known pixels are the picture's, with the
    patch around the hole. All networks normalise by batches in all phases.

    Args:
      generator: a `GlobalLocalGenerator`.
      image_size: (height, width) of the pictures.
      local_size: side of the patches, in pixels.
      discriminator_filters: filters of the discriminators' first convolutions.
      gan_loss_alpha: α, the weight of the adversarial loss.
      completion_steps, discriminator_steps: T_C and T_D.
      learning_rate: of Adadelta; the paper's method has none, which is 1.
      **options: see `InpaintingModel`.
    """

    def __init__(
        self,
        generator,
        image_size=(256, 256),
        local_size=128,
        discriminator_filters=64,
        gan_loss_alpha=4e-4,
        completion_steps=90000,
        discriminator_steps=10000,
        learning_rate=1.0,
        **options,
    ):
        critic = GlobalLocalCritic(
            image_size, (local_size, local_size), discriminator_filters
        )
        super().__init__(generator, [critic], learning_rate=learning_rate, **options)
        self.local_size = local_size
        self.gan_loss_alpha = gan_loss_alpha
        self.completion_steps = completion_steps
        self.discriminator_steps = discriminator_steps

    @classmethod
    def from_config(cls, generator, config):
        holes = masks.make(config.masks, config)
        return cls(
            generator,
            image_size=config.img_shapes[:2],
            local_size=config.local_size,
            discriminator_filters=config.discriminator_filters,
            gan_loss_alpha=config.gan_loss_alpha,
            completion_steps=config.completion_steps,
            discriminator_steps=config.discriminator_steps,
            sampler=masks.Patches(holes, config.local_size),
            learning_rate=config.learning_rate,
        )

    def learning_rates(self):
        return dict.fromkeys(("completion", "discriminators"), self.learning_rate)

    def optimizers(self):
        """Adadelta, with Torch's constants and the paper's learning rate of none, 1."""
        return {
            key: keras.optimizers.Adadelta(rate_at(rate, 0), rho=0.9, epsilon=1e-6)
            for key, rate in self.learning_rates().items()
        }

    def phases(self):
        completion = Update(
            "completion",
            self.reconstruction_losses,
            lambda: self.generator_variables,
            "completion",
        )
        discriminators = Update(
            "discriminators",
            self.critic_losses,
            lambda: self.critic_variables,
            "discriminators",
            batch=0,
        )
        joint = completion._replace(name="joint", losses=self.generator_losses, batch=0)
        return [
            Phase("completion", self.completion_steps, [completion]),
            Phase("discriminators", self.discriminator_steps, [discriminators]),
            Phase("joint", None, [discriminators, joint]),
        ]

    def prepare(self, images):
        """The mean colour of the training pictures."""
        colors = [color for batch in images for color in batch.mean((1, 2))]
        mean = np.mean(colors, axis=0) / 255.0
        self.generator.mean_color.assign(mean.astype(np.float32))

    def reconstruction_losses(self, batch):
        """`Losses` of the first phase: L."""
        painted = self.paint(batch)["painted"]
        loss = reconstruction(batch.images, painted, batch.masks)
        return Losses(loss, {"losses/reconstruction": loss})

    def critic_losses(self, batch):
        completed = tf.stop_gradient(self.paint(batch)["completed"])
        on_completed = self.logits(completed, batch.extras["local"])
        # Where truth is missing, a patch elsewhere would tell by that which is real.
        elsewhere = "local" if "valid" in batch.extras else "real_local"
        on_real = self.logits(batch.images, batch.extras[elsewhere])
        loss = discriminator_loss(on_real, on_completed)
        return Losses(loss, {"losses/d_loss": loss})

    def generator_losses(self, batch, painted=None):
        painted = painted or self.paint(batch)
        logits = self.logits(painted["completed"], batch.extras["local"])
        reconstructed = reconstruction(batch.images, painted["painted"], batch.masks)
        total = completion_loss(reconstructed, logits, self.gan_loss_alpha)
        return Losses(
            total,
            {
                "losses/reconstruction": reconstructed,
                "losses/adversarial": losses.real_cross_entropy(logits),
                "losses/g_loss": total,
            },
        )

    def logits(self, pictures, corners):
        """The discriminators' logits, `[B, 1]`.

        Args:
          pictures: `[B, H, W, 3]`.
          corners: `[1 or B, 2]` int32, top and left of the patches.
        """
        local = crop(pictures, corners, self.local_size, self.local_size)
        return self.critics[0]({"whole": pictures, "local": local}, training=True)


register("global_local", GlobalLocalGenerator, GlobalLocal)

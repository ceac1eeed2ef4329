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
from inpaint.fastpath import cropped
from inpaint.layers import NormConv2D, NormConv2DTranspose, unit_clip
from inpaint.models.base import (
    Generator,
    InpaintingModel,
    Losses,
    Phase,
    Update,
    register,
)
from inpaint.models.global_local_critic import GlobalLocalCritic
from inpaint.models.rates import rate_at
from inpaint.tensors import crop

PLACES2_MEAN = (0.45603489875793, 0.44721376895905, 0.41546452045441)  # as released
_OUTPUTS = {"sigmoid": "sigmoid", "clipped": unit_clip}


@keras.utils.register_keras_serializable(package="inpaint")
class GlobalLocalGenerator(Generator):
    """The completion network (§3).

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      activation_first: ReLU before batch norm, as a port that trains the network from
        scratch has it, not after it, as released.
      subtract_mean: the mean colour is taken off the input, as released; a port only
        fills the hole with it.
      output_activation: "sigmoid", as released, or "clipped" to [0, 1], as a
        port has it.
    """

    scope = "completion_network"
    size_multiple = 4  # it halves twice

    def __init__(
        self,
        base_filters=64,
        activation_first=False,
        subtract_mean=True,
        output_activation="sigmoid",
        name="global_local",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if base_filters < 2 or base_filters % 2:
            raise ValueError(
                "`base_filters` must be a positive multiple of 2. "
                f"Received: {base_filters!r}"
            )
        if output_activation not in _OUTPUTS:
            raise ValueError(
                f"`output_activation` must be one of {tuple(_OUTPUTS)}. "
                f"Received: {output_activation!r}"
            )
        self.base_filters = n = base_filters
        self.activation_first = activation_first
        self.subtract_mean = subtract_mean
        self.output_activation = output_activation

        common = {"activation_first": activation_first, "dtype": self.dtype_policy}

        def conv(number, filters, kernel_size=3, **options):
            options = {**common, **options}
            return NormConv2D(filters, kernel_size, name=f"conv{number}", **options)

        def deconv(number, filters):
            return NormConv2DTranspose(filters, name=f"deconv{number}", **common)

        self.encoder = self._part(
            "encoder",
            4,
            [
                conv(1, n, 5),
                conv(2, 2 * n, strides=2),
                conv(3, 2 * n),
                conv(4, 4 * n, strides=2),
                conv(5, 4 * n),
                conv(6, 4 * n),
                *(conv(7 + i, 4 * n, dilation_rate=2 << i) for i in range(4)),
            ],
        )
        self.decoder = self._part(
            "decoder",
            4 * n,
            [
                conv(11, 4 * n),
                conv(12, 4 * n),
                deconv(13, 2 * n),
                conv(14, 2 * n),
                deconv(15, n),
                conv(16, n // 2),
                conv(17, 3, norm=False, activation=_OUTPUTS[output_activation]),
            ],
        )
        self.mean_color = self.add_weight(
            name="mean_color",
            shape=(3,),
            initializer=keras.initializers.Constant(PLACES2_MEAN),
            trainable=False,
        )
        self.build()

    @staticmethod
    def _part(name, channels, layers):
        return keras.Sequential(
            [keras.Input((None, None, channels)), *layers], name=name
        )

    def call(self, inputs, training=None):
        x = self.first_input(inputs["image"], inputs["hole"])
        x = self.encoder(x, training=training)
        return {"painted": self.decoder(x, training=training)}

    def first_input(self, image, hole):
        """The picture less the mean colour, and the hole: `[B, H, W, 4]`."""
        hole = tf.cast(hole, image.dtype) * tf.ones_like(image[..., :1])
        if self.subtract_mean:
            image -= self._mean(image.dtype)
        return tf.concat([image, hole], axis=-1)

    def complete(self, inputs):
        layers = [*self.encoder.layers, *self.decoder.layers]
        return cropped.complete_stack(self, layers, inputs)

    def to_network(self, levels):
        return tf.cast(levels, tf.float32) / 255.0

    def to_levels(self, picture):
        return tf.cast(picture, tf.float32) * 255.0

    def rounded(self, levels):
        """Cut off, as released."""
        return tf.floor(levels)

    def incomplete(self, pictures, hole):
        """The hole has the mean colour."""
        return pictures * (1.0 - hole) + self._mean(pictures.dtype) * hole

    def _mean(self, dtype):
        return tf.cast(tf.convert_to_tensor(self.mean_color), dtype)

    def get_config(self):
        config = super().get_config()
        config.update(
            base_filters=self.base_filters,
            activation_first=self.activation_first,
            subtract_mean=self.subtract_mean,
            output_activation=self.output_activation,
        )
        return config


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

"""Context Encoders, "Context Encoders: Feature Learning by Inpainting" (CVPR 2016).

Pathak, Krähenbühl, Donahue, Darrell, Efros, arXiv 1604.07379. An encoder brings the
picture down to `bottleneck` features at one position, a decoder paints from them
(§3.1); trained on a weighted l2 loss and against a discriminator (§3).

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

import tensorflow as tf

from inpaint import losses, masks
from inpaint.errors import InputError
from inpaint.models.base import InpaintingModel, Losses, Phase, Update, register
from inpaint.models.context_encoder_critic import ContextEncoderCritic
from inpaint.models.context_encoder_networks import (
    ContextEncoderGenerator,
    ContextEncoderRandomGenerator,
)


def rim_weights(size, overlap, weight):
    """λ inside, 10·λ on the rim: `[1, size, size, 1]` (as released).

    Args:
      size: of what is painted, in pixels.
      overlap: width of the rim.
      weight: λ.
    """
    inside = tf.ones([size - 2 * overlap, size - 2 * overlap])
    inside = tf.pad(inside, [[overlap, overlap], [overlap, overlap]])
    return weight * (10.0 - 9.0 * inside)[tf.newaxis, ..., tf.newaxis]


def weighted_l2(images, painted, weights):
    """mean w·(painted − x)², over everything."""
    return tf.reduce_mean(weights * (painted - images) ** 2)


def discriminator_loss(real, painted):
    """−mean log D(x) − mean log(1 − D(painted)) (§3), not halved."""
    return losses.real_cross_entropy(real) + losses.false_cross_entropy(painted)


def joint_loss(reconstructed, painted, weight):
    """The weighted l2 and (1 − λ)·−mean log D(painted) (§3).

    Args:
      reconstructed: `weighted_l2`, whose weights hold λ.
      painted: the discriminator's logits.
      weight: λ.
    """
    return reconstructed + (1.0 - weight) * losses.real_cross_entropy(painted)


class ContextEncoder(InpaintingModel):
    """Context Encoders in training: discriminator and generator on one batch (§3).

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

    def learning_rates(self):
        return {
            "discriminator": self.discriminator_learning_rate,
            "generator": self.learning_rate,
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

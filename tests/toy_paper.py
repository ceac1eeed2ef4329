"""A paper from outside the package: all that one needs is this one file.

A one-stage network, its mean colour in the hole, batch normalisation; two phases, the
generator alone and then with a spectrally normalised critic; one setting of its own.

    python tests/toy_paper.py train --set model=toy --data PICTURES
"""

import sys
from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from inpaint import losses, masks
from inpaint.config.kinds import key, number, whole
from inpaint.layers import SpectralNormConv2D
from inpaint.models import base
from inpaint.models.rates import rate_at
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class ToySettings(ModelSettings):
    """The keys of `model: toy`."""

    defaults: ClassVar = {"batch_size": 4, "masks": "center"}

    toy_filters: int = key(4, whole(1), "filters of the hidden layer")
    toy_alone: int = key(2, whole(0), "steps before the critic comes in")
    toy_adversarial: float = key(0.01, number(0), "weight of the adversarial loss")


@keras.utils.register_keras_serializable("toy")
class ToyGenerator(base.Generator):
    """Three convolutions at half of the picture's size; RGB in [0, 1].

    Args:
      toy_filters: of the hidden layer.
    """

    size_multiple = 2

    def __init__(self, toy_filters=4, name="toy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.toy_filters = toy_filters
        layers = keras.layers
        self.down = layers.Conv2D(toy_filters, 3, 2, padding="same", name="down")
        self.norm = layers.BatchNormalization(momentum=0.9, name="norm")
        self.up = layers.Conv2DTranspose(3, 4, 2, padding="same", name="up")
        self.mean = self.add_weight(
            name="mean", shape=(3,), initializer="zeros", trainable=False
        )
        self.build()

    def call(self, inputs, training=None):
        hole = tf.cast(inputs["hole"], inputs["image"].dtype)
        seen = tf.concat(
            [inputs["image"], tf.ones_like(inputs["image"][..., :1]) * hole], axis=-1
        )
        x = tf.nn.relu(self.norm(self.down(seen), training=training))
        return {"painted": tf.sigmoid(self.up(x))}

    def to_network(self, levels):
        return tf.cast(levels, tf.float32) / 255.0

    def to_levels(self, picture):
        return tf.cast(picture, tf.float32) * 255.0

    def incomplete(self, pictures, hole):
        mean = tf.cast(tf.convert_to_tensor(self.mean), pictures.dtype)
        return pictures * (1.0 - hole) + mean * hole

    def get_config(self):
        return {**super().get_config(), "toy_filters": self.toy_filters}


@keras.utils.register_keras_serializable("toy")
class ToyCritic(base.Network):
    """One score a picture."""

    def __init__(self, name="toy_critic", **kwargs):
        super().__init__(name=name, **kwargs)
        self.convolution = SpectralNormConv2D(4, 3, 2, name="convolution")
        self.convolution.build((None, None, None, 3))
        self.build()

    def call(self, inputs, training=None):
        x = self.convolution(inputs, training=training)
        return tf.cast(tf.reduce_mean(x, [1, 2, 3]), tf.float32)


class HolesAndShares(masks.Sampler):
    """The holes of the settings, and a share in [0, 1) for each of the batch."""

    def __init__(self, config):
        self.holes = masks.make(config.masks, config)

    def mask(self, rng, height, width):
        return self.holes.mask(rng, height, width)

    def with_masks(self, rng, masks):
        shares = rng.random(len(masks)).astype(np.float32)
        return {"masks": masks, "shares": shares}

    def static(self, rng, height, width):
        return self.holes.static(rng, height, width)


class Toy(base.InpaintingModel):
    """Reconstruction, then a critic beside it on the same batch."""

    def __init__(self, generator, alone=2, adversarial=0.01, **kwargs):
        super().__init__(generator, [ToyCritic()], **kwargs)
        self.alone = alone
        self.adversarial = adversarial

    @classmethod
    def from_config(cls, generator, config):
        return cls(
            generator,
            config.toy_alone,
            config.toy_adversarial,
            sampler=HolesAndShares(config),
            learning_rate=config.learning_rate,
        )

    def learning_rates(self):
        return {"critic": self.learning_rate}

    def optimizers(self):
        rate = rate_at(self.learning_rate, 0)
        return {
            "generator": keras.optimizers.Adadelta(1.0),
            "critic": keras.optimizers.SGD(rate, momentum=0.9, global_clipnorm=1.0),
        }

    def phases(self):
        alone = base.Update(
            "reconstruction",
            self.reconstruction,
            lambda: self.generator_variables,
            optimizer="generator",
        )
        critic = base.Update(
            "critic",
            self.critic_losses,
            lambda: self.critic_variables,
            optimizer="critic",
            batch=0,
        )
        both = alone._replace(name="generator", losses=self.generator_losses, batch=0)
        return [
            base.Phase("alone", self.alone, [alone]),
            base.Phase("together", None, [critic, both]),
        ]

    def prepare(self, images):
        mean = np.mean([batch.mean((0, 1, 2)) for batch in images], axis=0) / 255
        self.generator.mean.assign(mean.astype(np.float32))

    def reconstruction(self, batch):
        painted = self.paint(batch)
        weight = 1.0 + tf.reduce_mean(batch.extras["shares"])
        loss = weight * tf.reduce_mean(tf.abs(painted["painted"] - batch.images))
        return base.Losses(loss, {"losses/l1": loss})

    def critic_losses(self, batch):
        completed = tf.stop_gradient(self.paint(batch)["completed"])
        real, fake = base.score_pair(self.critics[0], batch.images, completed)
        loss = losses.hinge_critic(real, fake)
        return base.Losses(loss, {"losses/d_loss": loss})

    def generator_losses(self, batch, painted=None):
        painted = painted or self.paint(batch)
        l1 = tf.reduce_mean(tf.abs(painted["painted"] - batch.images))
        adversarial = losses.adversarial(self.critics[0](painted["completed"]))
        total = l1 + self.adversarial * adversarial
        return base.Losses(total, {"losses/l1": l1, "losses/g_loss": total})


base.register("toy", ToyGenerator, Toy, ToySettings)

if __name__ == "__main__":
    from inpaint.cli import main

    sys.exit(main())

"""LaMa's critic: a score for every patch, and the features on the way to it.

The discriminator of pix2pixHD (Wang et al., CVPR 2018, arXiv 1711.11585, §3.2) as it is
used in Suvorov et al., WACV 2022, arXiv 2109.07161, §2.2. With 64 filters it has
6,962,369 trainable parameters.
"""

import keras
import tensorflow as tf

from inpaint.layers import BatchNorm, leaky_relu
from inpaint.layers.fourier import UNIFORM
from inpaint.models.base import Network

_WIDEST = 512  # filters of any layer
_EDGE = 2  # zeros on each side, whatever the strides


@keras.utils.register_keras_serializable(package="inpaint")
class LaMaDiscriminator(Network):
    """Six 4×4 convolutions, the first four of stride 2; batch norm but at both ends.

    Args:
      filters: of the first convolution; they double from layer to layer, to 512.

    Call arguments:
      inputs: `[B, H, W, 3]` float, pictures in [0, 1].
      training: whether batch norm takes the batch's statistics, and moves its own on.

    Returns:
      (scores, features): `[B, h, w, 1]` float32, high where a patch looks real, where h
      is ⌊H/2⌋ + 1 four times over, and 2 more; and what the first five layers return.
    """

    scope = "lama_discriminator"

    def __init__(self, filters=64, name="lama_discriminator", **kwargs):
        super().__init__(name=name, **kwargs)
        self.filters = filters
        widths = [*(min(filters * 2**i, _WIDEST) for i in range(5)), 1]
        self.convolutions = [
            keras.layers.Conv2D(
                width,
                4,
                strides=2 if index < 4 else 1,
                kernel_initializer=keras.initializers.VarianceScaling(**UNIFORM),
                name=f"conv{index + 1}",
            )
            for index, width in enumerate(widths)
        ]
        self.norms = [BatchNorm(name=f"norm{index + 1}") for index in range(1, 5)]
        self.build()

    def make_weights(self):
        self.call(tf.zeros([1, 32, 32, 3], self.compute_dtype), training=False)

    def call(self, inputs, training=None):
        x, features = inputs, []
        padding = [[0, 0], [_EDGE] * 2, [_EDGE] * 2, [0, 0]]
        norms = [None, *self.norms]
        for convolution, norm in zip(self.convolutions[:-1], norms):
            x = convolution(tf.pad(x, padding))
            x = leaky_relu(x if norm is None else norm(x, training=training))
            features.append(x)
        scores = self.convolutions[-1](tf.pad(x, padding))
        return tf.cast(scores, tf.float32), features

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}

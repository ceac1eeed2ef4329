"""The discriminator of Context Encoders §3, and the layers of all their networks.

Pathak, Krähenbühl, Donahue, Darrell, Efros, CVPR 2016, arXiv 1604.07379. It judges what
was painted, 64×64 or 128×128; at 64 filters it has 2,766,529 or 2,832,257 trainable
values.
"""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from inpaint.layers import NormConv2D, NormConv2DTranspose, leaky_relu
from inpaint.models.network import Network


class Layers(NamedTuple):
    """Makes the layers of a network, with the release's initial values."""

    use_bias: bool
    dtype: Any

    def conv(self, name, filters, strides=2, padding="same", **options):
        """A 4×4 convolution of encoder or discriminator, with leaky ReLU."""
        options = {"kernel_size": 4, "activation": leaky_relu, **options}
        return NormConv2D(
            filters,
            strides=strides,
            padding=padding,
            name=name,
            **self._common(),
            **options,
        )

    def deconv(self, name, filters, padding="same", **options):
        """A transposed 4×4 convolution of the decoder, with ReLU."""
        return NormConv2DTranspose(
            filters, padding, name=name, **self._common(), **options
        )

    def _common(self):
        return {
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.RandomNormal(0.0, 0.02),
            "gamma_initializer": keras.initializers.RandomNormal(1.0, 0.02),
            "dtype": self.dtype,
        }


@keras.utils.register_keras_serializable(package="inpaint")
class ContextEncoderCritic(Network):
    """The discriminator of what was painted (§3).

    Args:
      size: 64 or 128, pixels of a side.
      filters: of the first convolution; all others scale with it.
      use_bias: whether the convolutions have biases.

    Call arguments:
      inputs: `[B, size, size, 3]` RGB in [−1, 1].
      training: see `BatchNorm`.

    Returns:
      `[B, 1]` float32: logits of how likely the pictures are real ones.
    """

    scope = "discriminator"

    def __init__(
        self, size=64, filters=64, use_bias=True, name="discriminator", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.size = size
        self.filters = filters
        self.use_bias = use_bias
        make = Layers(use_bias, self.dtype_policy)
        widths = (1, 1, 2, 4, 8) if size == 128 else (1, 2, 4, 8)
        layers = [
            make.conv(f"conv{i}", factor * filters, norm=i > 1)
            for i, factor in enumerate(widths, start=1)
        ]
        last = make.conv(
            f"conv{len(widths) + 1}", 1, 1, "valid", norm=False, activation=None
        )
        inputs = keras.Input((size, size, 3))
        self.part = keras.Sequential([inputs, *layers, last], name="layers")
        self.build()

    def call(self, inputs, training=None):
        logits = self.part(inputs, training=training)
        return tf.cast(tf.reshape(logits, [-1, 1]), tf.float32)

    def get_config(self):
        config = super().get_config()
        config.update(size=self.size, filters=self.filters, use_bias=self.use_bias)
        return config

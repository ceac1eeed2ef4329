"""The discriminators of "Globally and Locally Consistent Image Completion" §3.

Iizuka, Simo-Serra, Ishikawa, ACM Transactions on Graphics 36(4) 107 (2017). One judges
the whole picture, one a patch, and both together come to one value. For pictures of
256×256 and patches of 128×128 they have 45,063,681 trainable parameters.
"""

import math

import keras
import tensorflow as tf

from inpaint.layers import NormConv2D
from inpaint.models.network import Network


@keras.utils.register_keras_serializable(package="inpaint")
class GlobalLocalCritic(Network):
    """The discriminators of the whole picture and of a patch, joined (§3).

    Convolutions of strides of 2 and a dense layer of 16·`filters` each; the two are
    joined by a dense layer of one value.

    Args:
      image_size, local_size: (height, width) of the pictures and of the patches.
      filters: of the first convolutions; all others scale with it.
      convolutions: (of the pictures, of the patches); None: as many as bring a side
        down to 5 pixels, which is six of 256 pixels and five of 128.
      activation_first: see `GlobalLocalGenerator`.

    Call arguments:
      inputs: dict of `whole`, `[B, *image_size, 3]`, and `local`,
        `[B, *local_size, 3]`, RGB in [0, 1].
      training: see `BatchNorm`.

    Returns:
      `[B, 1]` float32: logits of how likely the picture is a real one.
    """

    scope = "discriminators"

    def __init__(
        self,
        image_size=(256, 256),
        local_size=(128, 128),
        filters=64,
        convolutions=None,
        activation_first=False,
        name="discriminators",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.image_size = tuple(image_size)
        self.local_size = tuple(local_size)
        self.filters = filters
        self.convolutions = convolutions and tuple(convolutions)
        self.activation_first = activation_first
        of_whole, of_patches = self.convolutions or (None, None)
        self.local_part = self._tower("local", self.local_size, of_patches)
        self.global_part = self._tower("global", self.image_size, of_whole)
        self.joint = keras.layers.Dense(1, name="joint", dtype=self.dtype_policy)
        self.joint.build((None, 32 * filters))
        self.build()

    def _tower(self, name, size, count):
        if count is None:
            count = max(math.ceil(math.log2(max(size) / 5)), 1)
        convolutions = [
            NormConv2D(
                min(2**i, 8) * self.filters,
                kernel_size=5,
                strides=2,
                activation_first=self.activation_first,
                name=f"conv{i + 1}",
                dtype=self.dtype_policy,
            )
            for i in range(count)
        ]
        flatten = keras.layers.Flatten(name="flatten")
        dense = keras.layers.Dense(
            16 * self.filters, "relu", name="dense", dtype=self.dtype_policy
        )
        inputs = keras.Input((*size, 3))
        return keras.Sequential([inputs, *convolutions, flatten, dense], name=name)

    def call(self, inputs, training=None):
        features = [
            self.local_part(inputs["local"], training=training),
            self.global_part(inputs["whole"], training=training),
        ]
        return tf.cast(self.joint(tf.concat(features, axis=-1)), tf.float32)

    def get_config(self):
        config = super().get_config()
        config.update(
            image_size=self.image_size,
            local_size=self.local_size,
            filters=self.filters,
            convolutions=self.convolutions,
            activation_first=self.activation_first,
        )
        return config

"""The two critics of "Generative Image Inpainting with Contextual Attention" §3.2.

Yu, Lin, Yang, Shen, Lu, Huang, CVPR 2018, arXiv 1801.07892. One judges the whole
picture, one the part around the hole. Their scores estimate Wasserstein distances, so
nothing bounds them. For pictures of 256×256 and boxes of 128×128 they have 7,072,770
trainable parameters.
"""

import keras
import tensorflow as tf

from inpaint.layers import PlainConv2D, leaky_relu
from inpaint.models.network import Network

WIDTHS = {"local": (1, 2, 4, 8), "global": (1, 2, 4, 4)}


@keras.utils.register_keras_serializable("inpaint")
class WGANCritic(Network):
    """Four convolutions of stride 2, and one dense layer that sees all of it.

    Args:
      view: "local" or "global".
      height, width: of the pictures that it judges, in pixels.
      channels: of the input: 3, and 1 for the mask if it sees it.
      filters: of the first convolution; all others scale with it.

    Call arguments:
      inputs: `[B, height, width, channels]` float, pictures in [−1, 1].

    Returns:
      `[B, 1]` float32, high where a picture looks real.
    """

    scope = "discriminator"

    def __init__(self, view, height, width, channels=3, filters=64, **kwargs):
        super().__init__(**{"name": f"{view}_critic", **kwargs})
        self.view = view
        self.height = height
        self.width = width
        self.channels = channels
        self.filters = filters
        self.convolutions = []
        for number, factor in enumerate(WIDTHS[view], start=1):
            convolution = PlainConv2D(
                factor * filters,
                kernel_size=5,
                strides=2,
                activation=leaky_relu,
                name=f"conv{number}",
            )
            convolution.build((None, None, None, channels))
            channels = convolution.output_channels
            self.convolutions.append(convolution)
            height, width = -(-height // 2), -(-width // 2)
        self.dense = keras.layers.Dense(1, name=f"dout_{view}_fc")
        self.dense.build((None, height * width * channels))
        self.build()

    def call(self, inputs):
        x = tf.ensure_shape(inputs, [None, self.height, self.width, self.channels])
        for convolution in self.convolutions:
            x = convolution(x)
        x = tf.reshape(x, [-1, self.dense.kernel.shape[0]])
        return tf.cast(self.dense(x), tf.float32)

    def variables_by_name(self):
        scope = f"{self.scope}/discriminator_{self.view}"
        layers = {f"{scope}/{layer.name}": layer for layer in self.convolutions}
        layers[f"{self.scope}/{self.dense.name}"] = self.dense
        return {
            f"{name}/{part}": getattr(layer, part)
            for name, layer in layers.items()
            for part in ("kernel", "bias")
        }

    def get_config(self):
        return {
            **super().get_config(),
            "view": self.view,
            "height": self.height,
            "width": self.width,
            "channels": self.channels,
            "filters": self.filters,
        }

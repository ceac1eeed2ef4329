"""SN-PatchGAN, "Free-Form Image Inpainting with Gated Convolution" §3.3 (ICCV 2019).

Yu, Lin, Yang, Shen, Lu, Huang, arXiv 1806.03589. Holes have any shape and may be
anywhere, so the critic judges every patch of the picture instead of the picture. Six
spectrally normalised convolutions (figure 3 there), each value of the last one a
score. With 64 filters it has 5,946,816 trainable parameters, 5,948,416 guided.
"""

import keras
import tensorflow as tf

from inpaint.layers import SpectralNormConv2D, addons_conv, leaky_relu
from inpaint.models.network import Network

LAYERS = {"neuralgym": SpectralNormConv2D, "addons": addons_conv}


@keras.utils.register_keras_serializable("inpaint")
class SNPatchGAN(Network):
    """The critic of DeepFill v2: a score for every patch and feature (§3.3).

    Args:
      channels: of the input: 3, and 1 each for the mask and the sketch if it sees them.
      filters: of the first convolution; all others scale with it.
      spectral_norm: "neuralgym" (the release's) or "addons" (tensorflow-addons').

    Call arguments:
      inputs: `[B, H, W, channels]` float, pictures in [−1, 1].
      training: whether the estimates of the spectral norms move on.

    Returns:
      `[B, ⌈H/64⌉·⌈W/64⌉·4·filters]` float32, high where a patch looks real.
    """

    scope = "discriminator/sn_patch_gan"

    def __init__(
        self,
        channels=4,
        filters=64,
        spectral_norm="neuralgym",
        name="sn_patch_gan",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if spectral_norm not in LAYERS:
            raise ValueError(
                f"`spectral_norm` must be one of {tuple(LAYERS)}. "
                f"Received: {spectral_norm!r}"
            )
        self.channels = channels
        self.filters = filters
        self.spectral_norm = spectral_norm
        self.convolutions = []
        for number, factor in enumerate((1, 2, 4, 4, 4, 4), start=1):
            convolution = LAYERS[spectral_norm](
                factor * filters, kernel_size=5, strides=2, name=f"conv{number}"
            )
            convolution.build((None, None, None, channels))
            channels = factor * filters
            self.convolutions.append(convolution)
        self.build()

    def call(self, inputs, training=None):
        x = inputs
        for convolution in self.convolutions:
            x = leaky_relu(convolution(x, training=training))
        return tf.cast(tf.reshape(x, [tf.shape(x)[0], -1]), tf.float32)

    def variables_by_name(self):
        found = {}
        for outer in self.convolutions:
            inner = getattr(outer, "layer", outer)  # tensorflow-addons wraps it
            scope = f"{self.scope}/{outer.name}"
            found[f"{scope}/kernel"] = inner.kernel
            found[f"{scope}/bias"] = inner.bias
            found[f"{scope}/kernel_sn/u"] = outer.u
        return found

    def get_config(self):
        return {
            **super().get_config(),
            "channels": self.channels,
            "filters": self.filters,
            "spectral_norm": self.spectral_norm,
        }

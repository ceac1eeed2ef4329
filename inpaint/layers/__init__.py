"""Keras layers of the networks."""

from inpaint.backend import require_tensorflow

require_tensorflow()

from inpaint.layers.activations import leaky_relu, unit_clip  # noqa: E402
from inpaint.layers.batch_norm import BatchNorm  # noqa: E402
from inpaint.layers.channelwise_dense import ChannelwiseDense  # noqa: E402
from inpaint.layers.contextual_attention import ContextualAttention  # noqa: E402
from inpaint.layers.fourier import (  # noqa: E402
    FastFourierConv2D,
    FourierUnit,
    SpectralTransform,
)
from inpaint.layers.gated_conv import GatedConv2D, GatedUpsample2D  # noqa: E402
from inpaint.layers.norm_conv import NormConv2D, NormConv2DTranspose  # noqa: E402
from inpaint.layers.partial_conv import PartialConv2D  # noqa: E402
from inpaint.layers.plain_conv import PlainConv2D  # noqa: E402
from inpaint.layers.plain_upsample import PlainUpsample2D  # noqa: E402
from inpaint.layers.portability import portable_operations  # noqa: E402
from inpaint.layers.spectral_norm import SpectralNormConv2D, addons_conv  # noqa: E402

__all__ = [
    "BatchNorm",
    "ChannelwiseDense",
    "ContextualAttention",
    "FastFourierConv2D",
    "FourierUnit",
    "GatedConv2D",
    "GatedUpsample2D",
    "NormConv2D",
    "NormConv2DTranspose",
    "PartialConv2D",
    "PlainConv2D",
    "PlainUpsample2D",
    "SpectralNormConv2D",
    "SpectralTransform",
    "addons_conv",
    "leaky_relu",
    "portable_operations",
    "unit_clip",
]

"""Keras layers of the DeepFill networks."""

from inpaint.layers.contextual_attention import ContextualAttention
from inpaint.layers.gated_conv import GatedConv2D, GatedUpsample2D
from inpaint.layers.spectral_norm import SpectralNormConv2D, addons_conv

__all__ = [
    "ContextualAttention",
    "GatedConv2D",
    "GatedUpsample2D",
    "SpectralNormConv2D",
    "addons_conv",
]

"""Keras layers of the DeepFill networks."""

from inpaint.layers.contextual_attention import ContextualAttention
from inpaint.layers.gated_conv import GatedConv2D, GatedUpsample2D

__all__ = ["ContextualAttention", "GatedConv2D", "GatedUpsample2D"]

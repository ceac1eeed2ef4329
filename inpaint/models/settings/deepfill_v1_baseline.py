"""What DeepFill v1's baseline without attention sets: the same as version 1."""

from inpaint.models.settings.deepfill_v1 import Settings

__all__ = ["Settings"]

"""Training pictures as endless, reproducible batches (tf.data)."""

from inpaint.data.dataset import (
    Unreadable,
    epoch_order,
    training_dataset,
    validation_images,
)

__all__ = ["Unreadable", "epoch_order", "training_dataset", "validation_images"]

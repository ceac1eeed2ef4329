"""One training batch, and where its truth is known; see `base`."""

from typing import Any, NamedTuple, Optional

import tensorflow as tf


class Batch(NamedTuple):
    """One training batch.

    Pictures may have holes of their own, where nobody knows what belongs there. Then
    `extras` has `valid`, `[B, H, W, 1]` float32: 1 where the truth is known, 0
    elsewhere. Neither losses nor critics look there, since what they compare is the
    same there: `of` sets the pictures to 0 (of the network's range) and the edges too,
    `InpaintingModel.paint` does so with what was painted. Whoever makes the batch says
    in `masks` whether the network sees those pixels; of a `sampler` they are hole.

    Example:
      >>> batch = Batch.of(images=None, masks=None, alphas=[0.5])
      >>> batch.extras["alphas"]
      [0.5]
    """

    images: Any  # [B, H, W, C] float32, as the generator's `to_network` makes them
    masks: Any  # [1 or B, H, W, 1] float32, 1 in the hole
    edges: Optional[Any] = None  # [B, H, W, 1] float32, 1 on edges (guided models)
    # What else the model's sampler draws, tensors by name, a picture's each or one; and
    # `valid`.
    extras: dict = {}  # noqa: RUF012

    @classmethod
    def of(cls, images, masks, edges=None, **extras):
        """A Batch whose extras are the keywords that no field has."""
        batch = cls(images, masks, edges, extras)
        edges = None if edges is None else batch.judged(edges)
        return batch._replace(images=batch.judged(images), edges=edges)

    def judged(self, planes):
        """Planes as losses and critics may look at them: 0 where not `valid`.

        A model that paints otherwise than by `InpaintingModel.paint` calls this of what
        it painted; one that weighs pixels, of the weights.

        Args:
          planes: `[B or 1, H, W, C]` float32.

        Returns:
          `[B, H, W, C]`; `planes` itself where all of the truth is known.

        Example:
          >>> valid = tf.constant([1.0, 0.0], shape=[1, 1, 2, 1])
          >>> batch = Batch(None, None, extras={"valid": valid})
          >>> batch.judged(tf.fill([1, 1, 2, 1], 7.0)).numpy().ravel().tolist()
          [7.0, 0.0]
        """
        valid = self.extras.get("valid")
        if valid is None:
            return planes
        # No product: what is not known may be anything, even no number.
        return tf.where(valid > 0.5, planes, tf.zeros_like(planes))

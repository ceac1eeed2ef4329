"""What a mask sampler is: it draws the holes of a batch, and what goes with them."""

import numpy as np


class Sampler:
    """Draws holes; a subclass says how by `mask`, and by `with_masks` what else.

    Example:
      >>> class Everything(Sampler):
      ...     def mask(self, rng, height, width):
      ...         return np.ones((height, width), bool)
      >>> Everything().draw(np.random.default_rng(0), 1, 4, 6)["masks"].shape
      (1, 4, 6, 1)
    """

    def mask(self, rng, height, width):
        """One hole: `[height, width]` bool, True inside."""
        raise NotImplementedError

    def draw(self, rng, count, height, width):
        """The draws of a batch.

        Args:
          rng: NumPy generator.
          count: 1 for a mask that the batch shares, or the batch's size.
          height, width: of the pictures.

        Returns:
          dict of arrays of fixed shapes: `masks`, `[count, height, width, 1]` float32,
          1 in the hole, 0 elsewhere; the others end in `Batch.extras` by name.
        """
        masks = [self.mask(rng, height, width) for _ in range(count)]
        return self.with_masks(rng, np.stack(masks).astype(np.float32)[..., np.newaxis])

    def with_masks(self, rng, masks):
        """The draws of a batch whose masks are given, as where pictures bring theirs.

        A subclass that draws more than masks overrides this, not `draw`.

        Args:
          rng: NumPy generator.
          masks: `[count, height, width, 1]` float32.

        Returns:
          as `draw`.
        """
        return {"masks": masks}

    def hidden(self, draws, unknown):
        """The draws of a batch with further pixels hole, whose truth is unknown.

        Args:
          draws: what `draw` returned.
          unknown: `[B, height, width, 1]` float32, 1 where nobody knows the truth.

        Returns:
          as `draw`, the masks `[B, height, width, 1]`.
        """
        return {**draws, "masks": np.maximum(draws["masks"], unknown)}

    def static(self, rng, height, width):
        """The hole of a validation picture, `[height, width]` bool."""
        return self.mask(rng, height, width)

"""The votes of matches for the pixels that their windows overlap.

Simakov, Caspi, Shechtman, Irani, "Summarizing Visual Data Using Bidirectional
Similarity", 2008; weights are those of the public implementation PyPatchMatch.
"""

import numpy as np

_TENTHS = np.linspace(0, 0.1, 11) * 65536  # of the largest distance, by hundredths
_WEIGHTS = (1, 0.99, 0.96, 0.83, 0.38, 0.11, 0.02, 0.005, 0.0006, 0.0001, 0)


def weight(distance):
    """What the vote of a match counts: 1 at distance 0, 0 from a tenth of the range.

    Args:
      distance: integers, see `patch_field.Windows.distance`.

    Returns:
      float64, linear between hundredths of the range.
    """
    return np.interp(distance, _TENTHS, _WEIGHTS)


class Votes:
    """The votes for each pixel of a picture.

    Args:
      picture: uint8 `[H, W, 3]`, whose pixels are proposed.
      known: bool `[H, W]`, those that may be.
    """

    def __init__(self, picture, known):
        self._shape = known.shape
        self._known = known.reshape(-1)
        self._colours = picture.reshape(-1, 3).astype(np.float64)
        self.sums = np.zeros((known.size, 4))  # of colour · weight, and of weights

    def cast(self, sources, targets, distances, radius, scale=1):
        """Each pixel of the windows at `sources` votes for that of those at `targets`.

        Args:
          sources, targets: positions, int `[2, N]`.
          distances: int `[N]`, of the matches.
          radius: of the windows, pixels.
          scale: 2 if positions and radius are those of a picture of half the size,
            each of whose pixels is here a square of 2 × 2.
        """
        weights = weight(distances)
        count = weights > 0
        sources, targets = (x[:, count] * scale for x in (sources, targets))
        reach = np.arange(-radius * scale, (radius + 1) * scale)
        weights = np.tile(weights[count], len(reach))
        for y in reach:
            line = np.stack([np.full_like(reach, y), reach])[..., np.newaxis]
            of_line = (
                (x[:, np.newaxis] + line).reshape(2, -1) for x in (sources, targets)
            )
            self._cast_pixels(*of_line, weights)

    def picture(self, before):
        """Means of the votes, rounded; where there are none, `before`'s pixels.

        Args:
          before: uint8 `[H, W, 3]`.

        Returns:
          uint8 `[H, W, 3]`.
        """
        weights = self.sums[:, 3:].reshape(*self._shape, 1)
        colours = self.sums[:, :3].reshape(*self._shape, 3)
        voted = np.rint(colours / np.where(weights > 0, weights, 1))
        return np.where(weights > 0, voted.astype(np.uint8), before)

    def _cast_pixels(self, sources, targets, weights):
        limit = np.array(self._shape)[:, np.newaxis]
        inside = np.all(
            (sources >= 0) & (sources < limit) & (targets >= 0) & (targets < limit),
            axis=0,
        )
        sources, targets = (
            np.ravel_multi_index(x[:, inside], self._shape) for x in (sources, targets)
        )
        known = self._known[sources]
        sources, targets = sources[known], targets[known]
        weights = weights[inside][known]
        for channel, values in enumerate((*self._colours[sources].T, 1)):
            self.sums[:, channel] += np.bincount(
                targets, weights * values, len(self.sums)
            )

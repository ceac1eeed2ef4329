"""Filling a hole with windows of the picture's known part: PatchMatch.

Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch: A Randomized Correspondence
Algorithm for Structural Image Editing", 2009, §4, by the objective of Simakov, Caspi,
Shechtman, Irani, "Summarizing Visual Data Using Bidirectional Similarity", 2008. The
papers leave much open; what they do is here as in the public implementation
PyPatchMatch, but that known pixels stay, that windows are of the papers' 7×7 pixels
and that gradients are those of the picture as it becomes.
"""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.evaluation.patch_field import Field, Windows, touching
from inpaint.evaluation.patch_votes import Votes

_KERNEL = (1, 5, 10, 10, 5, 1)
_COARSEST = 16  # pixels on the shorter side, from which on there is no coarser level
_PASSES = 4  # of the search, in each iteration
_ITERATIONS = 3  # at the coarsest level, at least


def fill(image, mask, radius=3, seed=0):
    """Fill the hole of a picture; known pixels come back byte for byte.

        completed = patch_match.fill(image, mask)

    Args:
      image: uint8 RGB `[H, W, 3]`, any H and W; what it has in the hole is not used.
      mask: bool `[H, W]`, True in the hole.
      radius: windows have 2·radius + 1 pixels a side. In a picture with a side that
        is shorter they are the largest that fit.
      seed: of the random search; the same one gives the same picture.

    Returns:
      uint8 RGB `[H, W, 3]`.

    Raises:
      InputError: if the hole covers all of the picture.

    Example:
      >>> image, mask = np.full((24, 24, 3), 9, np.uint8), np.zeros((24, 24), bool)
      >>> mask[10:12, 10:12] = True
      >>> fill(image, mask)[10, 10].tolist()
      [9, 9, 9]
    """
    if mask.all():
        raise InputError("the hole covers the whole picture: no pixel to take is left")
    if not mask.any():
        return image.copy()
    radius = min(radius, (min(mask.shape) - 1) // 2)
    levels = pyramid(image, mask, max(2 * radius + 2, _COARSEST))
    rngs = [np.random.RandomState([seed, field]) for field in range(2)]
    level = None
    for number in reversed(range(len(levels))):
        iterations = 1 + 2 * number
        if level is None:
            iterations = max(iterations, _ITERATIONS)
        level = Level(*levels[number], radius, rngs, level)
        for _ in range(iterations):
            level.iterate()
    return level.picture


def halve(image, hole):
    """A picture of half the size (rounded down), of the weighted means of 6×6 pixels.

    Args:
      image: uint8 `[H, W, 3]`; pixels in the hole do not count.
      hole: bool `[H, W]`.

    Returns:
      (uint8 `[H/2, W/2, 3]`, bool `[H/2, W/2]`); a pixel is in the hole, and 0, where
      none of the 36 is known.
    """
    known = ~hole
    weights = _weigh(known.astype(np.int64))
    sums = _weigh(image * known[..., np.newaxis].astype(np.int64))
    means = sums // np.maximum(weights, 1)[..., np.newaxis]
    return means.astype(np.uint8), weights == 0


def pyramid(image, hole, smallest):
    """The picture, then halves of it while the shorter side is above `smallest`.

    Returns:
      List of (image, hole), see `halve`; pixels in holes are 0.
    """
    levels = [(np.where(hole[..., np.newaxis], np.uint8(0), image), hole)]
    while min(levels[-1][1].shape) > smallest:
        levels.append(halve(*levels[-1]))
    return levels


class Level:
    """A picture of the pyramid on its way to be completed.

    Args:
      image: uint8 `[H, W, 3]`.
      hole: bool `[H, W]`.
      radius: of the windows.
      rngs: a RandomState for each of the two fields.
      coarser: the `Level` to go on from; None begins with what diffuses from the
        hole's border and random matches.
    """

    def __init__(self, image, hole, radius, rngs, coarser=None):
        self._image, self._hole, self._radius = image, hole, radius
        searched = touching(hole, radius)
        # Of the completed picture in the known one, and of that in the completed one.
        self._fields = [Field(searched, rng) for rng in rngs]
        if coarser is None:
            begun = cv2.inpaint(image, hole.astype(np.uint8), radius, cv2.INPAINT_TELEA)
        else:
            begun = coarser.enlarged(image, hole)
        for number, field in enumerate(self._fields):
            field.start(None if coarser is None else coarser._fields[number])
        self.picture = self._with_known(begun)

    def iterate(self):
        """Search the fields, then let their matches vote.

        Returns:
          The sum of the distances of the completed picture's windows to their matches
          in the known one, before the votes: what the iterations make smaller.
        """
        everything = Windows(self.picture, np.zeros_like(self._hole), self._radius)
        known = Windows(self.picture, self._hole, self._radius)
        coherence, completeness = self._fields
        with ThreadPoolExecutor(2) as threads:
            searches = (
                threads.submit(coherence.search, everything, known, _PASSES),
                threads.submit(completeness.search, known, everything, _PASSES),
            )
            for search in searches:
                search.result()
        votes = Votes(self._image, ~self._hole)
        self._vote(votes, 1)
        self.picture = self._with_known(votes.picture(self.picture))
        return int(coherence.distances.sum())

    def enlarged(self, image, hole):
        """The completed picture at twice the size, of the finer level's pixels.

        Args:
          image, hole: the finer level's.

        Returns:
          uint8, of the size of `image`.
        """
        rows, columns = (
            np.minimum(np.arange(fine) // 2, coarse - 1)
            for fine, coarse in zip(hole.shape, self._hole.shape)
        )
        votes = Votes(image, ~hole)
        self._vote(votes, 2)
        return votes.picture(self.picture[rows[:, np.newaxis], columns])

    def _vote(self, votes, scale):
        coherence, completeness = self._fields
        for sources, targets, field in (
            (coherence.targets, coherence.positions, coherence),
            (completeness.positions, completeness.targets, completeness),
        ):
            votes.cast(sources, targets, field.distances, self._radius, scale)

    def _with_known(self, picture):
        return np.where(self._hole[..., np.newaxis], picture, self._image)


def _weigh(planes):
    """Sums of every second 6×6 pixels `[H, W, …]` from −2 on, by the kernel."""
    for axis, side in enumerate(planes.shape[:2]):
        padding = [(0, 0)] * planes.ndim
        padding[axis] = (2, 3)
        padded = np.moveaxis(np.pad(planes, padding), axis, 0)
        end = side // 2 * 2
        planes = sum(
            weight * padded[first : first + end : 2]
            for first, weight in enumerate(_KERNEL)
        )
        planes = np.moveaxis(planes, 0, axis)
    return planes

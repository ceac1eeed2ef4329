"""Nearest-neighbour fields: for each window of one picture a like one of another.

Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch: A Randomized Correspondence
Algorithm for Structural Image Editing", 2009, §3. The distance is that of the public
implementation PyPatchMatch. Its scans, pixel after pixel, are here steps of all pixels
at once (jump flooding), whose fields are others and as good.

Positions are int `[2, N]`, rows (y, x); a window is the square of side 2·radius + 1
around its position.
"""

import cv2
import numpy as np

FARTHEST = 65535  # the distance of windows that share no pixel to compare

_STEPS = (8, 4, 2, 1)  # pixels
_DRAWS = 20  # at most, for a first match that is not the farthest
_FEATURES = 9  # colours and their two gradients
_AT_ONCE = 1024  # windows to compare: their bytes stay in a processor's cache


def gradients(picture):
    """Differences of the two neighbours below one another, and side by side.

    Args:
      picture: uint8 `[H, W, 3]`.

    Returns:
      Two uint8 `[H, W, 3]`, (along y, along x): half of the next pixel minus half of
      the one before plus 128, each half cut to an integer; 0 on the frame.
    """
    half = picture // 2
    along_y, along_x = np.zeros_like(picture), np.zeros_like(picture)
    inner = np.s_[1:-1, 1:-1]  # 128 + a difference of bytes' halves is a byte
    along_y[inner] = half[2:, 1:-1] - half[:-2, 1:-1] + np.uint8(128)
    along_x[inner] = half[1:-1, 2:] - half[1:-1, :-2] + np.uint8(128)
    return along_y, along_x


class Windows:
    """The windows of a picture, to be compared with those of another.

    Args:
      picture: uint8 `[H, W, 3]`.
      hole: bool `[H, W]`, the pixels that equal no other.
      radius: pixels.
    """

    def __init__(self, picture, hole, radius):
        self.shape = hole.shape
        self._area = (2 * radius + 1) ** 2
        blocked = np.ones_like(hole)  # the frame, as it has no gradient, and the hole
        blocked[1:-1, 1:-1] = hole[1:-1, 1:-1]
        features = np.concatenate([picture, *gradients(picture)], axis=-1)
        self._features = _windows(features, radius, 0)
        self._blocked = _windows(
            np.repeat(blocked[..., np.newaxis] * np.uint8(255), _FEATURES, -1),
            radius,
            255,
        )
        self._touched = _dilated(blocked, radius)
        for edge in (np.s_[:radius], np.s_[-radius:]) if radius else ():
            self._touched[edge] = self._touched[:, edge] = True

    def distance(self, positions, other, targets):
        """How unlike windows are to windows of another picture.

        Args:
          positions, targets: of the windows here and of those in `other`.
          other: `Windows` of the same radius.

        Returns:
          int32 `[N]`, from 0 to `FARTHEST`: of the mean over the window of squared
          differences of colours and gradients, as a share of the largest. A pixel
          that is in a hole, on the frame or outside counts as the largest.
        """
        found = np.empty(positions.shape[1], np.int32)
        largest = _FEATURES * 255**2 * self._area
        for start in range(0, len(found), _AT_ONCE):
            part = np.s_[start : start + _AT_ONCE]
            here, there = tuple(positions[:, part]), tuple(targets[:, part])
            difference = cv2.absdiff(self._features[here], other._features[there])
            self._block(difference, here)
            other._block(difference, there)
            flat = difference.reshape(len(difference), -1)
            total = np.einsum("ij,ij->i", flat, flat, dtype=np.int32, casting="unsafe")
            found[part] = FARTHEST * total.astype(np.int64) // largest
        return found

    def _block(self, difference, positions):
        rows = np.flatnonzero(self._touched[positions])
        if len(rows):
            difference[rows] |= self._blocked[positions[0][rows], positions[1][rows]]


class Field:
    """A match in another picture of the same size for each window of a picture.

    Windows outside `searched` match the window at their own position, at distance 0.

    Args:
      searched: bool `[H, W]`, the windows to find matches for.
      rng: RandomState.
    """

    def __init__(self, searched, rng):
        self.positions = np.array(np.nonzero(searched))
        self.matches = np.indices(searched.shape)  # [2, H, W]
        self.distances = np.zeros(self.positions.shape[1], np.int32)
        self._changed = np.zeros(searched.shape, np.int32)  # at which try
        self._now = 1  # the number of the try
        self._rng = rng
        self._last = np.array(searched.shape)[:, np.newaxis] - 1

    @property
    def targets(self):
        """The matches of `positions`, `[2, N]`."""
        return self.matches[(slice(None), *self.positions)]

    def start(self, coarser=None):
        """The first matches: those of a coarser level's `Field`, or random ones."""
        if coarser is None:
            self._set(slice(None), self._drawn(self.positions.shape[1]))
            return
        size, coarse = self._last + 1, coarser._last + 1
        above = self.positions * coarse // size
        matches = coarser.matches[(slice(None), *above)] * size // coarse
        self._set(slice(None), matches)

    def search(self, windows, other, passes):
        """Better matches, by propagation and random search.

        Args:
          windows, other: `Windows` of the picture and of the one to look in.
          passes: how often.
        """
        self._measure(windows, other)
        self._changed[:], self._now = 0, 1
        ways = [w for s in _STEPS for w in ((s, 0), (0, s), (-s, 0), (0, -s))]
        tried = dict.fromkeys(ways, 0)
        for _ in range(passes):
            for way in ways:
                targets, changed = self._neighbours(np.array(way))
                again = changed < tried[way]  # and not better then
                tried[way] = self._now
                self._try(targets, windows, other, ~again)
            radius = int(self._last.min()) // 2
            while radius > 0:
                shape = self.positions.shape
                offsets = self._rng.randint(-radius, radius + 1, shape)
                self._try(self.targets + offsets, windows, other, True)
                radius //= 2

    def _measure(self, windows, other):
        """Distances anew, as pictures have changed; new draws for the farthest."""
        self.distances = windows.distance(self.positions, other, self.targets)
        for _ in range(_DRAWS):
            far = np.flatnonzero(self.distances == FARTHEST)
            if not len(far):
                break
            self._set(far, self._drawn(len(far)))
            positions = self.positions[:, far]
            self.distances[far] = windows.distance(
                positions, other, self.matches[(slice(None), *positions)]
            )

    def _neighbours(self, way):
        """The matches if they followed those `way` before, and when these changed."""
        way = way[:, np.newaxis]
        before = np.clip(self.positions - way, 0, self._last)
        targets = self.matches[(slice(None), *before)] + self.positions - before
        return targets, self._changed[tuple(before)]

    def _try(self, targets, windows, other, worth):
        targets = np.clip(targets, 0, self._last)
        new = np.flatnonzero(worth & (targets != self.targets).any(axis=0))
        found = windows.distance(self.positions[:, new], other, targets[:, new])
        better = found < self.distances[new]
        new = new[better]
        self.distances[new] = found[better]
        self._set(new, targets[:, new])
        self._changed[tuple(self.positions[:, new])] = self._now
        self._now += 1

    def _set(self, which, targets):
        self.matches[(slice(None), *self.positions[:, which])] = targets

    def _drawn(self, number):
        return (self._rng.random_sample((2, number)) * (self._last + 1)).astype(int)


def touching(hole, radius):
    """Where windows hold a pixel of the hole: bool `[H, W]`."""
    return _dilated(hole, radius)


def _dilated(plane, radius):
    side = 2 * radius + 1
    kernel = np.ones((side, side), np.uint8)
    return cv2.dilate(plane.astype(np.uint8), kernel) > 0


def _windows(planes, radius, outside):
    """A view, `[H, W, side, side · C]`, of planes `[H, W, C]` padded by `outside`."""
    height, width, channels = planes.shape
    around = (radius, radius)
    padded = np.pad(planes, (around, around, (0, 0)), constant_values=outside)
    side, line = 2 * radius + 1, padded.strides[0]
    return np.lib.stride_tricks.as_strided(
        padded,
        (height, width, side, side * channels),
        (line, channels, line, 1),
        writeable=False,
    )

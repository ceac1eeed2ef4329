"""Masks of one's own, from files: chosen at random, or each with its picture."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from inpaint.errors import InputError
from inpaint.masks.moves import Moves
from inpaint.masks.sampler import Sampler
from inpaint.pictures import images, lists

_THREADS = 16  # that read files


class MaskFiles(Sampler):
    """Masks of files, one chosen for each hole, and moved about.

    All are read when it is made, and kept: a mask takes a bit a pixel.

    Args:
      source: a folder with all below it, a list or a glob of pictures that are masks.
      moves: `Moves`.
      threshold: share of white above which a pixel is hole.
      fit: what is done with a mask of another size than the pictures: "exact": it is
        refused; "centre": it is laid centre on centre; "resize": it is resized.
      size: (height, width) of the pictures; None: whatever is drawn, for "centre".
      max_pixels: of a file, see `images.read_image`.

    Raises:
      InputError: if there is none, or one cannot be read, has no hole or does not fit.

    Example:
      >>> MaskFiles("mask.png").mask(np.random.default_rng(0), 48, 64).shape
      (48, 64)
    """

    def __init__(
        self,
        source,
        moves=None,
        threshold=0.5,
        fit="exact",
        size=None,
        max_pixels=images.MAX_PIXELS,
    ):
        self.moves = moves or Moves()
        self._threshold, self._fit, self._size = threshold, fit, size
        self._max_pixels = max_pixels
        with ThreadPoolExecutor(_THREADS) as pool:
            self._packed = list(
                pool.map(self._read, lists.find_pictures(source).images)
            )

    def _read(self, path):
        """(bits, shape) of a mask."""
        size = self._size if self._fit == "resize" else None
        levels = images.read_levels(path, size, self._max_pixels)
        mask = levels > 255 * self._threshold
        if not mask.any():
            raise InputError(f"{path}: expected a mask with a hole, white pixels")
        if self._fit == "exact" and self._size and mask.shape != tuple(self._size):
            found, expected = (f"{w} × {h}" for h, w in (mask.shape, self._size))
            raise InputError(
                f"{path}: expected a mask of {expected} pixels, got {found}; "
                "mask_fit: centre or resize takes it"
            )
        return np.packbits(mask), mask.shape

    def __len__(self):
        return len(self._packed)

    def mask(self, rng, height, width):
        bits, shape = self._packed[int(len(self) * rng.random())]
        mask = np.unpackbits(bits, count=shape[0] * shape[1]).reshape(shape)
        return self.moves.moved(rng, mask, height, width)


class Beside(Sampler):
    """Own masks beside drawn ones.

    Args:
      own, drawn: `Sampler`s.
      share: in [0, 1], of the own ones.

    Example:
      >>> from inpaint.masks import make, rng
      >>> sampler = Beside(make("center"), make("box"), 1.0)
      >>> int(sampler.mask(rng(0, 0), 8, 8).sum())
      16
    """

    def __init__(self, own, drawn, share):
        self.own, self.drawn, self.share = own, drawn, share

    def mask(self, rng, height, width):
        return self._chosen(rng).mask(rng, height, width)

    def static(self, rng, height, width):
        return self._chosen(rng).static(rng, height, width)

    def _chosen(self, rng):
        return self.own if rng.random() < self.share else self.drawn


def masks_of_pictures(rng, planes, sampler, moves=None, share=1.0):
    """The masks of a batch whose pictures have one each, beside drawn ones.

    Args:
      rng: NumPy generator.
      planes: `[B, H, W, 1]`, not 0 in the hole: the pictures' own.
      sampler: draws the others.
      moves: `Moves`.
      share: in [0, 1], of the pictures' own.

    Returns:
      `[B, H, W, 1]` float32, 1 in the hole.

    Example:
      >>> planes = np.eye(4).reshape(1, 4, 4, 1)
      >>> int(masks_of_pictures(np.random.default_rng(0), planes, None).sum())
      4
    """
    found = []
    for plane in planes[..., 0]:
        if share == 1 or rng.random() < share:
            found.append((moves or Moves()).moved(rng, plane, *plane.shape))
        else:
            found.append(sampler.mask(rng, *plane.shape))
    return np.stack(found).astype(np.float32)[..., np.newaxis]

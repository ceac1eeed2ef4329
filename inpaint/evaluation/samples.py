"""Pictures with the masks to measure on: the same for every method.

All are read once before any network is loaded, so that unusable files are reported at
once, and again one by one when they are filled.
"""

import hashlib
from typing import NamedTuple

import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import arrays, images


class Sample(NamedTuple):
    """A picture and the hole to make in it."""

    path: str
    image: np.ndarray  # uint8 RGB [H, W, 3]
    mask: np.ndarray  # bool [H, W], True in the hole
    grey: bool = False  # the file is: its three channels are equal, and stay so


class Samples:
    """Pictures of any sizes, in a fixed order.

    Args:
      paths: of the pictures. Alpha is left out.
      masks: see `masks.sources.find`.
      max_pixels: see `images.read_image`.

    Example:
      >>> from inpaint.masks import sources
      >>> paths = ["photo.png"]
      >>> (sample,) = Samples(paths, sources.find("center", paths, seed=0))
      >>> sample.image.shape, sample.mask.shape
      ((48, 64, 3), (48, 64))
    """

    def __init__(self, paths, masks, max_pixels=images.MAX_PIXELS):
        self.paths = paths
        self._max_pixels = max_pixels
        self._masks = masks

    def __len__(self):
        return len(self.paths)

    def __iter__(self):
        """Yields `Sample`s; raises InputError where one cannot be read."""
        for index, path in enumerate(self.paths):
            picture = images.read_picture(path, self._max_pixels)
            grey = picture.ndim == 2 or picture.shape[-1] == 2
            batch, _ = arrays.as_batch(picture)
            image = arrays.in_colour(batch)[0]
            yield Sample(path, image, self._masks(index, *image.shape[:2]), grey)


class Survey(NamedTuple):
    """What the pictures and masks are, by picture in their order."""

    sizes: list  # (height, width)
    hole_shares: list  # of the pixels
    masks_sha256: str  # of all masks, sizes included


def survey(samples):
    """Read all pictures and masks.

    Raises:
      InputError: if one cannot be used.
    """
    sizes, shares, digest = [], [], hashlib.sha256()
    for sample in samples:
        height, width = sample.mask.shape
        sizes.append((height, width))
        shares.append(float(sample.mask.mean()))
        digest.update(f"{height} {width}\n".encode())
        digest.update(np.packbits(sample.mask).tobytes())
    return Survey(sizes, shares, digest.hexdigest())


def check_sizes(samples, sizes, smallest, why):
    """Raise InputError if a picture has a side shorter than `smallest`.

    Args:
      samples: `Samples`.
      sizes: (height, width) of each.
      smallest: pixels.
      why: what asks for it, for the message.
    """
    for path, (height, width) in zip(samples.paths, sizes):
        if min(height, width) < smallest:
            raise InputError(
                f"{path}: {width} × {height} pixels: {why} needs {smallest} on each "
                "side"
            )


def check_known(samples, hole_shares, why):
    """Raise InputError if nothing is known of a picture.

    Args:
      samples: `Samples`.
      hole_shares: of each.
      why: what asks for it, for the message.
    """
    for path, share in zip(samples.paths, hole_shares):
        if share == 1:
            raise InputError(
                f"{path}: the hole covers the whole picture: {why} needs pixels"
            )

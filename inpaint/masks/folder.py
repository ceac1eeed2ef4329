"""Masks from a folder of files, moved about so that a few serve for a long training.

Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV
2018, arXiv 1804.07723, §4.1: masks of occlusions are dilated, turned and cropped at
random; the published files want to be cut at 0.6 and dilated by 9 to 49 pixels.
"""

import os

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.masks.samplers import Sampler
from inpaint.pictures import images

THRESHOLD = 0.6  # of white, above which a pixel is hole
DILATION = (9, 49)  # pixels a side of the square that the hole grows by
SHIFT = 0.25  # of a side, at most


class MovedFolder(Sampler):
    """Masks of files, white in the hole, of any sizes, that are moved about.

    Args:
      path: a folder of pictures, all of which are masks.

    Raises:
      InputError: if there is none, or one cannot be read.

    Example: `MovedFolder("masks").mask(rng, 512, 512)`.
    """

    def __init__(self, path):
        if not os.path.isdir(path):
            raise InputError(f"{path}: expected a folder of masks")
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))
        if not names:
            raise InputError(f"{path}: expected a folder of masks, it is empty")
        self._packed = []  # all are read at once: a mask takes a bit a pixel
        for name in names:
            file = os.path.join(path, name)
            mask = images.read_levels(file) > 255 * THRESHOLD
            if not mask.any():
                raise InputError(f"{file}: expected a mask with a hole, white pixels")
            self._packed.append((np.packbits(mask), mask.shape))

    def __len__(self):
        return len(self._packed)

    def mask(self, rng, height, width):
        """One of the masks, flipped, dilated, turned and shifted at random.

        A file of another size is laid centre on centre before it is moved; what lies
        beyond it is known.

        Args:
          rng: NumPy generator.
          height, width: of the picture.

        Returns:
          `[height, width]` bool, True in the hole.
        """
        bits, shape = self._packed[int(len(self) * rng.random())]
        mask = np.unpackbits(bits, count=shape[0] * shape[1]).reshape(shape)
        if rng.random() < 0.5:
            mask = mask[:, ::-1]
        low, high = DILATION
        side = low + int((high - low + 1) * rng.random())
        mask = cv2.dilate(np.ascontiguousarray(mask), np.ones((side, side), np.uint8))
        centre = (shape[1] - 1) / 2, (shape[0] - 1) / 2
        motion = cv2.getRotationMatrix2D(centre, 360 * rng.random(), 1.0)
        for axis, size in enumerate((width, height)):
            shift = size * SHIFT * (2 * rng.random() - 1)
            motion[axis, 2] += (size - 1) / 2 - centre[axis] + shift
        mask = cv2.warpAffine(mask, motion, (width, height), flags=cv2.INTER_NEAREST)
        return mask.astype(bool)

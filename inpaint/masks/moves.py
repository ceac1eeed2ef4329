"""How a mask is moved about, so that a few serve for a long training.

Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV
2018, arXiv 1804.07723, §4.1: masks of occlusions are dilated, turned and cropped at
random.
"""

from typing import NamedTuple

import cv2
import numpy as np


class Moves(NamedTuple):
    """What is done to a mask at random; by default nothing.

    Example:
      >>> from inpaint.masks import release
      >>> mask = np.array([[True, False]])
      >>> Moves().moved(release.rng(0, 0), mask, 1, 2).tolist()
      [[True, False]]
    """

    flip: bool = False  # every other one, left to right
    dilation: tuple = (0, 0)  # least and most side of the square that it grows by
    turn: bool = False  # by any angle
    shift: float = 0.0  # of a side, at most

    def moved(self, rng, mask, height, width):
        """A mask, moved about: `[height, width]` bool.

        One of another size is laid centre on centre before it is moved; what lies
        beyond it is known.

        Args:
          rng: NumPy generator.
          mask: `[h, w]` bool or uint8, True or 1 in the hole.
          height, width: of the picture.
        """
        if self.flip and rng.random() < 0.5:
            mask = mask[:, ::-1]
        low, high = self.dilation
        mask = np.ascontiguousarray(mask, np.uint8)
        if high:
            side = low + int((high - low + 1) * rng.random())
            if side > 1:
                mask = cv2.dilate(mask, np.ones((side, side), np.uint8))
        if not (self.turn or self.shift) and mask.shape == (height, width):
            return mask.astype(bool)
        rows, columns = mask.shape
        centre = (columns - 1) / 2, (rows - 1) / 2
        angle = 360 * rng.random() if self.turn else 0.0
        motion = cv2.getRotationMatrix2D(centre, angle, 1.0)
        for axis, size in enumerate((width, height)):
            shift = size * self.shift * (2 * rng.random() - 1) if self.shift else 0.0
            motion[axis, 2] += (size - 1) / 2 - centre[axis] + shift
        mask = cv2.warpAffine(mask, motion, (width, height), flags=cv2.INTER_NEAREST)
        return mask.astype(bool)


def moves_of(settings):
    """The moves that a Config asks for.

    Example:
      >>> from inpaint.config import Config
      >>> moves_of(Config(mask_shift=0.25)).shift
      0.25
    """
    return Moves(
        settings.mask_flip,
        settings.mask_dilation,
        settings.mask_turn,
        settings.mask_shift,
    )

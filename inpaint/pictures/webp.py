"""WebP pictures turned as their EXIF says, which OpenCV does since its version 5."""

import cv2
import numpy as np

from inpaint.pictures import exif, integrity, metadata_webp

_OPENCV_TURNS = int(cv2.__version__.split(".")[0]) >= 5


def upright(image, data):
    """A picture that OpenCV decoded, turned if it did not do so itself.

    Args:
      image: `[H, W]` or `[H, W, C]`.
      data: the bytes of its file.
    """
    if _OPENCV_TURNS or not integrity.is_webp(data):
        return image
    block = metadata_webp.read(data).exif
    if block is None or not exif.is_block(block):
        return image
    return turned(image, exif.orientation(block) or 1)


def turned(image, orientation):
    """Pixels that are stored with an orientation of EXIF's, 1 … 8, upright.

    CIPA DC-008, "Exif 2.32", 2019, §4.6.4: which side of the picture the first row and
    the first column are.
    """
    if orientation in (5, 6, 7, 8):
        image = np.swapaxes(image, 0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)

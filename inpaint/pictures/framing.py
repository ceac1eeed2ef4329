"""Reads a picture, and its edge map, and resizes or crops it to the training size.

As the original's reader: resized (OpenCV, bilinear), or cropped after a picture that
is smaller than the crop has been scaled up to cover it.
"""

import numpy as np

from inpaint.errors import InputError
from inpaint.pictures.images import MAX_PIXELS, read_edge, read_image, resize

CENTRE = (0.5, 0.5)

_MOST_CROPS = 64  # that a picture may have room for when it has been scaled up


def read_framed(
    image_path, edge_path, size, corner, edge_threshold, max_pixels=MAX_PIXELS
):
    """Reads a picture, and its edges if there is a path of them, in one frame.

    An edge picture of another size than the picture is stretched onto it.

    Args:
      size: (height, width) to return.
      corner: None: resize. (down, across), each in [0, 1): crop; 0 is the top left of
        where the crop can lie, towards 1 the bottom right.
      edge_threshold: in [0, 1]; edges are where channel 0 / 255 is above it, after
        resizing.
      max_pixels: see images.read_image.

    Returns:
      dict of `images`, uint8 RGB `[height, width, 3]`, and, with an edge path,
      `edges`, uint8 `[height, width, 1]` in {0, 1}.

    Raises:
      InputError: as images.read_image, and if it is too thin to be cropped.
    """
    image = read_image(image_path, max_pixels)[..., :3]
    shape = image.shape[:2]
    whole = size if corner is None else covering(shape, size)
    if whole != shape and whole[0] * whole[1] > _MOST_CROPS * size[0] * size[1]:
        raise InputError(
            f"{image_path}: {shape[0]}×{shape[1]} pixels are too thin for a crop of "
            f"{size[0]}×{size[1]}: they would be scaled up to {whole[0]}×{whole[1]}"
        )
    framed = {"images": resize(image, *whole)}
    if edge_path is not None:
        edges = read_edge(edge_path, edge_threshold, whole, max_pixels)
        framed["edges"] = edges[..., np.newaxis].astype(np.uint8)
    if corner is not None:
        top, left = (
            int(share * (room - length + 1))
            for share, room, length in zip(corner, whole, size)
        )
        rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
        framed = {name: array[rows, columns] for name, array in framed.items()}
    return framed


def covering(shape, size):
    """The (height, width) to scale a picture up to so that it covers `size`.

    The smallest that keeps its proportions, rounded up; `shape`, its own (height,
    width), if that covers `size` already.
    """
    (rows, columns), (height, width) = shape, size
    if rows >= height and columns >= width:
        return rows, columns
    if height * columns >= width * rows:  # the height asks for the larger scale
        return height, -(-columns * height // rows)
    return -(-rows * width // columns), width

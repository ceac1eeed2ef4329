"""Reads a picture, and what lies beside it, resizes or crops it to the training size.

As the original's reader: resized (OpenCV, bilinear), or cropped after a picture that
is smaller than the crop has been scaled up to cover it.
"""

import numpy as np

from inpaint.errors import InputError
from inpaint.pictures.channel import read_values
from inpaint.pictures.images import (
    MAX_PIXELS,
    read_edge,
    read_image,
    read_levels,
    resize,
)

CENTRE = (0.5, 0.5)

_MOST_CROPS = 64  # that a picture may have room for when it has been scaled up


def read_framed(
    image_path,
    edge_path,
    size,
    corner,
    edge_threshold,
    max_pixels=MAX_PIXELS,
    mask_path=None,
    mask_threshold=0.5,
    with_valid=False,
    valid_path=None,
    value_range=None,
):
    """Reads a picture, and its edges if there is a path of them, in one frame.

    An edge picture of another size than the picture is stretched onto it.

    A picture is known where the file of `valid_path` is above 127; without one where
    its alpha channel is 255; without either everywhere. Where it is resized, a pixel is
    known if all that it is made of are.

    Args:
      size: (height, width) to return.
      corner: None: resize. (down, across), each in [0, 1): crop; 0 is the top left of
        where the crop can lie, towards 1 the bottom right.
      edge_threshold: in [0, 1]; edges are where channel 0 / 255 is above it, after
        resizing.
      max_pixels: see images.read_image.
      mask_path: of the picture's own mask, of its size.
      mask_threshold: in [0, 1]; the hole is where level / 255 is above it, after
        resizing.
      with_valid: whether to return where the picture is known.
      valid_path: of a file that says so, of the picture's size.
      value_range: of pictures of one channel, the values that are levels 0 and 255;
        None: pictures are RGB. With with_valid, what is no number is not known.

    Returns:
      dict of `images`, uint8 RGB `[height, width, 3]`, or float32 levels
      `[height, width, 1]`, and, with an edge path,
      `edges`, with a mask path `masks`, 1 in the hole, and with_valid `valid`, 1 where
      it is known: each uint8 `[height, width, 1]` in {0, 1}.

    Raises:
      InputError: as images.read_image, and if it is too thin to be cropped, its mask
        has no hole, nothing of it is known, or one of these has another size.
    """
    if value_range is None:
        image = read_image(image_path, max_pixels)
        image, known = image[..., :3], _opaque(image[..., 3:])
    else:
        image, known = read_values(image_path, value_range, with_valid, max_pixels)
    shape = image.shape[:2]
    planes = {}
    if mask_path is not None:
        levels = _of_size(mask_path, image_path, shape, max_pixels)
        if not (levels > 255 * mask_threshold).any():
            raise InputError(f"{mask_path}: expected a mask with a hole, white pixels")
        planes["masks"] = levels
    if with_valid:
        planes["valid"] = _known(known, image_path, valid_path, max_pixels)
    whole = size if corner is None else covering(shape, size)
    if whole != shape and whole[0] * whole[1] > _MOST_CROPS * size[0] * size[1]:
        raise InputError(
            f"{image_path}: {shape[0]}×{shape[1]} pixels are too thin for a crop of "
            f"{size[0]}×{size[1]}: they would be scaled up to {whole[0]}×{whole[1]}"
        )
    framed = {"images": resize(image, *whole)}
    if value_range is not None:
        framed["images"] = framed["images"][..., np.newaxis]
    if edge_path is not None:
        edges = read_edge(edge_path, edge_threshold, whole, max_pixels)
        framed["edges"] = edges[..., np.newaxis].astype(np.uint8)
    most = {"masks": 255 * mask_threshold, "valid": 254}
    for name, plane in planes.items():
        plane = resize(plane, *whole) > most[name]
        framed[name] = plane[..., np.newaxis].astype(np.uint8)
    if corner is not None:
        top, left = (
            int(share * (room - length + 1))
            for share, room, length in zip(corner, whole, size)
        )
        rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
        framed = {name: array[rows, columns] for name, array in framed.items()}
    return framed


def _of_size(path, image_path, shape, max_pixels):
    """The levels of a file that must be of a picture's size."""
    levels = read_levels(path, max_pixels=max_pixels)
    if levels.shape != shape:
        found, expected = (f"{w} × {h} pixels" for h, w in (levels.shape, shape))
        raise InputError(f"{path} is {found} but {image_path} is {expected}")
    return levels


def _opaque(alpha):
    """Where an alpha channel, uint8 `[H, W, 0 or 1]`, lets nothing through."""
    return alpha.min(axis=-1, initial=255) == 255


def _known(known, image_path, valid_path, max_pixels):
    """255 where a picture is known, 0 elsewhere, uint8 `[H, W]`.

    Args:
      known: bool `[H, W]`, what the picture itself says.
      image_path, valid_path, max_pixels: see `read_framed`.
    """
    where = valid_path or image_path
    if valid_path is not None:
        plane = _of_size(valid_path, image_path, known.shape, max_pixels)
        known = plane > 127
    if not known.any():
        raise InputError(f"{where}: expected known pixels, there are none")
    return known.astype(np.uint8) * np.uint8(255)


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

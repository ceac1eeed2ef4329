"""Picture files ↔ RGB arrays of uint8, or of uint16 where that is asked for.

OpenCV and NumPy only: bad input is reported before TensorFlow's slow import. OpenCV's
BGR order ends here; every array that comes out of this file is RGB. Whatever cannot be
read is an InputError of one line.

OpenCV logs what it cannot decode on standard error unless the environment variable
OPENCV_LOG_LEVEL is SILENT when it is imported; libpng and libjpeg print there what they
think of a file. The command-line programs keep both back.
"""

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import holes, integrity, metadata, npy, tiff, webp
from inpaint.pictures.contents import Elsewhere, no_image, read_bytes
from inpaint.pictures.opencv import one_line_errors
from inpaint.pictures.outputs import (
    check_format,
    check_output,
    encode_image,
    write_bytes,
    write_image,
)

__all__ = [
    "MAX_PIXELS",
    "Elsewhere",
    "check_format",
    "check_output",
    "encode_image",
    "read_channel",
    "read_edge",
    "read_image",
    "read_levels",
    "read_mask",
    "read_photograph",
    "read_picture",
    "resize",
    "write_bytes",
    "write_image",
]

MAX_PIXELS = 100_000_000  # of a file, at most, where nothing else is said

# Keeps depth and channels as IMREAD_UNCHANGED does, but turns the picture as its EXIF
# orientation says, which that one does not. imdecode never calls GDAL.
_WITH_ALPHA = cv2.IMREAD_LOAD_GDAL


def read_image(path, max_pixels=MAX_PIXELS):
    """Reads a picture, in colour.

    The colours are those of OpenCV 5's `imread(path)` in RGB order: EXIF orientation is
    applied, grey becomes three equal channels, 16 bits become 8, CMYK becomes RGB,
    an animation or a file of several pages gives its first picture. The alpha channel
    of a PNG, WebP or TIFF file is kept, turned and brought to 8 bits like the
    colours; other formats' transparency is not read.

    Args:
      path: str or path-like; any characters; or an `Elsewhere`.
      max_pixels: a file whose header says more is not decoded.

    Returns:
      uint8 RGB `[H, W, 3]`, or RGBA `[H, W, 4]` if the file has an alpha channel.

    Raises:
      InputError: the file is missing, unreadable, empty, truncated, damaged, too
        large, not an image or not a regular file (a folder, a device, a named pipe).

    Example:
      >>> read_image("photo.png").shape
      (48, 64, 3)
    """
    image = read_picture(path, max_pixels)
    channels = 1 if image.ndim == 2 else image.shape[-1]
    if channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    return image[..., [0, 0, 0, 1]] if channels == 2 else image


def read_picture(path, max_pixels=MAX_PIXELS):
    """Reads a picture; a grey file stays grey. Otherwise as `read_image`.

    Returns:
      uint8: grey `[H, W]`, grey and alpha `[H, W, 2]` (of PNG files), RGB
      `[H, W, 3]` or RGBA `[H, W, 4]`.

    Example:
      >>> read_picture("mask.png").shape  # a grey file
      (48, 64)
    """
    return _pixels(path, read_bytes(path, max_pixels))


def read_photograph(path, max_pixels=MAX_PIXELS):
    """Reads a picture as `read_picture`, with its depth and what else the file says.

    Returns:
      (pixels, metadata): uint8, or uint16 of a PNG or TIFF file of 16 bits, shaped as
      of `read_picture`, or what a .npy file or a TIFF file of one channel of float32
      holds, `[H, W]`; and a `metadata.Metadata`, to be given to `write_image`.

    Example:
      >>> pixels, metadata = read_photograph("photo.png")
      >>> write_image("again.png", pixels, metadata)
    """
    if npy.is_array(path):
        return npy.read(path, max_pixels), metadata.Metadata()
    data = read_bytes(path, max_pixels, floats=True)
    if integrity.other_levels(data) == "float32":
        pixels = _decode(path, data, cv2.IMREAD_UNCHANGED)
        if pixels.ndim != 2:
            raise InputError(f"{path}: expected one channel of float32, got more")
        return pixels, metadata.read(data)
    return _pixels(path, data, integrity.has_16_bits(data)), metadata.read(data)


def _pixels(path, data, is_deep=False):
    if integrity.has_alpha(data):
        image = _with_alpha(path, data, is_deep)
        if image is not None:
            return image[..., [0, 3]] if integrity.is_grey_with_alpha(data) else image
    flags = cv2.IMREAD_ANYCOLOR | (cv2.IMREAD_ANYDEPTH if is_deep else 0)
    image = _decode(path, data, flags)
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _with_alpha(path, data, is_deep):
    """RGBA; None where OpenCV drops the alpha channel, as of some grey files."""
    image = _decode(
        path,
        tiff.with_alpha_as_stored(data) if tiff.is_tiff(data) else data,
        _WITH_ALPHA,
    )
    if image.shape[2:] != (4,):
        return None
    if is_deep or image.dtype == np.uint8:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)
    colours = cv2.cvtColor(_decode(path, data), cv2.COLOR_BGR2RGB)
    return np.dstack([colours, _to_8_bits(image[..., 3], data)])


def read_mask(path, size=None, max_pixels=MAX_PIXELS):
    """Reads a mask by the one rule for masks: see `holes`.

    Args:
      path: str or path-like.
      size: (height, width) to resize the file's picture to before the threshold, as
        the original's batch_test.py does; None keeps the file's size.
      max_pixels: as in `read_image`.

    Returns:
      bool `[H, W]`, True in the hole.

    Raises:
      InputError: as read_image.

    Example:
      >>> int(read_mask("mask.png").sum())  # a hole of 8 × 12 pixels
      96
    """
    return holes.hole(read_levels(path, size, max_pixels))


def read_levels(path, size=None, max_pixels=MAX_PIXELS):
    """The levels of a mask file, of which `holes.hole` are the hole: uint8 `[H, W]`.

    Those of a file of 0 and 1 come as 0 and 255. Arguments as in `read_mask`.

    Example:
      >>> int(read_levels("mask.png").max())
      255
    """
    levels = holes.levels(read_picture(path, max_pixels))
    if levels.max() <= 1:
        levels = levels * np.uint8(255)
    return resize(levels, *size) if size else levels


def read_edge(path, threshold, size=None, max_pixels=MAX_PIXELS):
    """Reads an edge picture (a user's sketch): edge where channel 0 / 255 > threshold.

    Args:
      path: str or path-like.
      threshold: in [0, 1]; the configuration's edge_threshold.
      size: (height, width) to resize to before the threshold; None keeps the size.
      max_pixels: as in `read_image`.

    Returns:
      bool `[H, W]`, True on the edges.

    Raises:
      InputError: as read_image.

    Example:
      >>> int(read_edge("mask.png", threshold=0.6).sum())
      96
    """
    return read_channel(path, size, max_pixels) / 255 > threshold


def read_channel(path, size=None, max_pixels=MAX_PIXELS):
    """Channel 0 of OpenCV's order (blue), what sketches are: uint8 `[H, W]`.

    Args:
      path: str or path-like.
      size: (height, width) to resize to; None keeps the file's size.
      max_pixels: as in `read_image`.

    Raises:
      InputError: as read_image.

    Example:
      >>> read_channel("photo.png", size=(24, 32)).shape
      (24, 32)
    """
    image = _decode(path, read_bytes(path, max_pixels))
    return (resize(image, *size) if size else image)[..., 0]


def resize(image, height, width):
    """Resizes as the original's batch_test.py does: OpenCV, bilinear.

    Args:
      image: `[H, W]` or `[H, W, C]`, a picture or a mask file's levels, uint8 or
        uint16.

    Returns:
      `[height, width]` or `[height, width, C]`, of its type.

    Example:
      >>> resize(np.zeros((8, 8, 3), np.uint8), 4, 6).shape
      (4, 6, 3)
    """
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def _decode(path, data, flags=cv2.IMREAD_COLOR):
    with one_line_errors(f"{path}: cannot be decoded"):
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise no_image(path)
    return webp.upright(image, data)


def _to_8_bits(channel, data):
    """uint16 → uint8 as IMREAD_COLOR does: libtiff rounds, libpng cuts off."""
    if tiff.is_tiff(data):
        return ((channel.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return (channel >> 8).astype(np.uint8)

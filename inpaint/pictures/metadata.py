"""What a picture file says besides its pixels, from one container into another.

The ICC profile, EXIF, XMP and the resolution of PNG, JPEG, TIFF and WebP files. Each
container has a file of its own with `read(data)` and `put(data, metadata)`; what it
cannot hold is left out. What is damaged counts as not there: the picture still is.
"""

import re
import struct
import zlib

from inpaint.pictures import (
    exif,
    jpeg_quality,
    metadata_jpeg,
    metadata_png,
    metadata_tiff,
    metadata_webp,
    sizes,
    tiff,
)
from inpaint.pictures.metadata_values import Metadata

__all__ = ["Metadata", "put", "read"]

_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>\s*))[1-8](?=\D)")
_DAMAGE = (ValueError, LookupError, OverflowError, struct.error, zlib.error)


def read(data):
    """The `Metadata` of a file, as of the picture that `images` makes of it.

    Its pixels are upright: EXIF's and XMP's orientation become 1, and the resolution
    is turned with the picture.

    Args:
      data: bytes of a whole file of any format.
    """
    container = _container(data)
    if container is None:
        return Metadata()
    try:
        found = _upright(container.read(data))
    except _DAMAGE:
        found = Metadata()
    if container is metadata_jpeg:
        found = found._replace(jpeg=jpeg_quality.parameters(data))
    return found


def put(data, metadata, grey):
    """A file with metadata that it did not have.

    Args:
      data: bytes of a file as OpenCV writes it.
      metadata: a `Metadata`, upright.
      grey: whether it has one channel: a profile of colours does not fit that, nor
        one of grey the other.

    Returns:
      bytes; `data` itself where its container is none of the four.
    """
    container = _container(data)
    if container is None:
        return data
    grey = grey and container is not metadata_webp  # which has colours only
    space = b"GRAY" if grey else b"RGB "
    if metadata.icc is not None and metadata.icc[16:20] != space:
        metadata = metadata._replace(icc=None)
    if metadata.exif is not None:
        sized = exif.with_size(metadata.exif, *sizes.size(data))
        metadata = metadata._replace(exif=sized)
    return container.put(data, metadata)


def _container(data):
    if data.startswith(b"\xff\xd8\xff"):
        return metadata_jpeg
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return metadata_png
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return metadata_webp
    return metadata_tiff if tiff.is_tiff(data) else None


def _upright(found):
    block = found.exif
    if block is None:
        return found
    if not exif.is_block(block):
        return found._replace(exif=None)
    turned, dpi, xmp = exif.orientation(block), found.dpi, found.xmp
    if turned and xmp is not None:
        xmp = _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)
    if turned in (5, 6, 7, 8) and dpi is not None:
        dpi = dpi[::-1]
    return found._replace(exif=exif.upright(block), dpi=dpi, xmp=xmp)

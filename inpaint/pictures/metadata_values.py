"""What `metadata` finds in files."""

from fractions import Fraction
from typing import NamedTuple, Optional


class Metadata(NamedTuple):
    """What a file says of its picture; None or nothing where it does not."""

    icc: Optional[bytes] = None  # an ICC profile
    exif: Optional[bytes] = None  # a TIFF block, see `exif`
    xmp: Optional[bytes] = None  # a packet of XML
    dpi: Optional[tuple[Fraction, Fraction]] = None  # across, down; dots per inch
    png_colour: tuple = ()  # (type, content) of PNG's own chunks about colours
    jpeg: tuple = ()  # OpenCV's parameters that encode a JPEG as this one was

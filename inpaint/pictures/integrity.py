"""Detects truncated files and alpha channels from the headers, before decoding.

What OpenCV makes of a truncated file depends on format and version (half a picture,
none, an exception), and libpng and libjpeg print warnings of their own meanwhile. Here
only the file's skeleton is read: JPEG segments, PNG chunks, the sizes in BMP and WebP
headers, JPEG 2000's headers and tile-parts. The other formats are left to OpenCV.
"""

import zlib

from inpaint.pictures import directories, jpeg2000, tiff
from inpaint.pictures.sizes import JPEG_MARKER

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_END_OF_IMAGE = 0xD9
_LOGARITHMIC = (32844, 32845)  # LogL and LogLuv, of the tag PhotometricInterpretation
_KINDS_OF_LEVELS = {2: "int", 3: "float"}  # of the tag SampleFormat


def fault(data):
    """What is wrong with a file's bytes ("is truncated"), None if nothing is seen.

    None does not promise that the file can be decoded: damage inside the compressed
    data of a JPEG does not show, and other formats than JPEG, PNG, BMP, WebP and JPEG
    2000 are not looked at.
    """
    if not data:
        return "is empty (0 bytes)"
    if data.startswith(_JPEG):
        return _jpeg_fault(data)
    if data.startswith(_PNG):
        return _png_fault(data)
    if data.startswith(b"BM"):
        return _size_fault(data, _bmp_size(data))
    if is_webp(data):
        return _size_fault(data, 8 + _number(data, 4, 4, "little"))
    if jpeg2000.is_jpeg_2000(data):
        return jpeg2000.fault(data)
    return None


def has_alpha(data):
    """Whether a PNG, WebP or TIFF file has an alpha channel; False for other formats.

    A PNG palette or colour with transparency (tRNS) counts.
    """
    if data.startswith(_PNG):
        if _number(data, 25, 1, "big") in (4, 6):  # colour types with alpha
            return True
        return any(kind == b"tRNS" for kind, _, _ in _png_chunks(data))
    if is_webp(data):
        flags = {b"VP8X": 20, b"VP8L": 24}.get(data[12:16])
        return flags is not None and bool(_number(data, flags, 1, "little") & 0x10)
    if tiff.is_tiff(data):
        photometric = tiff.tag(data, tiff.PHOTOMETRIC)
        # 5 with 4 samples would be CMYK
        return photometric == 2 and tiff.tag(data, tiff.SAMPLES) == 4
    return False


def has_16_bits(data):
    """Whether a PNG or TIFF file has whole levels of 16 bits, grey or RGB."""
    if data.startswith(_PNG):
        return _number(data, 24, 1, "big") == 16
    if not tiff.is_tiff(data):
        return False
    tags = directories.tree(data)

    def says(tag, *expected):
        return tag in tags and set(tags[tag].numbers()) <= set(expected)

    whole = tiff.SAMPLE_FORMAT not in tags or says(tiff.SAMPLE_FORMAT, 1)
    colours = says(tiff.PHOTOMETRIC, 1, 2)  # grey with black as 0; RGB
    return whole and colours and says(tiff.BITS, 16)


def other_levels(data):
    """The type of a TIFF file's levels where they are not of 8 or 16 bits ("float32").

    None where they are, or where they are of fewer bits; None of other formats.
    """
    if not tiff.is_tiff(data):
        return None
    tags = directories.tree(data)

    def most(tag, default):
        return max(tags[tag].numbers(), default=default) if tag in tags else default

    if most(tiff.PHOTOMETRIC, 1) in _LOGARITHMIC:
        return "float32"
    bits, form = most(tiff.BITS, 1), most(tiff.SAMPLE_FORMAT, 1)
    kind = _KINDS_OF_LEVELS.get(form, "uint")
    return None if kind == "uint" and bits <= 16 else f"{kind}{bits}"


def is_grey_with_alpha(data):
    """Whether a PNG file is grey with an alpha channel (colour type 4)."""
    return data.startswith(_PNG) and _number(data, 25, 1, "big") == 4


def _number(data, start, size, order):
    return int.from_bytes(data[start : start + size], order)


def _size_fault(data, expected):
    if len(data) >= expected:
        return None
    return f"is truncated: {len(data)} of {expected} bytes"


def _jpeg_fault(data):
    """Walks the segments, skipping their contents: an EXIF thumbnail has its own end.

    After a start-of-scan segment the walk runs on over the compressed data to the
    next marker, so progressive files, of many scans, need no case of their own.
    """
    position = 2
    while True:
        marker = JPEG_MARKER.search(data, position)
        if marker is None:
            return "is truncated: the end-of-image marker is missing"
        position = marker.end()
        if data[position - 1] == _JPEG_END_OF_IMAGE:
            return None
        position += _number(data, position, 2, "big")


def _png_chunks(data):
    """Yields (type, start, end) of each chunk's contents; the last may reach past."""
    position = len(_PNG)
    while position < len(data):
        start = position + 8
        end = start + _number(data, position, 4, "big")
        yield data[position + 4 : start], start, end
        position = end + 4


def _png_fault(data):
    view = memoryview(data)
    for kind, start, end in _png_chunks(data):
        if end + 4 > len(data):
            break
        if zlib.crc32(view[start - 4 : end]) != _number(data, end, 4, "big"):
            return "is damaged: a checksum is wrong"
        if kind == b"IEND":
            return None
    return "is truncated: the end chunk is missing"


def _bmp_size(data):
    """The least size that an uncompressed BMP's header asks for; 0 if compressed."""
    header_size = _number(data, 14, 4, "little")
    compression = _number(data, 30, 4, "little")
    if header_size < 40 or compression not in (0, 3):
        return 0
    width = _number(data, 18, 4, "little")
    height = int.from_bytes(data[22:26], "little", signed=True)  # < 0: top row first
    bits = _number(data, 28, 2, "little")
    row = (width * bits + 31) // 32 * 4
    return _number(data, 10, 4, "little") + row * abs(height)


def is_webp(data):
    """Whether the bytes begin as a WebP file does."""
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"

"""Metadata in PNG files: chunks between the header and the pixels.

W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", §11.3; XMP: Adobe,
"XMP Specification Part 3", 2020, §1.1.5.
"""

import zlib
from fractions import Fraction

from inpaint.pictures.metadata_values import Metadata

_METRE = Fraction(10_000, 254)  # in inches
_XMP = b"XML:com.adobe.xmp\0"
_COLOUR = (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI")
_OURS = (b"iCCP", b"eXIf", b"iTXt", b"pHYs", *_COLOUR)
_LARGEST = 64 << 20  # bytes of a profile or packet, not compressed
_HEADER = 33  # bytes, with the signature


def read(data):
    """The `Metadata` of a PNG file."""
    icc = block = xmp = dpi = None
    colour = []
    for kind, content in _chunks(data):
        if kind == b"iCCP":
            icc = _inflated(content.partition(b"\0")[2][1:])
        elif kind == b"eXIf":
            block = content
        elif kind == b"iTXt" and content.startswith(_XMP):
            xmp = _text(content[len(_XMP) :])
        elif kind == b"pHYs" and len(content) == 9 and content[8] == 1:
            dots = [int.from_bytes(content[x : x + 4], "big") for x in (0, 4)]
            dpi = tuple(x / _METRE for x in dots) if all(dots) else None
        elif kind in _COLOUR:
            colour.append((kind, content))
    return Metadata(icc, block, xmp, dpi, tuple(colour))


def put(data, metadata):
    """The file with chunks of it after its header."""
    new = list(metadata.png_colour)
    if metadata.icc is not None:
        new.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc, 9)))
        new = [chunk for chunk in new if chunk[0] != b"sRGB"]  # one of the two
    if metadata.dpi is not None:
        dots = [min(round(x * _METRE), 2**31 - 1) for x in metadata.dpi]
        if min(dots) > 0:
            across_and_down = b"".join(x.to_bytes(4, "big") for x in dots)
            new.append((b"pHYs", across_and_down + b"\1"))
    if metadata.exif is not None:
        new.append((b"eXIf", metadata.exif))
    if metadata.xmp is not None:
        new.append((b"iTXt", _XMP + bytes(4) + metadata.xmp))
    old = [chunk for chunk in _chunks(data[_HEADER:], 0) if chunk[0] not in _OURS]
    return data[:_HEADER] + b"".join(_chunk(*chunk) for chunk in [*new, *old])


def _chunks(data, position=8):
    """Yields (type, content)."""
    while position + 12 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        start = position + 8
        yield data[position + 4 : start], data[start : start + length]
        position = start + length + 4


def _chunk(kind, content):
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + checksum


def _text(content):
    """What follows the keyword of an iTXt chunk: flags, languages, the text."""
    is_compressed = content[0]
    text = content[2:].split(b"\0", 2)[2]
    return _inflated(text) if is_compressed else text


def _inflated(content):
    inflater = zlib.decompressobj()
    whole = inflater.decompress(content, _LARGEST)
    if not inflater.eof:
        raise ValueError("longer than it may be, or cut off")
    return whole

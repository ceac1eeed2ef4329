"""Metadata in JPEG files: segments before the first scan.

EXIF and XMP: APP1 (CIPA DC-008; Adobe, "XMP Specification Part 3", 2020, §1.1.3). ICC:
APP2, in parts (ICC.1:2022, §B.4). Resolution: JFIF's APP0 (ITU-T T.871, §10.1).
"""

from fractions import Fraction

from inpaint.pictures import directories, exif
from inpaint.pictures.metadata_values import Metadata
from inpaint.pictures.sizes import JPEG_MARKER

_APP0, _APP1, _APP2, _START_OF_SCAN = 0xE0, 0xE1, 0xE2, 0xDA
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_JFIF = b"JFIF\0"
_MOST = 65533  # bytes of a segment's content
_INCHES = {1: Fraction(1), 2: Fraction(100, 254)}


def read(data):
    """The `Metadata` of a JPEG file."""
    block = xmp = dpi = None
    parts = {}
    for marker, content in segments(data):
        if marker == _APP0 and content.startswith(_JFIF) and dpi is None:
            dpi = _density(content)
        elif marker == _APP1 and content.startswith(_EXIF):
            block = block or content[len(_EXIF) :]
        elif marker == _APP1 and content.startswith(_XMP):
            xmp = xmp or content[len(_XMP) :]
        elif marker == _APP2 and content.startswith(_ICC):
            number, count = content[len(_ICC) : len(_ICC) + 2]
            parts[number] = content[len(_ICC) + 2 :]
            parts.setdefault("count", count)
    count = parts.pop("count", 0)
    whole = count and sorted(parts) == list(range(1, count + 1))
    icc = b"".join(parts[number] for number in sorted(parts)) if whole else None
    if dpi is None and block is not None and exif.is_block(block):
        dpi = exif.resolution(directories.tree(block))
    return Metadata(icc, block, xmp, dpi)


def put(data, metadata):
    """The file with segments of it after its first."""
    new = []
    if metadata.exif is not None:
        new.append((_APP1, _EXIF + metadata.exif))
    if metadata.xmp is not None:
        new.append((_APP1, _XMP + metadata.xmp))
    if metadata.icc is not None:
        room = _MOST - len(_ICC) - 2
        starts = range(0, len(metadata.icc), room)
        if len(starts) < 256:
            for number, start in enumerate(starts, 1):
                head = _ICC + bytes([number, len(starts)])
                new.append((_APP2, head + metadata.icc[start : start + room]))
    data = bytearray(data)
    end = 2
    if data[2:4] == bytes([0xFF, _APP0]):
        end = 4 + int.from_bytes(data[4:6], "big")
        if metadata.dpi is not None and data[6:11] == _JFIF:
            dots = [min(round(x), 65535) for x in metadata.dpi]
            if min(dots) > 0:
                data[13:18] = b"\x01" + b"".join(x.to_bytes(2, "big") for x in dots)
    written = b"".join(
        bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content
        for marker, content in new
        if len(content) <= _MOST
    )
    return bytes(data[:end]) + written + bytes(data[end:])


def segments(data):
    """Yields (marker, content) of each segment before the first scan."""
    position = 2
    while True:
        found = JPEG_MARKER.search(data, position)
        if found is None or data[found.end() - 1] == _START_OF_SCAN:
            return
        position = found.end()
        length = int.from_bytes(data[position : position + 2], "big")
        yield data[position - 1], data[position + 2 : position + length]
        position += max(length, 2)


def _density(content):
    unit = content[7]
    dots = [int.from_bytes(content[x : x + 2], "big") for x in (8, 10)]
    if unit not in _INCHES or not all(dots):
        return None
    return tuple(x / _INCHES[unit] for x in dots)

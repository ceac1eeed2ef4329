"""EXIF blocks of pictures whose pixels have been turned upright and filled.

A block is what follows `Exif\\0\\0` in a JPEG file: a TIFF header and directories.
CIPA DC-008, "Exif 2.32", 2019, §4.6.
"""

from fractions import Fraction

from inpaint.pictures import directories, tiff
from inpaint.pictures.directories import Entry

ORIENTATION = 274
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
_WIDTH, _HEIGHT = 40962, 40963  # as EXIF has them, beside the file's own
_INCH, _CENTIMETRE = 2, 3
_INCHES = {_INCH: Fraction(1), _CENTIMETRE: Fraction(100, 254)}
_THUMBNAILS = ((513, 514), (273, 279))  # start and length: JPEG, uncompressed
_LARGEST = 2**32


def orientation(block):
    """1 … 8, how the pixels are turned; None where it does not say."""
    found = _first_number(directories.tree(block), ORIENTATION)
    return found if found in range(1, 9) else None


def upright(block):
    """The block of the picture after its pixels have been turned and changed.

    Its orientation is 1. A thumbnail is left out: it would show what was removed.
    """
    block = bytearray(block)
    start = directories.first(block)
    directories.set_number(block, start, ORIENTATION, 1)
    return bytes(_without_thumbnail(block, start))


def with_size(block, height, width):
    """The block with the picture's size, where it says one."""
    block = bytearray(block)
    place = directories.tree(block).get(directories.EXIF)
    if place:
        rows = directories.find(block, directories.first(block)).rows
        row = rows[directories.EXIF] + 8
        start = int.from_bytes(block[row : row + 4], directories.order(block))
        directories.set_number(block, start, _WIDTH, width)
        directories.set_number(block, start, _HEIGHT, height)
    return bytes(block)


def resolution(tags):
    """(across, down) in dots per inch, of the tags of a directory; or None."""
    across, down = (_fraction(tags, tag) for tag in (X_RESOLUTION, Y_RESOLUTION))
    unit = _first_number(tags, RESOLUTION_UNIT)
    inches = _INCHES.get(_INCH if unit is None else unit)
    if not (across and down and inches):
        return None
    return across / inches, down / inches


def resolution_tags(dpi):
    """The tags that say so."""
    return {
        X_RESOLUTION: _rational(dpi[0]),
        Y_RESOLUTION: _rational(dpi[1]),
        RESOLUTION_UNIT: Entry(directories.SHORT, 1, bytes([_INCH, 0])),
    }


def is_block(data):
    """Whether bytes begin as an EXIF block does."""
    return tiff.is_tiff(data) and not directories.is_big(data)


def _first_number(tags, tag):
    entry = tags.get(tag)
    whole = isinstance(entry, Entry) and entry.kind in (
        directories.SHORT,
        directories.LONG,
    )
    return entry.numbers()[0] if whole else None


def _fraction(tags, tag):
    entry = tags.get(tag)
    if not isinstance(entry, Entry) or entry.kind != directories.RATIONAL:
        return None
    above, below = entry.numbers()[:2]
    return Fraction(above, below) if below else None


def _rational(value):
    value = value.limit_denominator(10_000)
    above = min(value.numerator, _LARGEST - 1)
    parts = (above.to_bytes(4, "little"), value.denominator.to_bytes(4, "little"))
    return Entry(directories.RATIONAL, 1, b"".join(parts))


def _without_thumbnail(block, start):
    pointer = directories.find(block, start).next
    byte_order = directories.order(block)
    following = int.from_bytes(block[pointer : pointer + 4], byte_order)
    if not pointer or not following:
        return block
    block[pointer : pointer + 4] = bytes(4)
    tags = directories.tree(block, following)
    for first, length in _THUMBNAILS:
        begin, size = _first_number(tags, first), _first_number(tags, length)
        if begin and size:
            end = min(begin + size, len(block))
            if end == len(block):
                del block[begin:]
            else:
                block[begin:end] = bytes(max(end - begin, 0))
    return block

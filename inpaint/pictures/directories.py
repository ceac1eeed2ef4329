"""Directories of tags, as TIFF files and EXIF blocks have them: read, changed, written.

Adobe, "TIFF, Revision 6.0", 1992, section 2; BigTIFF is read too. EXIF's directories
within directories: CIPA DC-008, "Exif 2.32", 2019, §4.6.3.
"""

from typing import NamedTuple

import numpy as np

EXIF, GPS, INTEROPERABILITY = 34665, 34853, 40965
_INNER = (EXIF, GPS, INTEROPERABILITY)
_DEEPEST = 2  # interoperability lies in EXIF's, which lies in the first

SHORT, LONG, RATIONAL, UNDEFINED, BYTE = 3, 4, 5, 7, 1
# Of each type: bytes of a value, and of the numbers that it is made of.
_TYPES = {
    **{kind: (1, 1) for kind in (1, 2, 6, 7)},
    **{kind: (2, 2) for kind in (3, 8)},
    **{kind: (4, 4) for kind in (4, 9, 11, 13)},
    **{kind: (8, 4) for kind in (5, 10)},
    **{kind: (8, 8) for kind in (12, 16, 17, 18)},
}


class Entry(NamedTuple):
    """What a tag says."""

    kind: int  # a TIFF type
    count: int
    value: bytes  # little-endian

    def numbers(self):
        """The whole numbers of it; a rational is two."""
        size = _TYPES[self.kind][1]
        return np.frombuffer(self.value, f"<u{size}").tolist()


class Directory(NamedTuple):
    """Where a directory of a block lies."""

    rows: dict  # start of the row of each tag
    next: int  # start of the pointer to the next directory


def order(block):
    """The byte order, as `int.from_bytes` takes it."""
    return "little" if block.startswith(b"II") else "big"


def is_big(block):
    """Whether it is a BigTIFF."""
    return block[2:4] in (b"+\0", b"\0+")


def first(block):
    """Start of the first directory."""
    return _number(block, *((8, 8) if is_big(block) else (4, 4)))


def find(block, start):
    """The `Directory` at a place, as far as it lies in the block."""
    pointer, row, count_size = (8, 20, 8) if is_big(block) else (4, 12, 2)
    begin = start + count_size
    room = max(len(block) - begin, 0) // row
    count = min(_number(block, start, count_size), room)
    places = range(begin, begin + count * row, row)
    rows = {}
    for place in places:
        rows.setdefault(_number(block, place, 2), place)
    end = begin + count * row
    return Directory(rows, end if end + pointer <= len(block) else 0)


def tree(block, start=None, depth=0):
    """All tags of a directory and of those within it.

    Args:
      block: bytes of a TIFF file or an EXIF block.
      start: of the directory; None is the first.

    Returns:
      dict of tag → `Entry`, or a dict of such for a directory within.
    """
    found = {}
    directory = find(block, first(block) if start is None else start)
    for tag, place in directory.rows.items():
        entry = _entry(block, place)
        if entry is None:
            continue
        if tag not in _INNER:
            found[tag] = entry
        elif depth < _DEEPEST:
            inner = tree(block, entry.numbers()[0], depth + 1)
            if inner:
                found[tag] = inner
    return found


def block_of(tags):
    """A block, little-endian, with a tree of tags as its first directory."""
    head = b"II*\0" + (8).to_bytes(4, "little")
    return head + _directory(tags, "little", len(head), {}, bytes(4))


def with_tags(block, tags):
    """A classic block whose first directory has a tree of tags besides its own.

    The directory is written anew at the end; what it points to stays in its place.
    """
    block = bytearray(block) + bytes(len(block) % 2)
    start = first(block)
    directory = find(block, start)
    rows = {tag: bytes(block[x : x + 12]) for tag, x in directory.rows.items()}
    following = block[directory.next : directory.next + 4] if directory.next else b""
    block[4:8] = len(block).to_bytes(4, order(block))
    following = bytes(following).ljust(4, b"\0")
    return bytes(block) + _directory(tags, order(block), len(block), rows, following)


def set_number(block, start, tag, number):
    """Writes a whole number in its place in a bytearray, where the tag is there."""
    place = find(block, start).rows.get(tag)
    if place is None or is_big(block):
        return
    size = {SHORT: 2, LONG: 4}.get(_number(block, place + 2, 2))
    if size and _number(block, place + 4, 4) == 1 and number < 256**size:
        block[place + 8 : place + 8 + size] = number.to_bytes(size, order(block))


def _number(block, start, size):
    return int.from_bytes(block[start : start + size], order(block))


def _entry(block, place):
    """The `Entry` of a row; None where its type is unknown or it lies outside."""
    pointer = 8 if is_big(block) else 4
    kind = _number(block, place + 2, 2)
    count = _number(block, place + 4, pointer)
    if kind not in _TYPES or not count:
        return None
    size, unit = _TYPES[kind]
    start = place + 4 + pointer
    if size * count > pointer:
        start = _number(block, start, pointer)
    value = bytes(block[start : start + size * count])
    if len(value) < size * count:
        return None
    return Entry(kind, count, _turned(value, unit, order(block)))


def _turned(value, unit, byte_order):
    """Little-endian ↔ a byte order."""
    if byte_order == "little" or unit == 1:
        return value
    return np.frombuffer(value, f"u{unit}").byteswap().tobytes()


def _directory(tags, byte_order, start, rows, following):
    """A directory that begins at `start`, and what it points to.

    Args:
      tags: a tree.
      byte_order: "little" or "big".
      rows: of other tags, by tag: 12 bytes each, taken as they are.
      following: 4 bytes, the pointer to the next directory.
    """
    count = len({**rows, **tags})
    body, new = b"", {}
    end = start + 2 + 12 * count + 4

    def packed(number, size):
        return number.to_bytes(size, byte_order)

    for tag, entry in sorted(tags.items()):
        place = packed(end + len(body), 4)
        if isinstance(entry, dict):
            new[tag] = packed(tag, 2) + packed(LONG, 2) + packed(1, 4) + place
            body += _directory(entry, byte_order, end + len(body), {}, bytes(4))
            continue
        value = _turned(entry.value, _TYPES[entry.kind][1], byte_order)
        head = packed(tag, 2) + packed(entry.kind, 2) + packed(entry.count, 4)
        if len(value) > 4:
            new[tag] = head + place
            body += value + bytes(len(value) % 2)
        else:
            new[tag] = head + value.ljust(4, b"\0")
    rows = {**rows, **new}
    written = b"".join(rows[tag] for tag in sorted(rows))
    return packed(count, 2) + written + following + body

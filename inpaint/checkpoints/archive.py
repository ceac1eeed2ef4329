"""Zip files as torch.save writes them: members lie in them as they are.

Only what such a file needs is read, by the published layout (PKWARE's APPNOTE, sections
4.3.7 to 4.3.16). What is compressed or encrypted is not read, so that no member is
larger than the file.
"""

import zlib
from typing import NamedTuple

import numpy as np

from inpaint.checkpoints.tensor_files import Reader
from inpaint.errors import InputError

_END = b"PK\x05\x06"
_END_LENGTH, _LONGEST_COMMENT = 22, 0xFFFF
_MOST_MEMBERS = 100_000
_NONE_16, _NONE_32 = 0xFFFF, 0xFFFFFFFF  # "see the 64-bit field"


class Member(NamedTuple):
    """A file in a zip file."""

    path: str  # of the zip file
    name: str
    start: int  # of its bytes
    size: int
    crc: int  # None: compressed or encrypted, as no tensor of torch.save is

    def read(self, dtype=np.uint8):
        """All of it, as an array of `dtype`.

        Raises:
          InputError: if its checksum is another, or it does not lie there as it is.
        """
        if self.crc is None:
            raise InputError(f"{self.path}: {self.name!r} is compressed or encrypted")
        content = np.fromfile(self.path, np.uint8, self.size, offset=self.start)
        if zlib.crc32(content) != self.crc:
            raise InputError(
                f"{self.path}: damaged: {self.name!r} has another checksum"
            )
        return content.view(dtype)


def members(path):
    """The `Member`s of a zip file by name.

    Raises:
      InputError: if it is damaged, or not as torch.save writes it.
    """
    with open(path, "rb") as file:
        reader = Reader(file, path)
        count, start = _directory(reader)
        if count > _MOST_MEMBERS:
            raise InputError(f"{path}: a zip file of {count} members")
        found = {}
        _seek(reader, start)
        for entry in [_entry(reader) for _ in range(count)]:
            found[entry[0]] = _member(reader, *entry)
    return found


def _directory(reader):
    """(number of entries, where the first is) of the central directory."""
    length = min(reader.size, _END_LENGTH + _LONGEST_COMMENT)
    _seek(reader, reader.size - length)
    at = reader.take(length).rfind(_END)
    if at < 0:
        raise InputError(f"{reader.source}: damaged: a zip file without its end")
    at += reader.size - length
    _seek(reader, at + 10)
    count, _, start = reader.unpack("<HII")
    if count == _NONE_16 or start == _NONE_32:
        _seek(reader, at - 20)
        if reader.take(4) != b"PK\x06\x07":
            raise InputError(f"{reader.source}: damaged: a zip file without its end")
        _, record, _ = reader.unpack("<IQI")
        _seek(reader, record + 32)
        count, _, start = reader.unpack("<QQQ")
    return count, start


def _entry(reader):
    """(name, checksum, bytes in the file, where its own header is)."""
    fields = reader.unpack("<4s6H3I5H2I")
    signature, flags, method, crc = fields[0], fields[3], fields[4], fields[7]
    name_length, extra_length, comment_length = fields[10:13]
    if signature != b"PK\x01\x02":
        raise InputError(f"{reader.source}: damaged: its directory is broken")
    name = reader.take(name_length).decode("utf-8", "replace")
    extra = reader.take(extra_length)
    reader.skip(comment_length)
    compressed, size, header = _large([*fields[8:10], fields[16]], extra, reader)
    if method or flags & 1:
        crc = None
    elif compressed != size:
        raise InputError(f"{reader.source}: damaged: {name!r} has two sizes")
    return name, crc, compressed, header


def _large(numbers, extra, reader):
    """(compressed size, size, header), from the 64-bit field where it has them."""
    compressed, size, header = numbers
    while len(extra) >= 4:
        kind, length = extra[:2], int.from_bytes(extra[2:4], "little")
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind != b"\x01\x00":
            continue
        found = []
        for number in (size, compressed, header):  # in this order, where needed
            if number == _NONE_32:
                if len(field) < 8:
                    raise InputError(f"{reader.source}: damaged: a size is missing")
                number, field = int.from_bytes(field[:8], "little"), field[8:]
            found.append(number)
        size, compressed, header = found
    return compressed, size, header


def _member(reader, name, crc, size, header):
    _seek(reader, header)
    signature, name_length, extra_length = reader.unpack("<4s22xHH")
    if signature != b"PK\x03\x04":
        raise InputError(
            f"{reader.source}: damaged: {name!r} is not where it should be"
        )
    reader.skip(name_length + extra_length)
    return Member(reader.source, name, reader.skip(size), size, crc)


def _seek(reader, place):
    if not 0 <= place <= reader.size:
        raise InputError(f"{reader.source}: damaged: it ends before byte {place}")
    reader.file.seek(place)

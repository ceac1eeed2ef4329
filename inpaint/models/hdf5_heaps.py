"""HDF5's global heaps, where a file's texts lie: those that its library never leaves.

A heap is "GCOL", its version, its size; then objects: number, count, size, contents.
Number 0 is what is free, with a size that counts its own header. The library (1.14.6)
goes on by an object's size: where that comes to 0, for ever.
"""

import contextlib
import mmap

from inpaint.errors import InputError

_HEAP = b"GCOL\x01"
_HEADER = 16  # bytes, of a heap and of an object


def require_ends(path):
    """Refuse a file with a heap that reading would not end in.

    Raises:
      InputError: if it has one.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(path, "rb"))
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        data = stack.enter_context(whole)
        start = data.find(_HEAP)
        while start >= 0:
            if not _ends(data, start):
                raise InputError(f"{path}: damaged: a heap of texts without an end")
            start = data.find(_HEAP, start + 1)


def _ends(data, start):
    size = int.from_bytes(data[start + 8 : start + _HEADER], "little")
    end, place = min(start + size, len(data)), start + _HEADER
    while place + _HEADER <= end:
        number, size = data[place : place + 2], data[place + 8 : place + _HEADER]
        step = int.from_bytes(size, "little")
        if number != b"\0\0":
            step = (_HEADER + -(-step // 8) * 8) % 2**64
        if step == 0:
            return False
        place += step
    return True

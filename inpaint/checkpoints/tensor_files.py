"""What the readers of others' files share: bytes that are there, tensors in storages.

A file is never believed: a length is checked against what the file has before anything
is read or reserved, and a tensor against its storage. Values are read when they are
asked for, so that opening a file costs what its names and shapes take.
"""

import struct
from typing import Any, Callable, NamedTuple

import numpy as np

from inpaint.errors import InputError

# NumPy's type of a stored one. bfloat16 is the upper half of a float32.
DTYPES = {
    "float64": np.dtype("<f8"),
    "float32": np.dtype("<f4"),
    "float16": np.dtype("<f2"),
    "bfloat16": np.dtype("<u2"),
    "int64": np.dtype("<i8"),
    "int32": np.dtype("<i4"),
    "int16": np.dtype("<i2"),
    "int8": np.dtype("i1"),
    "uint8": np.dtype("u1"),
    "bool": np.dtype("?"),
}
MOST_DIMENSIONS = 8
MOST_OBJECTS = 1_000_000  # in a file, tensors' values not counted

# What a damaged file makes of code that expects a whole one.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


class Reader:
    """The bytes of a file or buffer, from front to back.

    Args:
      file: opened for reading bytes, seekable.
      source: its name, for messages.
    """

    def __init__(self, file, source):
        self.file = file
        self.source = source
        self.size = file.seek(0, 2)
        file.seek(0)

    @property
    def left(self):
        """How many bytes follow."""
        return self.size - self.file.tell()

    def take(self, count):
        """The next `count` bytes."""
        if not 0 <= count <= self.left:
            raise InputError(
                f"{self.source}: damaged: {count} bytes should follow byte "
                f"{self.file.tell()}, but {self.left} do"
            )
        return self.file.read(count)

    def unpack(self, format):
        """Numbers of a struct format, a single one as it is."""
        found = struct.unpack(format, self.take(struct.calcsize(format)))
        return found[0] if len(found) == 1 else found

    def skip(self, count):
        """Pass `count` bytes over; returns where they began."""
        start = self.file.tell()
        if not 0 <= count <= self.left:
            self.take(count)
        self.file.seek(count, 1)
        return start


class Storage(NamedTuple):
    """Numbers one after the other, somewhere in a file."""

    dtype: str  # a key of DTYPES
    count: int
    read: Callable  # () → the numbers, an array of DTYPES[dtype]


class Tensor(NamedTuple):
    """A tensor of a file whose values are read when asked for."""

    shape: tuple
    dtype: str  # a key of DTYPES
    read: Callable  # () → array of that shape, bfloat16 as float32


def storage_in(path, start, dtype, count):
    """The Storage of `count` numbers from byte `start` of a file on."""

    def read():
        return np.fromfile(path, DTYPES[dtype], count, offset=start)

    return Storage(dtype, count, read)


def view(storage, offset, sizes, strides, source):
    """A Tensor in a Storage.

    Args:
      storage: a Storage.
      offset: of the first value, in values.
      sizes, strides: ints for each dimension, strides in values.
      source: for messages.

    Raises:
      InputError: if it reaches beyond the storage, or has more values than it.
    """
    sizes, strides = tuple(sizes), tuple(strides)
    numbers = (offset, *sizes, *strides)
    whole = all(type(number) is int and number >= 0 for number in numbers)
    if not whole or len(sizes) != len(strides) or len(sizes) > MOST_DIMENSIONS:
        raise InputError(f"{source}: damaged: a tensor of sizes {_short(sizes)}")
    count = last = 1
    for size, stride in zip(sizes, strides):
        count *= size
        last += (size - 1) * stride
    if count and offset + last > storage.count:
        raise InputError(
            f"{source}: damaged: a tensor of sizes {_short(sizes)} lies outside its "
            f"storage of {storage.count} values"
        )
    if count > storage.count:
        raise InputError(
            f"{source}: a tensor of sizes {_short(sizes)} repeats the values of its "
            f"storage, {storage.count}: save it contiguous"
        )

    def read():
        values = storage.read()
        if len(values) != storage.count:
            raise InputError(f"{source}: damaged: it ends within a tensor's values")
        width = values.itemsize
        values = np.lib.stride_tricks.as_strided(
            values[offset:] if count else values[:0],
            sizes,
            [stride * width for stride in strides],
            writeable=False,
        )
        values = values.copy(order="C")
        if storage.dtype == "bfloat16":
            return np.asarray(values.astype("<u4") << 16).view("<f4")
        return values

    return Tensor(sizes, storage.dtype, read)


def contiguous(storage, sizes, source):
    """A Tensor that takes the whole of a Storage, row after row."""
    strides, step = [], 1
    for size in reversed(sizes):
        strides.insert(0, step)
        step *= max(size, 1)
    if int(np.prod(sizes, dtype=object)) != storage.count:
        raise InputError(
            f"{source}: damaged: a tensor of sizes {_short(sizes)} has "
            f"{storage.count} values"
        )
    return view(storage, 0, sizes, strides, source)


def _short(value: Any):
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}…"

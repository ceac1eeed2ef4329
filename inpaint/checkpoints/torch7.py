"""Torch7's `.t7` files: binary, 64-bit longs.

An object is a type (int32) and what follows: a number (double), a text, a table, a
boolean, a Torch object. Tables and Torch objects are numbered; a number that has come
already means the same object. A tensor is sizes, strides, the first value's place from
1, and a storage; any other Torch object is a table of its fields.
"""

from inpaint.checkpoints.tensor_files import (
    DAMAGE,
    DTYPES,
    MOST_DIMENSIONS,
    MOST_OBJECTS,
    Reader,
    Storage,
    storage_in,
    view,
)
from inpaint.errors import InputError, printable

_NIL, _NUMBER, _TEXT, _TABLE, _OBJECT, _BOOLEAN = range(6)
_FUNCTIONS = (6, 7, 8)
_DEEPEST = 100
_LONGEST_CLASS = 200

_DTYPES = {
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Cuda": "float32",
    "CudaDouble": "float64",
    "CudaHalf": "float16",
    "CudaLong": "int64",
}


class TorchObject:
    """Another Torch object: its class's name, its fields (a dict, or None)."""

    __slots__ = ("fields", "name")

    def __init__(self, name):
        self.name = name
        self.fields = None


def read(path):
    """What a file holds: dicts, `TorchObject`s, numbers, texts and `Tensor`s.

    A table's key 1 is "1", as texts go for names.

    Raises:
      InputError: if it is damaged, of 32-bit longs, or holds what is not read here.
    """
    with open(path, "rb") as file:
        reader = Reader(file, path)
        try:
            return _Objects(reader).read(0)
        except InputError:
            raise
        except DAMAGE:
            raise InputError(
                f"{path}: damaged, or not a binary .t7 file of 64-bit longs"
            ) from None


class _Objects:
    def __init__(self, reader):
        self.reader = reader
        self.known = {}  # by number
        self.count = 0

    def read(self, depth):
        reader = self.reader
        self.count += 1
        if depth > _DEEPEST or self.count > MOST_OBJECTS:
            raise InputError(f"{reader.source}: its tables are too deep, or too many")
        kind = reader.unpack("<i")
        if kind == _NIL:
            return None
        if kind == _NUMBER:
            return reader.unpack("<d")
        if kind == _BOOLEAN:
            return reader.unpack("<i") == 1
        if kind == _TEXT:
            return self.text()
        if kind in _FUNCTIONS:
            raise InputError(
                f"{reader.source}: holds a Lua function, which is not read"
            )
        if kind not in (_TABLE, _OBJECT):
            raise InputError(
                f"{reader.source}: damaged, or not a binary .t7 file of 64-bit longs: "
                f"an object of type {kind}"
            )
        number = reader.unpack("<i")
        if number in self.known:
            return self.known[number]
        read = self.table if kind == _TABLE else self.torch_object
        return read(number, depth)

    def text(self, longest=None):
        length = self.reader.unpack("<i")
        if longest is not None and length > longest:
            raise InputError(f"{self.reader.source}: damaged: a name of {length} bytes")
        return self.reader.take(length).decode("utf-8", "replace")

    def table(self, number, depth):
        found = self.known[number] = {}
        for _ in range(self.reader.unpack("<i")):
            key, value = self.read(depth + 1), self.read(depth + 1)
            if isinstance(key, float) and key.is_integer():
                key = str(int(key))
            if isinstance(key, str):
                found[key] = value
        return found

    def torch_object(self, number, depth):
        name = self.text(_LONGEST_CLASS)
        if name.startswith("V "):
            name = self.text(_LONGEST_CLASS)
        package, _, kind = name.partition(".")
        if package == "torch" and kind.endswith("Tensor"):
            read = self.tensor(depth)
        elif package == "torch" and kind.endswith("Storage"):
            read = self.storage(kind[: -len("Storage")])
        elif package == "torch" or package == "tds":
            raise InputError(
                f"{self.reader.source}: holds a {printable(name)}, which is not read"
            )
        else:
            read = self.known[number] = TorchObject(name)
            read.fields = self.read(depth + 1)
        self.known[number] = read
        return read

    def tensor(self, depth):
        reader = self.reader
        dimensions = reader.unpack("<i")
        if not 0 <= dimensions <= MOST_DIMENSIONS:
            raise InputError(f"{reader.source}: damaged: {dimensions} dimensions")
        sizes = [reader.unpack("<q") for _ in range(dimensions)]
        strides = [reader.unpack("<q") for _ in range(dimensions)]
        first = reader.unpack("<q") - 1
        storage = self.read(depth + 1)
        if not dimensions or storage is None:
            empty = storage_in(reader.source, 0, "float32", 0)
            return view(empty, 0, [0], [1], reader.source)
        if not isinstance(storage, Storage):
            raise InputError(f"{reader.source}: damaged: a tensor without a storage")
        return view(storage, first, sizes, strides, reader.source)

    def storage(self, kind):
        reader = self.reader
        dtype = _DTYPES.get(kind)
        if dtype is None:
            raise InputError(
                f"{reader.source}: holds a torch.{printable(kind)}Storage, which is "
                "not read"
            )
        count = reader.unpack("<q")
        start = reader.skip(count * DTYPES[dtype].itemsize)
        return storage_in(reader.source, start, dtype, count)

"""safetensors files: a JSON header of types, shapes and places, then the values.

By the format's published layout: 8 bytes, the header's length; the header, `{name:
{dtype, shape, data_offsets: [begin, end]}}`, offsets counted from its end.
"""

import json

from inpaint.checkpoints.tensor_files import (
    DAMAGE,
    DTYPES,
    Reader,
    contiguous,
    storage_in,
)
from inpaint.errors import InputError

_LONGEST_HEADER = 2**22
_METADATA = "__metadata__"
_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}


def read(path):
    """The `Tensor`s of a file by name.

    Raises:
      InputError: if it is damaged.
    """
    with open(path, "rb") as file:
        reader = Reader(file, path)
        length = reader.unpack("<Q")
        if length > _LONGEST_HEADER:
            raise InputError(f"{path}: damaged: a header of {length} bytes")
        text, start = reader.take(length), 8 + length
    try:
        header = json.loads(text.decode("utf-8"))
        return {
            name: _tensor(path, start, reader.size, name, entry)
            for name, entry in header.items()
            if name != _METADATA
        }
    except InputError:
        raise
    except DAMAGE:
        raise InputError(f"{path}: damaged: a broken header") from None


def _tensor(path, start, size, name, entry):
    dtype = _DTYPES.get(entry["dtype"])
    if dtype is None:
        raise InputError(f"{path}: {name} is of type {entry['dtype']!r}"[:200])
    shape = entry["shape"]
    begin, end = entry["data_offsets"]
    width = DTYPES[dtype].itemsize
    whole = all(type(number) is int and number >= 0 for number in (begin, end, *shape))
    if not whole or not begin <= end <= size - start or (end - begin) % width:
        raise InputError(f"{path}: damaged: {name} lies outside the file"[:200])
    storage = storage_in(path, start + begin, dtype, (end - begin) // width)
    return contiguous(storage, shape, path)

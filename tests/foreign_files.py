"""Files of weights as other systems write them, from the formats' published layouts.

Trees are dicts of NumPy arrays, numbers, texts, tuples, and of the classes below.
"""

import json
import struct
import zipfile
from typing import Any, NamedTuple

import numpy as np

STORAGES = {
    "float64": "DoubleStorage",
    "float32": "FloatStorage",
    "float16": "HalfStorage",
    "uint16": "BFloat16Storage",  # the upper halves of float32
    "int64": "LongStorage",
    "int32": "IntStorage",
    "int16": "ShortStorage",
    "int8": "CharStorage",
    "uint8": "ByteStorage",
    "bool": "BoolStorage",
}


class View(NamedTuple):
    """A tensor in a storage that others may share (by the array's identity)."""

    storage: np.ndarray
    offset: int
    sizes: tuple
    strides: tuple


class Called(NamedTuple):
    """What calling `module.name` gives; `state` is set on it, if not None."""

    module: str
    name: str
    arguments: tuple = ()
    state: Any = None
    new: bool = False  # an object made, rather than a function called


def bfloat16(array):
    """float32 cut to the upper halves, as uint16."""
    return (np.asarray(array, np.float32).view(np.uint32) >> 16).astype(np.uint16)


class Pickle:
    """Opcodes of protocol 2."""

    def __init__(self):
        self.content = bytearray(b"\x80\x02")
        self.storages = []  # arrays, 1-D; a storage's key is its place

    def whole(self, tree):
        self.write(tree)
        return bytes(self.content) + b"."

    def write(self, value):
        content = self.content
        if value is None:
            content += b"N"
        elif isinstance(value, bool):
            content += b"\x88" if value else b"\x89"
        elif isinstance(value, int):
            if 0 <= value < 256:
                content += b"K" + struct.pack("<B", value)
            elif -(2**31) <= value < 2**31:
                content += b"J" + struct.pack("<i", value)
            else:
                number = value.to_bytes(
                    value.bit_length() // 8 + 1, "little", signed=True
                )
                content += b"\x8a" + bytes([len(number)]) + number
        elif isinstance(value, float):
            content += b"G" + struct.pack(">d", value)
        elif isinstance(value, str):
            text = value.encode()
            content += b"X" + struct.pack("<I", len(text)) + text
        elif isinstance(value, np.ndarray):
            strides = np.empty(value.shape, "u1").strides
            self.write(View(value.ravel(), 0, value.shape, strides))
        elif isinstance(value, View):
            self.tensor(value)
        elif isinstance(value, Called):
            content += f"c{value.module}\n{value.name}\n".encode()
            self.write(tuple(value.arguments))
            content += b"\x81" if value.new else b"R"
            if value.state is not None:
                self.write(value.state)
                content += b"b"
        elif isinstance(value, dict):
            content += b"ccollections\nOrderedDict\n)R("
            for key, item in value.items():
                self.write(key)
                self.write(item)
            content += b"u"
        elif isinstance(value, (tuple, list)):
            content += b"("
            for item in value:
                self.write(item)
            content += b"t" if isinstance(value, tuple) else b"l"
        else:
            raise TypeError(type(value))

    def tensor(self, view):
        same = [i for i, each in enumerate(self.storages) if each is view.storage]
        if not same:
            self.storages.append(view.storage)
        key = same[0] if same else len(self.storages) - 1
        self.content += b"ctorch._utils\n_rebuild_tensor_v2\n(("
        self.write("storage")
        kind = STORAGES[view.storage.dtype.name]
        self.content += f"ctorch\n{kind}\n".encode()
        for item in (str(key), "cpu", len(view.storage)):
            self.write(item)
        self.content += b"tQ"
        self.write(int(view.offset))
        self.write(tuple(int(size) for size in view.sizes))
        self.write(tuple(int(stride) for stride in view.strides))
        self.write(False)
        self.write({})
        self.content += b"tR"


def torch_zip(path, tree, folder="archive", compression=zipfile.ZIP_STORED, **others):
    """As torch.save since 1.6; `others` are further members."""
    pickled = Pickle()
    content = pickled.whole(tree)
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr(f"{folder}/data.pkl", content)
        file.writestr(f"{folder}/byteorder", "little")
        for key, storage in enumerate(pickled.storages):
            file.writestr(f"{folder}/data/{key}", storage.tobytes())
        for name, text in {"version": "3\n", **others}.items():
            file.writestr(f"{folder}/{name}", text)
    return path


def torch_stream(path, tree):
    """As torch.save before 1.6."""
    pickled = Pickle()
    content = pickled.whole(tree)
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}
    keys = [str(key) for key in range(len(pickled.storages))]
    with open(path, "wb") as file:
        file.write(Pickle().whole(0x1950A86A20F9469CFC6C))
        file.write(Pickle().whole(1001))
        file.write(Pickle().whole(system))
        file.write(content)
        file.write(Pickle().whole(keys))
        for storage in pickled.storages:
            file.write(struct.pack("<q", len(storage)) + storage.tobytes())
    return path


def torch_script(path, tensors):
    """As torch.jit.save: modules are objects of classes `__torch__.…`."""

    def module(inner, name):
        state = {
            key: module(value, f"{name}.{key}") if isinstance(value, dict) else value
            for key, value in inner.items()
        }
        return Called(
            "__torch__", f"{name}.Module", (), {"training": False, **state}, True
        )

    return torch_zip(
        path,
        module(nested(tensors), "predictor"),
        "predictor",
        **{
            "constants.pkl": b"\x80\x02).",
            "code/__torch__.py": "class Module:\n  pass\n",
        },
    )


def nested(tensors):
    """Dotted names → dicts in dicts."""
    tree = {}
    for name, value in tensors.items():
        *path, last = name.split(".")
        inner = tree
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return tree


_SAFE = {"float64": "F64", "float32": "F32", "float16": "F16", "uint16": "BF16"}
_SAFE |= {"int64": "I64", "int32": "I32", "uint8": "U8", "bool": "BOOL"}


def safetensors(path, tensors):
    header, values = {"__metadata__": {"format": "pt"}}, b""
    for name, value in tensors.items():
        begin = len(values)
        values += value.tobytes()
        header[name] = {
            "dtype": _SAFE[value.dtype.name],
            "shape": list(value.shape),
            "data_offsets": [begin, len(values)],
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + values)
    return path


class Torch7(NamedTuple):
    """An object of a Torch7 class with its fields."""

    name: str
    fields: dict


_T7 = {"float64": "Double", "float32": "Float", "int64": "Long", "uint8": "Byte"}


def t7(path, tree):
    """Binary, 64-bit longs. Dicts with keys 1, 2, … are lists."""
    numbers = iter(range(1, 10**6))

    def text(value):
        return struct.pack("<i", len(value)) + value.encode()

    def torch_object(name):
        return struct.pack("<ii", 4, next(numbers)) + text("V 1") + text(name)

    def content(value):
        if value is None:
            return struct.pack("<i", 0)
        if isinstance(value, bool):
            return struct.pack("<ii", 5, value)
        if isinstance(value, (int, float)):
            return struct.pack("<id", 1, value)
        if isinstance(value, str):
            return struct.pack("<i", 2) + text(value)
        if isinstance(value, Torch7):
            return torch_object(value.name) + content(value.fields)
        if isinstance(value, dict):
            items = b"".join(
                content(key) + content(each) for key, each in value.items()
            )
            return struct.pack("<iii", 3, next(numbers), len(value)) + items
        if isinstance(value, np.ndarray):
            kind, dims = _T7[value.dtype.name], value.ndim
            strides = [s // value.itemsize for s in value.strides]
            places = struct.pack(f"<i{2 * dims}qq", dims, *value.shape, *strides, 1)
            storage = torch_object(f"torch.{kind}Storage")
            storage += struct.pack("<q", value.size) + value.tobytes()
            return torch_object(f"torch.{kind}Tensor") + places + storage
        raise TypeError(type(value))

    with open(path, "wb") as file:
        file.write(content(tree))
    return path

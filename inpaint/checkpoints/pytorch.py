"""Files of PyTorch: torch.save's, of any release, and torch.jit.save's parameters.

Since 1.6 a zip file: `NAME/data.pkl`, a pickle of the object whose tensors name their
storages, and `NAME/data/KEY`, a storage's numbers. Before, five pickles one after the
other (a magic number, the protocol, the system, the object, the storages' keys), then
each storage: its count as 8 bytes, its numbers. A TorchScript archive has the layout of
the first; its modules are objects of classes of its own, whose state is what they hold.
"""

import io

from inpaint.checkpoints import archive
from inpaint.checkpoints.tensor_files import (
    DTYPES,
    Reader,
    Storage,
    storage_in,
)
from inpaint.checkpoints.unpickle import Unknown, Unpickler
from inpaint.errors import InputError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_LARGEST_PICKLE = 2**26

_STORAGES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
_SCRIPTED = "__torch__."  # before the names of a TorchScript archive's own classes


def read(path):
    """What a file holds: dicts, lists and `Tensor`s.

    Of a checkpoint with a `state_dict`, as training frameworks write it, this alone:
    what else is in it may be of any class, and is passed over.

    Raises:
      InputError: if it is damaged, or asks for a class or function that weights do not
        need; nothing that it names is ever run.
    """
    with open(path, "rb") as file:
        zipped = file.read(2) == b"PK"
    unpickler, content = (_read_archive if zipped else _read_stream)(path)
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
        unpickler.unknown.clear()
    scripted = isinstance(content, Unknown) and content.name.startswith(_SCRIPTED)
    if scripted:
        unpickler.unknown = {
            name for name in unpickler.unknown if not name.startswith(_SCRIPTED)
        }
    if unpickler.unknown:
        names = sorted(unpickler.unknown)
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise InputError(
            f"{path}: its pickle asks for {', '.join(names[:3])}{more}, which is not "
            "run here: expected a state_dict of tensors"
        )
    return content


def _read_archive(path):
    members = archive.members(path)
    folders = [name[: -len("data.pkl")] for name in members if _is_pickle(name)]
    if len(folders) != 1:
        raise InputError(f"{path}: a zip file, but not of PyTorch: no NAME/data.pkl")
    (folder,) = folders
    pickled = members[f"{folder}data.pkl"]
    if pickled.size > _LARGEST_PICKLE:
        raise InputError(f"{path}: its pickle has {pickled.size} bytes")
    order = members.get(f"{folder}byteorder")
    if order is not None and order.read().tobytes() != b"little":
        raise InputError(f"{path}: its numbers are not little-endian")

    def storage(identity):
        kind, _, dtype, key, count = _identity(identity, path)
        if dtype is None:
            return kind
        member = members.get(f"{folder}data/{key}")
        if member is None or member.size != count * DTYPES[dtype].itemsize:
            raise InputError(
                f"{path}: damaged: storage {key} is not there with {count} values"
            )
        return Storage(dtype, count, lambda: member.read(DTYPES[dtype]))

    reader = Reader(io.BytesIO(pickled.read().tobytes()), path)
    unpickler = Unpickler(reader, storage)
    return unpickler, unpickler.load()


def _is_pickle(name):
    return name.endswith("/data.pkl") and name.count("/") == 1


def _read_stream(path):
    with open(path, "rb") as file:
        reader = Reader(file, path)

        def simple():
            return Unpickler(reader, lambda _: None).load()

        if simple() != _MAGIC:
            raise InputError(f"{path}: a pickle, but not of torch.save")
        protocol, system = simple(), simple()
        little = isinstance(system, dict) and system.get("little_endian", True)
        if protocol != _PROTOCOL or little is not True:
            raise InputError(f"{path}: of a protocol or machine that is not read here")
        wanted, places = {}, {}

        def storage(identity):
            kind, part, dtype, key, count = _identity(identity, path)
            if dtype is None:
                return kind
            if wanted.setdefault(key, (dtype, count)) != (dtype, count):
                raise InputError(f"{path}: damaged: storage {key} is of two kinds")
            start, length = (0, count) if part is None else part
            width = DTYPES[dtype].itemsize

            def numbers():
                place = places[key] + start * width
                return storage_in(path, place, dtype, length).read()

            return Storage(dtype, length, numbers)

        unpickler = Unpickler(reader, storage)
        content = unpickler.load()
        keys = simple()
        for key in keys if isinstance(keys, list) else ():
            if not isinstance(key, str) or key not in wanted:
                raise InputError(f"{path}: damaged: a storage that nothing asks for")
            dtype, count = wanted[key]
            if reader.unpack("<q") != count:
                raise InputError(f"{path}: damaged: storage {key} is of two sizes")
            places[key] = reader.skip(count * DTYPES[dtype].itemsize)
    missing = sorted(set(wanted) - set(places))
    if missing:
        raise InputError(f"{path}: damaged: storage {missing[0]} is not there")
    return unpickler, content


def _identity(identity, path):
    """(Unknown or None, part, dtype, key, count) of a storage's persistent id.

    The part of the storage is (first, count) where the id says that it is a view.
    """
    if isinstance(identity, tuple) and identity[:1] == ("module",):  # a class's source
        return Unknown(identity[1].name), None, None, None, None
    if not isinstance(identity, tuple) or len(identity) not in (5, 6):
        raise InputError(f"{path}: damaged: a tensor without a storage")
    tag, kind, key, _, count = identity[:5]
    if tag != "storage" or not isinstance(kind, Unknown) or not isinstance(key, str):
        raise InputError(f"{path}: damaged: a tensor without a storage")
    if type(count) is not int or count < 0:
        raise InputError(f"{path}: damaged: a storage of {count!r} values"[:200])
    dtype = _STORAGES.get(kind.name.rpartition(".")[2])
    if dtype is None or not kind.name.startswith("torch."):
        return Unknown(kind.name), None, None, None, None
    part = identity[5] if len(identity) == 6 else None
    if part is not None:
        _, first, length = part
        if not 0 <= first <= first + length <= count:
            raise InputError(f"{path}: damaged: a view outside its storage")
        part = first, length
    return None, part, dtype, key, count

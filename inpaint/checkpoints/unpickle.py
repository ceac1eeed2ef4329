"""Pickles of tensors, read without running anything that they name.

A pickle is a program for a small stack machine, which may call any function. This one
builds numbers, texts, lists and dicts, knows what rebuilds a tensor, and puts an inert
`Unknown` in the place of whatever else the pickle names. The operations are those of
Python's pickletools, protocols 2 to 5; what torch.save does not write is refused.
"""

from inpaint.checkpoints.tensor_files import DAMAGE, MOST_OBJECTS, view
from inpaint.errors import InputError

_LONGEST_NAME = 200
_LONGEST_NUMBER = 256  # bytes of an integer
_MOST_ARGUMENTS = 16


class Unknown:
    """In the place of an object, or of what makes one, that is not known here.

    Attributes:
      name: of the class or function, `module.name`.
      state: what the object was given, None or a dict of its attributes.
    """

    __slots__ = ("name", "state")

    def __init__(self, name):
        self.name = name
        self.state = None


class _Global(Unknown):
    """A class or function that the pickle names."""

    __slots__ = ()


class _Mark:
    """On the stack where a list of items begins."""


def _rebuild_tensor(unpickler, storage, offset, size, stride, *_):
    if isinstance(storage, Unknown):
        return storage
    return view(storage, offset, size, stride, unpickler.source)


def _rebuild_dict(unpickler, pairs=()):
    unpickler.count(len(pairs))  # a list of pairs may serve again and again
    return _as_dict(pairs)


_KNOWN = {
    "collections.OrderedDict": _rebuild_dict,
    "torch.Size": lambda _, sizes: tuple(sizes[:_MOST_ARGUMENTS]),
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_parameter": lambda _, data, *rest: data,
    # Lists of a TorchScript archive, and the note of their type.
    **{
        f"torch.jit._pickle.{name}": lambda _, data, *rest: data
        for name in (
            "build_boollist",
            "build_doublelist",
            "build_intlist",
            "build_tensorlist",
            "restore_type_tag",
        )
    },
}


def _as_dict(pairs):
    found = {}
    for key, value in pairs:
        _set(found, key, value)
    return found


def _set(target, key, value):
    """Keys that are no text name no weights; an Unknown takes nothing in."""
    if isinstance(target, dict) and isinstance(key, str):
        target[key] = value


class Unpickler:
    """Reads one pickle.

    Args:
      reader: a `Reader`, at the pickle's start; stays behind its end.
      storage: function of a persistent id, a tuple, to a Storage or Unknown.
    """

    def __init__(self, reader, storage):
        self.reader = reader
        self.source = reader.source
        self.unknown = set()  # names of what was asked for and is not known
        self._storage = storage
        self._stack = []
        self._memo = {}
        self._globals = {}
        self._count = 0

    def load(self):
        """The object.

        Raises:
          InputError: if the pickle is damaged, or does what weights do not need.
        """
        try:
            while True:
                self.count(1)
                code = self.reader.take(1)
                if code == b".":
                    return self._stack.pop()
                operation = _OPERATIONS.get(code)
                if operation is None:
                    raise InputError(
                        f"{self.source}: its pickle has the operation {code!r}, which "
                        "no file of weights has"
                    )
                operation(self)
        except InputError:
            raise
        except DAMAGE:
            raise InputError(f"{self.source}: damaged: a broken pickle") from None

    def count(self, operations):
        """Keep account of what is made."""
        self._count += operations
        if self._count > MOST_OBJECTS:
            raise InputError(
                f"{self.source}: its pickle has more than {MOST_OBJECTS} operations"
            )

    def push(self, value):
        self._stack.append(value)

    def pop(self):
        return self._stack.pop()

    def _since_mark(self):
        items = []
        while True:
            item = self._stack.pop()
            if item is _Mark:
                return items[::-1]
            items.append(item)

    def _text(self, length):
        return self.reader.take(length).decode("utf-8", "surrogatepass")

    def _line(self):
        line = self.reader.file.readline(_LONGEST_NAME)
        if not line.endswith(b"\n"):
            raise InputError(f"{self.source}: damaged: a name without an end")
        return line[:-1].decode("utf-8")

    def _number(self, length):
        if not 0 <= length <= _LONGEST_NUMBER:
            raise InputError(f"{self.source}: an integer of {length} bytes")
        return int.from_bytes(self.reader.take(length), "little", signed=True)

    def _named(self, module, name):
        name = f"{module}.{name}"[:_LONGEST_NAME]
        self.push(self._globals.setdefault(name, _Global(name)))

    def _made(self, known, arguments):
        """What calling a `_Global` gives, without calling it unless it is known."""
        if not isinstance(arguments, tuple) or len(arguments) > _MOST_ARGUMENTS:
            arguments = ()
        build = _KNOWN.get(known.name) if isinstance(known, _Global) else None
        if build is not None:
            return build(self, *arguments)
        name = known.name if isinstance(known, Unknown) else type(known).__name__
        self.unknown.add(name)
        return Unknown(name)

    # The operations

    def reduce(self):
        arguments = self.pop()
        self.push(self._made(self.pop(), arguments))

    def new_object_with_keywords(self):
        self.pop()
        self.reduce()

    def build(self):
        state, target = self.pop(), self._stack[-1]
        if isinstance(target, Unknown) and isinstance(state, dict):
            target.state = state

    def append(self):
        value, target = self.pop(), self._stack[-1]
        if isinstance(target, list):
            target.append(value)

    def appends(self):
        items, target = self._since_mark(), self._stack[-1]
        if isinstance(target, list):
            target.extend(items)

    def set_item(self):
        value, key = self.pop(), self.pop()
        _set(self._stack[-1], key, value)

    def set_items(self):
        items, target = self._since_mark(), self._stack[-1]
        for key, value in zip(items[::2], items[1::2]):
            _set(target, key, value)

    def make_dict(self):
        items = self._since_mark()
        self.push(_as_dict(zip(items[::2], items[1::2])))

    def tuple_of(self, count):
        items = [self.pop() for _ in range(count)]
        self.push(tuple(items[::-1]))

    def persistent(self):
        self.push(self._storage(self.pop()))

    def stack_global(self):
        name, module = self.pop(), self.pop()
        if not (isinstance(module, str) and isinstance(name, str)):
            raise InputError(f"{self.source}: damaged: a class without a name")
        self._named(module, name)

    def put(self, index):
        self._memo[index] = self._stack[-1]

    def get(self, index):
        self.push(self._memo[index])


def _constant(value):
    return lambda self: self.push(value)


_OPERATIONS = {
    b"\x80": lambda self: self.reader.take(1),  # protocol
    b"\x95": lambda self: self.reader.take(8),  # frame
    b"(": _constant(_Mark),
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"}": lambda self: self.push({}),
    b"]": lambda self: self.push([]),
    b"\x8f": lambda self: self.push([]),  # set
    b")": _constant(()),
    b"0": lambda self: self.pop(),
    b"1": lambda self: self._since_mark(),
    b"2": lambda self: self.push(self._stack[-1]),
    b"K": lambda self: self.push(self.reader.unpack("<B")),
    b"M": lambda self: self.push(self.reader.unpack("<H")),
    b"J": lambda self: self.push(self.reader.unpack("<i")),
    b"\x8a": lambda self: self.push(self._number(self.reader.unpack("<B"))),
    b"\x8b": lambda self: self.push(self._number(self.reader.unpack("<i"))),
    b"G": lambda self: self.push(self.reader.unpack(">d")),
    b"X": lambda self: self.push(self._text(self.reader.unpack("<I"))),
    b"\x8c": lambda self: self.push(self._text(self.reader.unpack("<B"))),
    b"\x8d": lambda self: self.push(self._text(self.reader.unpack("<Q"))),
    b"U": lambda self: self.push(self._text(self.reader.unpack("<B"))),
    b"T": lambda self: self.push(self._text(self.reader.unpack("<i"))),
    b"C": lambda self: self.push(self.reader.take(self.reader.unpack("<B"))),
    b"B": lambda self: self.push(self.reader.take(self.reader.unpack("<I"))),
    b"\x8e": lambda self: self.push(self.reader.take(self.reader.unpack("<Q"))),
    b"\x96": lambda self: self.push(self.reader.take(self.reader.unpack("<Q"))),
    b"c": lambda self: self._named(self._line(), self._line()),
    b"\x93": Unpickler.stack_global,
    b"R": Unpickler.reduce,
    b"\x81": Unpickler.reduce,  # new object
    b"\x92": Unpickler.new_object_with_keywords,
    b"b": Unpickler.build,
    b"a": Unpickler.append,
    b"e": Unpickler.appends,
    b"\x90": Unpickler.appends,  # to a set
    b"s": Unpickler.set_item,
    b"u": Unpickler.set_items,
    b"d": Unpickler.make_dict,
    b"l": lambda self: self.push(self._since_mark()),
    b"t": lambda self: self.push(tuple(self._since_mark())),
    b"\x91": lambda self: self.push(self._since_mark()),  # frozen set
    b"\x85": lambda self: self.tuple_of(1),
    b"\x86": lambda self: self.tuple_of(2),
    b"\x87": lambda self: self.tuple_of(3),
    b"Q": Unpickler.persistent,
    b"q": lambda self: self.put(self.reader.unpack("<B")),
    b"r": lambda self: self.put(self.reader.unpack("<I")),
    b"\x94": lambda self: self.put(len(self._memo)),
    b"h": lambda self: self.get(self.reader.unpack("<B")),
    b"j": lambda self: self.get(self.reader.unpack("<I")),
}

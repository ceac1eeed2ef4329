"""Tensors of other systems as the layers here want them."""

from typing import Any, Callable, NamedTuple

import numpy as np

from inpaint.errors import InputError

KERNEL = (2, 3, 1, 0)  # [out, in, h, w] → [h, w, in, out]; transposed ones alike
EPSILON = 1e-5  # of batch norm here
_FLOATS = ("float16", "float32", "float64")  # ends of bfloat16 too


class Foreign(NamedTuple):
    """What a file of others holds, by our names."""

    model: str  # its name in the registry
    arguments: dict  # of its constructor
    values: dict  # our name → Value
    licence: str


class Value(NamedTuple):
    """An array that is read when asked for."""

    shape: list
    read: Callable


def value(tensor, name, source, axes=None, shape=None, change=None) -> Value:
    """A tensor of floats as a layer wants it; double is rounded to float32.

    Args:
      tensor: a `Tensor`.
      name: of the tensor, for messages.
      source: the file, for messages.
      axes: their order here; None as they are. Also says how many there must be.
      shape: of the tensor, if it is stored flat.
      change: function of the float32 array.

    Raises:
      InputError: if it is of integers, or has not as many dimensions.
    """
    stored = tensor.shape if shape is None else tuple(shape)
    dimensions = 1 if axes is None else len(axes)
    if len(stored) != dimensions or not tensor.dtype.endswith(_FLOATS):
        raise InputError(
            f"{source}: {name} is {tensor.dtype} {list(stored)}: expected floats of "
            f"{dimensions} dimensions"
        )

    def read():
        found = np.asarray(tensor.read(), np.float32).reshape(stored)
        if axes is not None:
            found = found.transpose(axes)
        with np.errstate(all="ignore"):  # whoever takes the values refuses what is no
            return found if change is None else change(found)  # number among them

    order = range(dimensions) if axes is None else axes
    return Value([stored[axis] for axis in order], read)


class Layers:
    """Collects the values of a network's layers from a file.

    Args:
      tensors, others: see `naming.by_name`.
      source: for messages.
    """

    def __init__(self, tensors, others, source):
        self.tensors = tensors
        self.others: dict[str, Any] = others
        self.source = source
        self.values = {}
        self.taken = set()  # names of the tensors that are used

    def take(self, ours, theirs, axes=None, **options):
        """A tensor that must be there."""
        tensor = self.tensors.get(theirs)
        if tensor is None:
            raise InputError(f"{self.source}: {theirs} is missing")
        self.taken.add(theirs)
        self.values[ours] = value(tensor, theirs, self.source, axes, **options)

    def convolution(self, ours, theirs, bias=True, weight="kernel", **options):
        """Kernel and, if there is one, bias."""
        self.take(f"{ours}/{weight}", f"{theirs}.weight", KERNEL, **options)
        if bias:
            self.take(f"{ours}/bias", f"{theirs}.bias")

    def constant(self, ours, count, number):
        """`count` times a number that the file leaves out."""
        found = np.full(count, number, np.float32)
        self.values[ours] = Value([count], lambda: found)

    def norm(self, ours, theirs):
        """Batch norm; its statistics are fitted to the epsilon here.

        Very old files of Torch7 hold 1/√(variance + epsilon) as `running_std`.
        """
        for part, word in (("gamma", "weight"), ("beta", "bias")):
            self.take(f"{ours}/{part}", f"{theirs}.{word}")
        self.take(f"{ours}/moving_mean", f"{theirs}.running_mean")
        name = f"{theirs}.running_var"
        change, epsilon = None, self.others.get(f"{theirs}.eps", EPSILON)
        if name not in self.tensors and f"{theirs}.running_std" in self.tensors:
            name = f"{theirs}.running_std"

            def change(deviation):
                return deviation.astype(np.float64) ** -2.0 - EPSILON

        elif epsilon != EPSILON:

            def change(variance):
                return variance + (float(epsilon) - EPSILON)

        self.take(f"{ours}/moving_variance", name, change=change)

    def require_all(self, prefix):
        """All tensors of a prefix are used, but for counts of batches."""
        left = [
            name
            for name in self.tensors
            if name.startswith(prefix)
            and name not in self.taken
            and not name.endswith(".num_batches_tracked")
        ]
        if left:
            raise InputError(
                f"{self.source}: {len(left)} tensors are unexpected: "
                f"{', '.join(left[:4])}"
            )

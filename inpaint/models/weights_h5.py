"""`.weights.h5` files of generators: one data set per variable, by its release name.

Keras 2.15 and Keras 3 lay their own weight files out differently; this one reads
alike in both, says what network it is of, and can be looked into with any HDF5 tool.
"""

import json
import os

import h5py
import numpy as np

from inpaint.errors import InputError, one_line
from inpaint.files import atomic_file
from inpaint.models.hdf5_heaps import require_ends

SUFFIX = ".weights.h5"

# What h5py raises on damaged files.
_DAMAGED = (
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
)

_MOST_TIMES = 64  # a file's size that its arrays may come to: HDF5 can compress


def write(path, variables, description):
    """Write arrays by name, under a temporary name first.

    Args:
      path: ends in `.weights.h5`.
      variables: arrays by variable name; float16 halves the file.
      description: what the network is, a dict that JSON can hold.
    """
    with atomic_file(path) as part, h5py.File(part, "w") as file:
        file.attrs["inpaint"] = json.dumps(description)
        for name, value in variables.items():
            file.create_dataset(name, data=value)


def read(path):
    """Arrays by variable name, and the description, of a file that `write` wrote.

    float16 comes as float32.

    Raises:
      InputError: if the file is missing, damaged or of other origin.
    """
    variables = {}
    room = _MOST_TIMES * (os.path.getsize(path) if os.path.isfile(path) else 0)

    def collect(name, item):
        nonlocal room
        require_text(name, path)
        if isinstance(item, h5py.Dataset):
            if item.dtype.kind != "f" or item.dtype.itemsize > 8:
                raise InputError(
                    f"{path}: {name}: expected numbers, float16 to float64, "
                    f"got {item.dtype}"
                )
            require_own(item, path)
            room -= item.size * item.dtype.itemsize
            if room < 0:
                raise InputError(
                    f"{path}: not a whole file: {name} {list(item.shape)} is larger "
                    "than what it holds"
                )
            value = item[()]
            half = value.dtype == np.float16
            variables[name] = value.astype(np.float32) if half else value

    try:
        require_ends(path)
        with h5py.File(path, "r") as file:
            description = json.loads(file.attrs["inpaint"])
            file.visititems(collect)
    except FileNotFoundError:
        raise InputError(f"{path}: no such weights file") from None
    except KeyError:
        raise InputError(
            f"{path}: not a weights file of this package (no 'inpaint' attribute)"
        ) from None
    except InputError:
        raise
    except _DAMAGED as error:
        raise InputError(
            f"{path}: not a readable HDF5 file: {one_line(error)}"
        ) from None
    if not isinstance(description, dict):
        raise InputError(f"{path}: its 'inpaint' attribute describes no network")
    return variables, description


def require_text(name, source):
    """Refuse a name that h5py could not decode, which it gives as bytes.

    Raises:
      InputError: if it is one.
    """
    if isinstance(name, bytes):
        raise InputError(f"{source}: not a whole file: {name!r} is no name")


def require_own(dataset, source):
    """Refuse a data set whose values are in other files.

    Raises:
      InputError: if they are.
    """
    if dataset.is_virtual or dataset.external:
        raise InputError(
            f"{source}: {dataset.name} is in another file, which is not read"
        )

"""Keras 2's `.h5` files: weights by layer, or a whole model's.

A group each layer, whose attribute `weight_names` lists its data sets in order. Nothing
of a model's architecture is read.
"""

import contextlib
from functools import partial

import h5py

from inpaint.checkpoints.tensor_files import DAMAGE, DTYPES, Tensor
from inpaint.errors import InputError, one_line
from inpaint.models.weights_h5 import require_own, require_text

_MODEL = "model_weights"  # where a whole model's file has them
_MOST = 100_000
_MOST_EXPANSION = 8  # times that values may be larger than what the file has


def read(path):
    """The `Tensor`s of a file by `LAYER/…/kernel:0` and the like.

    Raises:
      InputError: if it is damaged, or links to other files.
    """
    found = {}

    def collect(name, item):
        require_text(name, path)
        if not isinstance(item, h5py.Dataset):
            return
        _require_plain(item, path)
        if item.dtype.name in DTYPES and len(found) < _MOST:
            read = partial(_values, path, item.name)
            found[name] = Tensor(item.shape, item.dtype.name, read)

    with _opened(path) as file:
        file.get(_MODEL, file).visititems(collect)
    return found


def _values(path, name):
    with _opened(path) as file:
        return file[name][()]


@contextlib.contextmanager
def _opened(path):
    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except (OSError, RuntimeError, *DAMAGE) as error:
        raise InputError(
            f"{path}: not a readable HDF5 file: {one_line(error)}"
        ) from None


def _require_plain(dataset, path):
    """Refuse what is no numbers, in other files, or larger than the file has of it."""
    if dataset.dtype.kind not in "biuf":
        raise InputError(f"{path}: {dataset.name} is not of numbers")
    require_own(dataset, path)
    held = dataset.id.get_storage_size()
    if dataset.nbytes > _MOST_EXPANSION * held:
        raise InputError(
            f"{path}: {dataset.name} says it has {dataset.nbytes} bytes, but the file "
            f"holds {held} of them"
        )

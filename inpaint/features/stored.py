"""Reads the weights of frozen networks: .npz files with the names of PyTorch."""

import numpy as np

from inpaint.errors import InputError


def read(path):
    """All arrays of an .npz file by name, as float32.

    Raises:
      InputError: if it is no readable .npz file of arrays.
    """
    try:
        file = np.load(path, allow_pickle=False)
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise ValueError
        with file, np.errstate(over="ignore"):  # ∞ is told by `checked`
            return {name: file[name].astype(np.float32) for name in file.files}
    except Exception as error:  # a damaged file fails in zip, zlib, NumPy or its parser
        reason = getattr(error, "strerror", None) or "not an .npz file of arrays"
        raise InputError(f"{path}: cannot be read: {reason}") from None


def checked(name, array, shape):
    """The array, if it has the shape, in which None is any size.

    Raises:
      InputError: if it is None, of another shape or not finite.
    """
    expected = f"[{', '.join('any' if size is None else str(size) for size in shape)}]"
    if array is None:
        raise InputError(f"{name} is missing, expected {expected}")
    sizes = array.shape
    if len(sizes) != len(shape) or any(
        size not in (None, found) for size, found in zip(shape, sizes)
    ):
        raise InputError(f"{name}: expected {expected}, got {list(sizes)}")
    if not np.isfinite(array).all():
        raise InputError(f"{name}: expected finite float32 numbers")
    return array

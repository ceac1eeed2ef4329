"""Arrays that NumPy saved, .npy files: pictures of one channel, of any values."""

import io
import os

import numpy as np

from inpaint.errors import InputError
from inpaint.files import require_local

EXTENSION = ".npy"
TYPES = ("uint8", "uint16", "float32")


def is_array(path):
    """Whether a path is that of such a file, by its name."""
    return str(path).lower().endswith(EXTENSION)


def read(path, max_pixels):
    """`[H, W]` uint8, uint16 or float32.

    Raises:
      InputError: it cannot be read, is of another type or shape, or of more pixels.
    """
    return np.array(_mapped(path, max_pixels))


def check(path, max_pixels):
    """Raises InputError as `read` does, without reading the values."""
    _mapped(path, max_pixels)


def _mapped(path, max_pixels):
    require_local(str(path))
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would wait
        raise InputError(f"{path}: expected a file")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        reason = error.strerror or "is no array that NumPy saved"
        raise InputError(f"{path}: cannot be read: {reason}") from None
    except (ValueError, EOFError):
        raise InputError(f"{path}: expected a whole array that NumPy saved") from None
    shape = getattr(array, "shape", ())
    if len(shape) == 3 and shape[-1] == 1:
        array, shape = array[..., 0], shape[:2]
    fits = len(shape) == 2 and array.size and array.dtype.name in TYPES
    if not fits:
        found = f"{array.dtype} {list(shape)}" if shape else "something else"
        raise InputError(f"{path}: expected [H, W] of {', '.join(TYPES)}, got {found}")
    if array.size > max_pixels:
        raise InputError(
            f"{path}: {shape[1]} × {shape[0]} pixels, more than max_pixels "
            f"{max_pixels:,}, a setting of inpaint.yml"
        )
    return array


def encoded(array):
    """The bytes of the file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()

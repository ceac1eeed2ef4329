"""The bytes of picture files, of this machine and of others.

Only regular files are read, and none that would decode to more than `max_pixels`: its
header tells.
"""

import contextlib
import os
import stat

from inpaint.errors import InputError
from inpaint.files import require_local
from inpaint.pictures import integrity, sizes
from inpaint.pictures.opencv import one_line_errors

_HEADER = 1 << 16  # bytes; of most files the size stands there
_METADATA = 64 << 20  # bytes of a file beside its pixels
_BYTES_A_PIXEL = 8  # RGBA of 16 bits, uncompressed


class Elsewhere:
    """A file that is not of this machine, in place of a path of those to read.

    Args:
      name: for messages.
      open: function without arguments; returns the file, open for reading bytes.

    Example:
      >>> import io
      >>> str(Elsewhere("gs://bucket/a.png", lambda: io.BytesIO(b"...")))
      'gs://bucket/a.png'
    """

    def __init__(self, name, open):
        self._name = name
        self.open = open

    def __str__(self):
        return self._name


def read_bytes(path, max_pixels, floats=False):
    """The bytes of a file that is whole and not too large, as far as a header tells.

    Args:
      path: str or path-like, or an `Elsewhere`.
      max_pixels: more are refused.
      floats: whether float32 is taken.

    Raises:
      InputError: see `images.read_image`.
    """
    most = _METADATA + _BYTES_A_PIXEL * max_pixels
    with one_line_errors(f"{path}: cannot be read"), _opened(path) as (file, length):
        data = file.read(_HEADER)
        if data and not sizes.is_picture(data):
            raise no_image(path)
        _check_size(path, sizes.size(data), max_pixels)
        if length is None or length <= most:
            data += file.read(most + 1)
            length = len(data)
        if length > most:
            raise InputError(
                f"{path}: larger than {most:,} bytes, the most for max_pixels "
                f"{max_pixels:,}"
            )
    fault = integrity.fault(data)
    if fault:
        raise InputError(f"{path}: expected a whole image file, but it {fault}")
    size = sizes.size(data)
    if size is None:
        raise no_image(path)
    _check_size(path, size, max_pixels)
    levels = integrity.other_levels(data)  # of which OpenCV 4 would make something else
    if levels and not (floats and levels == "float32"):
        raise InputError(f"{path}: expected levels of 8 or 16 bits, got {levels}")
    return data


@contextlib.contextmanager
def _opened(path):
    """A context that yields (file, its bytes), None of those of an `Elsewhere`."""
    if isinstance(path, Elsewhere):
        with contextlib.closing(path.open()) as file:
            yield file, None
        return
    require_local(path)
    mode = os.stat(path).st_mode  # before it is opened: a pipe would wait
    if stat.S_ISDIR(mode):
        raise InputError(f"{path}: expected an image file, got a folder")
    if not stat.S_ISREG(mode):
        raise InputError(
            f"{path}: expected an image file, got a pipe, device or socket"
        )
    with open(path, "rb") as file:
        yield file, os.fstat(file.fileno()).st_size


def _check_size(path, size, max_pixels):
    if size is not None and size[0] * size[1] > max_pixels:
        raise InputError(
            f"{path}: {size[1]} × {size[0]} pixels, more than max_pixels "
            f"{max_pixels:,}, a setting of inpaint.yml"
        )


def no_image(path):
    """The error of a file that is none, or none that OpenCV reads."""
    return InputError(
        f"{path}: expected an image file: this is not one, is damaged, or is in "
        "a format that this OpenCV does not read"
    )

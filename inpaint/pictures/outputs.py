"""Arrays → picture files, whole or not at all, and what is told beforehand."""

import contextlib
import os

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.files import atomic_file, require_local, temporary_name
from inpaint.pictures import metadata as metadata_
from inpaint.pictures import npy
from inpaint.pictures.opencv import one_line_errors

_ALPHA_EXTENSIONS = (".png", ".tif", ".tiff", ".webp")
_FLOAT_EXTENSIONS = (".tif", ".tiff")
_DEEP_EXTENSIONS = (".png", ".tif", ".tiff")
_JPEG_EXTENSIONS = (".jpg", ".jpeg", ".jpe")
_ANY_FORMAT_TAKES = 8192  # pixels a side


def write_image(path, image, metadata=None, quality=None):
    """Writes a picture whole or not at all, in the format that the extension names.

    The file is written under a temporary name in the same folder and then renamed, so
    neither a failure nor an interruption leaves half a picture or harms an old one.
    PNG, TIFF and WebP keep an alpha channel; other formats have none that programs
    agree on, so the colours are written without it. (WebP clears the colours of
    wholly transparent pixels.) PNG and TIFF keep 16 bits; others get the nearest of 8.
    Settings are OpenCV's, but for a JPEG's: its quality is `quality`, else that of the
    JPEG file that the metadata are of, else 95.

    Args:
      path: str or path-like; a symbolic link stays and its target is written.
      image: uint8 or uint16 RGB `[H, W, 3]`, RGBA `[H, W, 4]`, grey `[H, W]`, or grey
        and alpha `[H, W, 2]`, which is written as RGBA of equal colours: OpenCV writes
        no other. float32 `[H, W]` goes into TIFF; any array into .npy.
      metadata: of `read_photograph`: what goes into PNG, JPEG, TIFF and WebP files.
      quality: of JPEG, 1 to 100.

    Raises:
      InputError: the array is of another kind, OpenCV does not write such
        pictures with that extension, or the folder does not take the file.

    Example:
      >>> write_image("copy.png", np.zeros((4, 6, 3), np.uint8))
      >>> os.path.exists("copy.png")
      True
    """
    write_bytes(path, encode_image(path, image, metadata, quality))


def encode_image(path, image, metadata=None, quality=None):
    """The bytes that `write_image` writes; arguments and errors as of it.

    Example:
      >>> encode_image("copy.png", np.zeros((4, 6, 3), np.uint8))[1:4]
      b'PNG'
    """
    metadata = metadata or metadata_.Metadata()
    parameters = metadata.jpeg if np.ndim(image) == 3 else metadata.jpeg[:2]
    if quality is not None:
        parameters = (cv2.IMWRITE_JPEG_QUALITY, quality, *parameters[2:])
    content = _encode(path, image, parameters)
    return metadata_.put(content, metadata, np.ndim(image) == 2)


def write_bytes(path, content):
    """Writes any file as `write_image` does pictures: whole or not at all.

    Raises:
      InputError: the folder does not take the file.

    Example:
      >>> write_bytes("notes.txt", b"filled")
      >>> open("notes.txt", "rb").read()
      b'filled'
    """
    failing = one_line_errors(f"{path}: cannot be written")
    with failing, atomic_file(path) as part, open(part, "xb") as file:
        file.write(content)


def check_output(path, size=(64, 64), floats=False):
    """Makes sure, before any work is done, that write_image can write a picture there.

    A file is really created in the folder and removed again (mode bits mean nothing
    to root, or on a file system mounted read-only), and a small RGB picture encoded;
    for a large size also a row and a column of that length.

    Args:
      path: str or path-like.
      size: (height, width) of the picture, which formats limit: JPEG to 65,500 pixels
        a side, WebP to 16,383, PNG to a million.
      floats: whether it holds float32 values of one channel.

    Raises:
      InputError: the folder is missing or not writable, the path is a folder or a
        write-protected file, the extension is missing or none that OpenCV writes, or
        its format does not take pictures of that size.

    Example:
      >>> check_output("filled.png")  # nothing is written
      >>> os.path.exists("filled.png")
      False
    """
    require_local(path)
    with one_line_errors(f"{path}: cannot be written"):
        target = os.path.realpath(path)
        folder = os.path.dirname(target)
        if os.path.isdir(target):
            raise InputError(
                f"{path}: expected the name of an image file, got a folder"
            )
        if not os.path.isdir(folder):
            raise InputError(f"{path}: the output folder {folder} does not exist")
        with contextlib.suppress(FileNotFoundError):
            os.stat(target)  # fails for names that are too long
            if not os.access(target, os.W_OK):
                raise InputError(f"{path}: exists already and is write-protected")
        check_format(path, size)
        if floats:
            _encode(path, np.zeros((64, 64), np.float32))
        temporary = temporary_name(target)
        with open(temporary, "xb"):
            pass
        os.remove(temporary)


def check_format(path, size=(64, 64)):
    """Makes sure that the format which a path names takes pictures of a size.

    Args:
      path, size: see `check_output`.

    Raises:
      InputError: OpenCV does not write that format, or none so large.

    Example:
      >>> check_format("gs://bucket/filled.png")
    """
    _encode(path, np.zeros((64, 64, 3), np.uint8))
    if max(size) <= _ANY_FORMAT_TAKES:
        return
    height, width = size
    try:
        _encode(path, np.zeros((1, width, 3), np.uint8))
        _encode(path, np.zeros((height, 1, 3), np.uint8))
    except InputError:
        raise InputError(
            f"{path}: expected a format that takes {width} × {height} pixels, "
            f"{os.path.splitext(path)[1]} does not"
        ) from None


def _encode(path, image, jpeg=()):
    """The bytes of the file; `jpeg` are OpenCV's parameters for one."""
    image = np.asarray(image)
    channels = image.shape[2:]
    extension = os.path.splitext(path)[1].lower()
    if extension == npy.EXTENSION:
        return npy.encoded(image)
    floats = image.dtype == np.float32 and image.ndim == 2
    if floats and extension not in _FLOAT_EXTENSIONS:
        raise InputError(
            f"{path}: expected {', '.join(_FLOAT_EXTENSIONS)} or {npy.EXTENSION} for "
            f"values of float32, got {extension!r}"
        )
    if (
        (image.dtype not in (np.uint8, np.uint16) and not floats)
        or image.ndim < 2
        or channels not in ((), (2,), (3,), (4,))
    ):
        raise InputError(
            f"{path}: expected uint8 or uint16 [H, W] or [H, W, 2 to 4] to write, "
            f"received {image.dtype} {list(image.shape)}"
        )
    # OpenCV crashes on half a surrogate pair, which stands for a byte that is no UTF-8.
    if not (extension.isascii() and cv2.haveImageWriter(f"name{extension}")):
        raise InputError(
            f"{path}: expected an extension that OpenCV writes, such as .png or .jpg, "
            f"got {extension!r}"
        )
    if channels == (2,):
        image, channels = image[..., [0, 0, 0, 1]], (4,)
    if channels == (4,) and extension not in _ALPHA_EXTENSIONS:
        image, channels = image[..., :3], (3,)
    if image.dtype == np.uint16 and extension not in _DEEP_EXTENSIONS:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    with one_line_errors(f"{path}: cannot be written"):
        if channels:
            to_opencv = cv2.COLOR_RGB2BGR if channels == (3,) else cv2.COLOR_RGBA2BGRA
            image = cv2.cvtColor(np.ascontiguousarray(image), to_opencv)
        parameters = jpeg if extension in _JPEG_EXTENSIONS else ()
        encoded, content = cv2.imencode(extension, image, parameters)
        if not encoded:
            shape = list(image.shape)
            raise InputError(f"{path}: OpenCV cannot write {shape} as {extension}")
    return content.tobytes()

"""Picture files ↔ uint8 RGB arrays.

OpenCV and NumPy only: bad input is reported before TensorFlow's slow import. OpenCV's
BGR order ends here; every array that comes out of this file, or goes in, is RGB.
Whatever cannot be read or written is an InputError of one line.

OpenCV logs what it cannot decode on standard error unless the environment variable
OPENCV_LOG_LEVEL is SILENT when it is imported; the command-line programs set that.
"""

import contextlib
import os
import secrets

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.pictures import integrity

# Keeps depth and channels as IMREAD_UNCHANGED does, but turns the picture as its EXIF
# orientation says, which that one does not. imdecode never calls GDAL.
_WITH_ALPHA = cv2.IMREAD_LOAD_GDAL

_ALPHA_EXTENSIONS = (".png", ".tif", ".tiff", ".webp")


def read_image(path):
    """Reads a picture.

    The colours are those of `cv2.imread(path)` in RGB order: EXIF orientation is
    applied, grey becomes three equal channels, 16 bits become 8, CMYK becomes RGB,
    an animation or a file of several pages gives its first picture. The alpha channel
    of a PNG, WebP or TIFF file is kept, turned and brought to 8 bits like the
    colours; other formats' transparency is not read.

    Args:
      path: str or path-like; any characters.

    Returns:
      uint8 RGB `[H, W, 3]`, or RGBA `[H, W, 4]` if the file has an alpha channel.

    Raises:
      InputError: the file is missing, unreadable, empty, truncated, damaged or not
        an image.
    """
    data = _read_bytes(path)
    if not integrity.has_alpha(data):
        return cv2.cvtColor(_decode(path, data), cv2.COLOR_BGR2RGB)
    image = _decode(path, data, _WITH_ALPHA)
    has_alpha = image.shape[2:] == (4,)  # OpenCV drops that of a grey file
    if has_alpha and image.dtype == np.uint8:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA)
    colours = cv2.cvtColor(_decode(path, data), cv2.COLOR_BGR2RGB)
    if not has_alpha:
        return colours
    return np.dstack([colours, _to_8_bits(image[..., 3], data)])


def read_mask(path, size=None):
    """Reads a mask: hole where channel 0 of OpenCV's order (blue) is above 127.5.

    Args:
      path: str or path-like.
      size: (height, width) to resize the file's picture to before the threshold, as
        the original's batch_test.py does; None keeps the file's size.

    Returns:
      bool `[H, W]`, True in the hole.

    Raises:
      InputError: as read_image.
    """
    return read_channel(path, size) > 127.5


def read_edge(path, threshold, size=None):
    """Reads an edge picture (a user's sketch): edge where channel 0 / 255 > threshold.

    Args:
      path: str or path-like.
      threshold: in [0, 1]; the configuration's edge_threshold.
      size: (height, width) to resize to before the threshold; None keeps the size.

    Returns:
      bool `[H, W]`, True on the edges.

    Raises:
      InputError: as read_image.
    """
    return read_channel(path, size) / 255 > threshold


def read_channel(path, size=None):
    """Channel 0 of a picture, what masks and sketches are: uint8 `[H, W]`.

    Args:
      path: str or path-like.
      size: (height, width) to resize to; None keeps the file's size.

    Raises:
      InputError: as read_image.
    """
    image = _decode(path, _read_bytes(path))
    return (resize(image, *size) if size else image)[..., 0]


def write_image(path, image):
    """Writes a picture whole or not at all, in the format that the extension names.

    The file is written under a temporary name in the same folder and then renamed, so
    neither a failure nor an interruption leaves half a picture or harms an old one.
    PNG, TIFF and WebP keep an alpha channel; other formats have none that programs
    agree on, so the colours are written without it. (WebP clears the colours of
    wholly transparent pixels.) Settings are OpenCV's: JPEG at quality 95.

    Args:
      path: str or path-like; a symbolic link stays and its target is written.
      image: uint8 RGB `[H, W, 3]`, RGBA `[H, W, 4]` or grey `[H, W]`.

    Raises:
      InputError: the array is of another kind, the extension is none that OpenCV
        writes such pictures in, or the folder does not take the file.
    """
    write_bytes(path, _encode(path, image))


def write_bytes(path, content):
    """Writes any file as `write_image` does pictures: whole or not at all.

    Raises:
      InputError: the folder does not take the file.
    """
    with _one_line_errors(path, "written"):
        target = os.path.realpath(path)
        temporary = _temporary_name(target)
        try:
            with open(temporary, "xb") as file:
                file.write(content)
            os.replace(temporary, target)
        finally:
            with contextlib.suppress(FileNotFoundError):  # it has its final name
                os.remove(temporary)


def check_output(path):
    """Makes sure, before any work is done, that write_image can write a picture there.

    A file is really created in the folder and removed again (mode bits mean nothing
    to root, or on a file system mounted read-only), and a small RGB picture encoded.

    Raises:
      InputError: the folder is missing or not writable, the path is a folder or a
        write-protected file, or the extension is missing or none that OpenCV writes.
    """
    with _one_line_errors(path, "written"):
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
        _encode(path, np.zeros((64, 64, 3), np.uint8))
        temporary = _temporary_name(target)
        with open(temporary, "xb"):
            pass
        os.remove(temporary)


def resize(image, height, width):
    """Resizes as the original's batch_test.py does: OpenCV, bilinear.

    Args:
      image: uint8 `[H, W]` or `[H, W, C]`, a picture or a mask file's levels.

    Returns:
      uint8 `[height, width]` or `[height, width, C]`.
    """
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


@contextlib.contextmanager
def _one_line_errors(path, done):
    """Turns what the system, Python or OpenCV raise into an InputError on the path."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, MemoryError, cv2.error) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "err", error)
        reason = " ".join(str(reason).split()) or type(error).__name__
        raise InputError(f"{path}: cannot be {done}: {reason}") from error


def _read_bytes(path):
    with _one_line_errors(path, "read"):
        if os.path.isdir(path):
            raise InputError(f"{path}: expected an image file, got a folder")
        with open(path, "rb") as file:
            data = file.read()
    fault = integrity.fault(data)
    if fault:
        raise InputError(f"{path}: expected a whole image file, but it {fault}")
    return data


def _decode(path, data, flags=cv2.IMREAD_COLOR):
    with _one_line_errors(path, "decoded"):
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        deeper = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if deeper is not None:
            raise InputError(
                f"{path}: expected levels of 8 or 16 bits, got {deeper.dtype}"
            )
        raise InputError(
            f"{path}: expected an image file: this is not one, is damaged, or is in "
            "a format that this OpenCV does not read"
        )
    return image


def _to_8_bits(channel, data):
    """uint16 → uint8 as IMREAD_COLOR does: libtiff rounds, libpng cuts off."""
    if integrity.is_tiff(data):
        return ((channel.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return (channel >> 8).astype(np.uint8)


def _encode(path, image):
    """The bytes of the file; uint8 RGB, RGBA or grey."""
    image = np.asarray(image)
    channels = image.shape[2:]
    if image.dtype != np.uint8 or image.ndim < 2 or channels not in ((), (3,), (4,)):
        raise InputError(
            f"{path}: expected uint8 [H, W], [H, W, 3] or [H, W, 4] to write, "
            f"received {image.dtype} {list(image.shape)}"
        )
    extension = os.path.splitext(path)[1].lower()
    # OpenCV crashes on half a surrogate pair, which stands for a byte that is no UTF-8.
    if not (extension.isascii() and cv2.haveImageWriter(f"name{extension}")):
        raise InputError(
            f"{path}: expected an extension that OpenCV writes, such as .png or .jpg, "
            f"got {extension!r}"
        )
    if channels == (4,) and extension not in _ALPHA_EXTENSIONS:
        image, channels = image[..., :3], (3,)
    with _one_line_errors(path, "written"):
        if channels:
            to_opencv = cv2.COLOR_RGB2BGR if channels == (3,) else cv2.COLOR_RGBA2BGRA
            image = cv2.cvtColor(np.ascontiguousarray(image), to_opencv)
        encoded, content = cv2.imencode(extension, image)
        if not encoded:
            shape = list(image.shape)
            raise InputError(f"{path}: OpenCV cannot write {shape} as {extension}")
    return content.tobytes()


def _temporary_name(target):
    name = f".{secrets.token_hex(8)}.inpaint-part"
    return os.path.join(os.path.dirname(target), name)

"""Files by path or by address, such as `gs://bucket/a.png`, of Beam's FileSystems.

Paths without `://` are of this machine and read and written as by the other commands.
"""

import contextlib
import os
from functools import partial

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from inpaint.errors import InputError
from inpaint.files import temporary_name
from inpaint.pictures import images
from inpaint.pictures.opencv import one_line_errors

_AS_IT_IS = CompressionTypes.UNCOMPRESSED  # whatever the extension says


def is_address(path):
    """Whether a path is one of another file system than this machine's."""
    return "://" in path


def name_of(path):
    """The one name of a file that may have several, to compare files by."""
    return path if is_address(path) else os.path.realpath(path)


def to_read(path):
    """What the readers of `images` take for a path or an address."""
    return images.Elsewhere(path, partial(_open, path)) if is_address(path) else path


def is_there(path):
    """Whether there is a file; raises InputError where that cannot be told."""
    if is_address(path):
        with one_line_errors(f"{path}: cannot be looked for"):
            return FileSystems.exists(path)
    return os.path.exists(path) and not os.path.isdir(path)


def check_output(path, size):
    """`images.check_output`, as far as it can be told of an address."""
    if is_address(path):
        with one_line_errors(f"{path}: cannot be written"):
            FileSystems.get_filesystem(path)
        images.check_format(path, size)
    else:
        images.check_output(path, size)


def write(path, content):
    """Writes bytes under a temporary name beside `path` and renames the file.

    Where another attempt was faster, and the file system renames no file to a name
    that is taken, its file stays: it has the same bytes.

    Raises:
      InputError: the folder does not take the file.
      OSError: the file system fails.
    """
    if not is_address(path):
        images.write_bytes(path, content)
        return
    part = f"{path.rpartition('/')[0]}/{temporary_name('')}"
    try:
        with FileSystems.create(part, compression_type=_AS_IT_IS) as file:
            file.write(content)
        FileSystems.rename([part], [path])
    except Exception:
        with contextlib.suppress(Exception):
            FileSystems.delete([part])
        if not FileSystems.exists(path):
            raise


def lists(pattern):
    """The lists that a path or a glob names.

    Raises:
      InputError: there is none.
    """
    with one_line_errors(f"{pattern}: cannot be read"):
        if is_there(pattern):
            return [pattern]
        (found,) = FileSystems.match([pattern])
    if not found.metadata_list:
        raise InputError(f"{pattern}: no such list")
    return sorted(each.path for each in found.metadata_list)


def open_list(path):
    """A list of pictures, open for reading bytes."""
    return _open(path)


def fetched(weights, folder):
    """The path of weights in a folder of this machine that they are copied into.

    Args:
      weights: the address of a folder, of a file, or of files by their common prefix.

    Raises:
      InputError: there is nothing.
    """
    address = weights.rstrip("/")
    beside = len(address.rpartition("/")[0]) + 1
    with one_line_errors(f"{weights}: cannot be read"):
        found = FileSystems.match([address, f"{address}.*", f"{address}/**"])
        sources = {each.path for result in found for each in result.metadata_list}
        for source in sorted(sources):
            target = os.path.join(folder, source[beside:])
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with _open(source) as file, open(target, "wb") as copy:
                copy.write(file.read())
    if not sources:
        raise InputError(f"{weights}: no such checkpoint")
    return os.path.join(folder, address[beside:])


def _open(path):
    return FileSystems.open(path, compression_type=_AS_IT_IS)

"""Files and folders that appear whole or not at all.

They are written beside their place, under a temporary name, and renamed. Neither an
error nor an interruption leaves half a file or harms an old one.
"""

import contextlib
import os
import secrets
import shutil

from inpaint.errors import InputError

_SUFFIX = ".inpaint-part"


def require_local(path):
    """Raise InputError for an address, such as `gs://bucket/a.png`, in place of a path.

    The system would take it for a folder named `gs:`.
    """
    if "://" in os.fsdecode(path):
        raise InputError(f"{path}: expected a path on this machine, got an address")


def temporary_name(path):
    """A name beside `path`, in its folder, that nothing has; hidden."""
    return os.path.join(os.path.dirname(path), f".{secrets.token_hex(8)}{_SUFFIX}")


@contextlib.contextmanager
def atomic_file(path, suffix=""):
    """A context that yields the path to write; it is renamed to `path` at the end.

        with atomic_file("settings.yml") as part, open(part, "x") as file:
            file.write(text)

    Args:
      path: str or path-like; a file there is replaced. A symbolic link stays and its
        target is written.
      suffix: of the temporary name, for writers that go by it.

    Raises:
      OSError: the folder does not take the file.
    """
    require_local(path)
    target = os.path.realpath(path)
    part = temporary_name(target) + suffix
    try:
        yield part
        os.replace(part, target)
    finally:
        with contextlib.suppress(FileNotFoundError):  # it has its final name
            os.remove(part)


@contextlib.contextmanager
def atomic_folder(beside):
    """A context that yields a new folder to fill in the folder `beside`.

    Who fills it renames it (os.rename) to what it shall be called. What was not
    renamed is removed at the end.

    Args:
      beside: the folder that it is made in; made if it does not exist.

    Raises:
      OSError: `beside` does not take the folder.
    """
    require_local(beside)
    part = temporary_name(os.path.join(beside, ""))
    try:
        os.makedirs(part)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)

"""Folders of exported models, as TensorFlow Serving reads them.

    EXPORT_DIR/VERSION/saved_model.pb, variables/
                       assets.extra/inpaint.json                    see `Description`
                       assets.extra/tf_serving_warmup_requests      see `warmup`

VERSION is an integer; a server polls EXPORT_DIR and serves the highest one, so a
version appears whole, by renaming, or not at all.
"""

import contextlib
import errno
import json
import os
import re
from typing import NamedTuple, Optional

from inpaint.config.kinds import shown
from inpaint.errors import InputError, one_line
from inpaint.files import atomic_folder

EXTRA = "assets.extra"  # files that TensorFlow leaves alone
_DESCRIPTION = os.path.join(EXTRA, "inpaint.json")
_LARGEST_VERSION = 2**63 - 1


def find(path):
    """The folder of the version that a path means, None if it means no export.

    Args:
      path: a version's folder, or the folder of all, for the highest version.
    """
    path = os.fspath(path)
    candidates = [path]
    if os.path.isdir(path):
        numbered = sorted(_versions(path).items(), reverse=True)
        candidates += [os.path.join(path, name) for _, name in numbered]
    for folder in candidates:
        if os.path.isfile(os.path.join(folder, "saved_model.pb")):
            return folder
    return None


def weights(folder):
    """Prefix of the TensorFlow checkpoint with a version's weights."""
    return os.path.join(folder, "variables", "variables")


PADDINGS = ("same", "symmetric", "reflect")


class Description(NamedTuple):
    """What a generator's weights do not tell; None where a file does not say it."""

    edge_threshold: Optional[float] = None  # share of 255, of sketches' pixels
    model: Optional[str] = None  # name in the registry
    arguments: Optional[dict] = None  # of the generator's constructor
    padding: Optional[str] = None  # of the convolutions, in older exports


def describe(folder):
    """The Description of a version's network.

    Raises:
      InputError: if it is a SavedModel of other origin, or damaged.
    """
    path = os.path.join(folder, _DESCRIPTION)
    try:
        with open(path, encoding="utf-8") as file:
            described = Description(**json.load(file))
    except FileNotFoundError:
        raise InputError(
            f"{folder}: a SavedModel that `inpaint export` did not write: it has no "
            f"{_DESCRIPTION}"
        ) from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read: {one_line(error)}") from None
    if described.edge_threshold is None:
        raise InputError(f"{path}: cannot be read: edge_threshold is missing")
    return check(described, path)


def check(described, source):
    """A Description whose values a file gave, None where it gave none.

    Raises:
      InputError: if they are not ones that a network can have.
    """
    threshold, model, arguments, padding = described
    if (model is None) != (arguments is None) or not (
        isinstance(model, (str, type(None)))
        and isinstance(arguments, (dict, type(None)))
    ):
        raise InputError(
            f"{source}: expected a model's name and its arguments, not "
            f"{shown(model)} and {shown(arguments)}"
        )
    if padding is not None and padding not in PADDINGS:
        raise InputError(
            f"{source}: padding must be {', '.join(PADDINGS)}, not {shown(padding)}"
        )
    number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
    if threshold is not None and not (number and 0 <= threshold <= 1):
        raise InputError(
            f"{source}: edge_threshold must be a number from 0 to 1, not "
            f"{shown(threshold)}"
        )
    return described


def next_version(export_dir):
    """The lowest integer above those that are there, from 1."""
    return max(_versions(export_dir), default=0) + 1


def check_new(export_dir, version):
    """Refuse a version that is invalid, or that exists.

    Raises:
      InputError: says which.
    """
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InputError(f"version: expected an integer from 1, got {version!r}")
    if version > _LARGEST_VERSION:
        raise InputError(f"version: expected at most {_LARGEST_VERSION}, got {version}")
    existing = _versions(export_dir).get(version)
    if existing is not None:
        raise InputError(
            f"{os.path.join(export_dir, existing)}: exists already, and versions are "
            f"not written over; the next free one is {next_version(export_dir)}"
        )


def write(export_dir, version, description, save):
    """Write a version beside its place and rename it when it is whole.

    Args:
      export_dir: is made if it does not exist.
      version: int; None takes the next free one.
      description: a Description.
      save: function that writes the SavedModel into the folder that it is given.
        When it fails, nothing is left behind.

    Returns:
      The version's folder.

    Raises:
      InputError: if the version exists, or the folder cannot be written.
    """
    if version is not None:
        check_new(export_dir, version)
    with contextlib.ExitStack() as stack:
        with _writing(export_dir):
            temporary = stack.enter_context(atomic_folder(export_dir))
            os.makedirs(os.path.join(temporary, EXTRA))
            with open(os.path.join(temporary, _DESCRIPTION), "w") as file:
                json.dump(description._asdict(), file)
        save(temporary)
        return _rename(temporary, export_dir, version)


def _rename(temporary, export_dir, version):
    while True:
        number = next_version(export_dir) if version is None else version
        check_new(export_dir, number)
        folder = os.path.join(export_dir, str(number))
        with _writing(export_dir):
            try:
                os.rename(temporary, folder)
                return folder
            except OSError as error:  # another export was faster
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise


@contextlib.contextmanager
def _writing(export_dir):
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{export_dir}: cannot be written: {error.strerror}"
        ) from error


def _versions(folder):
    """Names of the entries that are a version to a server, by their number."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror}") from None
    return {int(name): name for name in names if re.fullmatch("[0-9]+", name)}

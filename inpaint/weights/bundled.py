"""The weights that come with the package: inpaint/weights/README.md tells of them."""

import os

from inpaint.errors import InputError

NAME = "deepfill_v2"  # where none is named
NAMES = {
    NAME: "where none is named",
    "deepfill_v2_texture": "wide holes: copies textures into them",
}
LICENCE = "Apache-2.0"
FOLDER = os.path.dirname(__file__)


def path(name=None):
    """The path of the file with the weights of one of `NAMES`, None for the first.

    Raises:
      InputError: it is not there.
    """
    found = file_of(name or NAME)
    if not os.path.isfile(found):
        raise InputError(
            f"{found}: this copy of the package has no weights of its own: name "
            "a checkpoint"
        )
    return found


def file_of(name):
    """Where the weights of a name are, or belong."""
    return os.path.join(FOLDER, f"{name}.weights.h5")


def is_meant(name):
    """Whether a path means such weights: None, or their name where no file has it."""
    return name is None or (name in NAMES and not os.path.exists(name))

"""The weights that come with the package: inpaint/weights/README.md tells of them."""

import os

from inpaint.errors import InputError

NAME = "deepfill_v2"
PATH = os.path.join(os.path.dirname(__file__), f"{NAME}.weights.h5")
LICENCE = "Apache-2.0"


def path():
    """The path of the file with the weights.

    Raises:
      InputError: it is not there.
    """
    if not os.path.isfile(PATH):
        raise InputError(
            f"{PATH}: this copy of the package has no weights of its own: name "
            "a checkpoint"
        )
    return PATH


def is_meant(name):
    """Whether a path means these weights: None, or their name where no file has it."""
    return name is None or (name == NAME and not os.path.exists(name))

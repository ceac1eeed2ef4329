"""The weights that come with the package: inpaint/weights/README.md tells of them."""

import os

from inpaint.errors import InputError

PATH = os.path.join(os.path.dirname(__file__), "deepfill_v2.weights.h5")


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

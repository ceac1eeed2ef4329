"""The package index's `inpaint`, somebody else's, in the folder of this package."""

import glob
import os

from inpaint.errors import InputError

_HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def require_none(folder=_HERE):
    """Raise InputError if both lie in a folder: each has written over the other.

    Args:
      folder: that of packages, by default this one's.
    """
    for found in glob.glob(os.path.join(glob.escape(folder), "inpaint-*.dist-info")):
        raise InputError(
            f"{found}: another package named inpaint, installed over this one: "
            "`pip uninstall inpaint deepfill`, then install this one again"
        )

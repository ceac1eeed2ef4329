"""`inpaint models`: the weights that there are, by name."""

import os

from inpaint.cli import common
from inpaint.weights import bundled, elsewhere

_FLOAT = 4  # bytes


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Lists the weights that come with the package, and others that "
        "are read, with their sizes and licences.",
    )
    return common.run(parser, _list, argv)


def _list(_):
    common.say("With the package, by name (--checkpoint_dir NAME):")
    for name, purpose in bundled.NAMES.items():
        size = os.path.getsize(bundled.path(name))
        common.say(_row(name, size, bundled.LICENCE, purpose))
    common.say("From their authors, by file (--checkpoint_dir FILE, inpaint convert):")
    for x in elsewhere.WEIGHTS:
        common.say(_row(x.network, x.values * _FLOAT, x.licence, x.source))
    common.say("From a model hub: --checkpoint_dir hf://USER/REPO[@REVISION]")
    common.say("Sizes of others are those of a .weights.h5; see docs/weights.md")


def _row(name, size, licence, text):
    return f"  {name:20}{size / 1e6:7.1f} MB  {licence:26}{text}"

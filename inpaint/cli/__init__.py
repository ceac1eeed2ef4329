"""The commands: `inpaint COMMAND …`, arguments in, messages out.

Each command is a file of its own with `main(argv, prog)`, which a script of the same
name at the top of the checkout calls as well.
"""

import argparse
import importlib
import sys

from inpaint.cli import common
from inpaint.version import __version__

# command: (module, what it does)
COMMANDS = {
    "fill": ("inpaint.cli.fill", "fill holes, of one picture or of many"),
    "beam": ("inpaint.cli.beam", "fill the pictures of lists on Apache Beam"),
    "paint": ("inpaint.cli.paint", "the same on a page, by painting over what goes"),
    "test": ("inpaint.cli.test", "fill the hole of one picture"),
    "batch": ("inpaint.cli.batch_test", "fill the pictures of a list"),
    "guided": ("inpaint.cli.guided_batch_test", "the same by users' sketches"),
    "edges": ("inpaint.cli.edges", "draw pictures' edges, as such sketches"),
    "train": ("inpaint.cli.train", "train a model, or fine-tune one"),
    "evaluate": ("inpaint.cli.evaluate", "measure how well models fill holes"),
    "export": ("inpaint.cli.export", "write a model for TensorFlow Serving"),
    "models": ("inpaint.cli.models", "list the weights that there are"),
    "convert": ("inpaint.cli.convert", "read weights of other systems, write ours"),
}


def main(argv=None):
    """Hands over to a command; returns the exit code."""
    listed = "\n".join(f"  {name:10}{text}" for name, (_, text) in COMMANDS.items())
    parser = common.Parser(
        prog="inpaint",
        usage="inpaint COMMAND ...",
        description="Fills holes in photographs, and trains what does it.",
        epilog=f"commands:\n{listed}\n\n`inpaint COMMAND --help` tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"inpaint {__version__}")
    parser.add_argument(
        "command", choices=COMMANDS, metavar="COMMAND", help=argparse.SUPPRESS
    )
    argv = sys.argv[1:] if argv is None else argv
    name = parser.parse_args(argv[:1]).command
    command = importlib.import_module(COMMANDS[name][0])
    return command.main(argv[1:], prog=f"inpaint {name}")

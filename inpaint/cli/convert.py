"""`inpaint convert`: weights of other formats and systems, to ours or to PyTorch's."""

import argparse
import math
import os

from inpaint.cli import common
from inpaint.errors import InputError

_KERAS = ".weights.h5"
_UNKNOWN = (
    "the file does not tell; the release's weights, and what is fine-tuned from them, "
    "are under CC BY-NC 4.0"
)


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Reads weights of this package, of the original release, or of "
        "another system's file (PyTorch, safetensors, Torch7, Keras), and writes them "
        "as a .weights.h5 file, as a checkpoint of the release, or for PyTorch. No "
        "file is run: docs/weights.md lists what is read.",
    )
    parser.add_argument("input", metavar="IN", help="file, checkpoint or folder")
    parser.add_argument(
        "output",
        metavar="OUT",
        help="NAME.weights.h5, or a new folder for a checkpoint of the release",
    )
    parser.add_argument(
        "--to", choices=("torch",), help="OUT is a .pth file, a plain state_dict"
    )
    parser.add_argument(
        "--compare",
        metavar="PATH",
        help="tell the largest difference to the weights there",
    )
    parser.add_argument(
        "--mean_color",
        type=_color,
        metavar="R,G,B",
        help="of the training pictures, in [0, 1], for a Global&Local file without it",
    )
    common.add_config_argument(parser)
    return common.run(parser, _convert, argv)


def _convert(args):
    _check(args.output, args.to)
    settings = common.read_settings(args.config)
    with common.quiet_imports():
        from inpaint import checkpoints
        from inpaint.checkpoints import compare, torch_writer
    padding = getattr(settings.config, "padding", "SAME").lower()
    stored = checkpoints.open_stored(args.input, args.mean_color)
    generator = checkpoints.generator_from(stored, padding)
    difference = None
    if args.compare:
        other = checkpoints.open_stored(args.compare)
        difference = compare.largest_difference(generator, other)
    if args.to == "torch":
        torch_writer.write(args.output, generator)
    elif args.output.endswith(_KERAS):
        generator.save_weights(args.output)
    else:
        checkpoints.save_original(generator, args.output)
    shapes = [variable.shape for variable in generator.variables_by_name().values()]
    count = sum(math.prod(shape) for shape in shapes)
    common.say(f"{args.output} written: {generator.name}, {count:,} values")
    common.say(f"licence: {stored.licence or _UNKNOWN}")
    if difference:
        where = f" ({difference[1]})" if difference[1] else ""
        common.say(f"largest difference to {args.compare}: {difference[0]:g}{where}")


def _color(text):
    """A type of argparse's: three numbers in [0, 1]."""
    try:
        color = tuple(float(part) for part in text.split(","))
    except ValueError:
        color = ()
    if len(color) != 3 or not all(0.0 <= part <= 1.0 for part in color):
        raise argparse.ArgumentTypeError(
            f"expected three numbers in [0, 1], such as 0.5,0.4,0.4; got {text!r}"
        )
    return color


def _check(output, to):
    """What can be refused before anything is read."""
    if os.path.lexists(output):
        raise InputError(f"{output}: exists already, and is not written over")
    folder = os.path.dirname(os.path.abspath(output))
    if not os.path.isdir(folder):
        raise InputError(f"{output}: there is no folder {folder} to write to")
    ending = os.path.splitext(output)[1]
    if to is None and ending and not output.endswith(_KERAS):
        raise InputError(
            f"{output}: expected NAME{_KERAS}, the name of a folder without {ending}, "
            "or --to torch"
        )

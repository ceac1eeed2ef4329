"""What batch_test.py and guided_batch_test.py share: all but whether sketches go in."""

import argparse
import os
import time

from inpaint.cli import common, fill_list
from inpaint.errors import InputError


def main(argv, prog, guided, remedy):
    """Fills the pictures of a list.

    Args:
      argv, prog: see `common`.
      guided: whether there are sketches.
      remedy: see `model.load`.

    Returns:
      The exit code: 1 if a picture could not be filled and the others were.
    """
    columns = "image mask output" + " [edge]" * guided
    parser = common.Parser(
        prog=prog,
        description="Fills the pictures of a list, loading the network once. A line "
        "that cannot be done is reported, and the rest goes on."
        + " Without a fourth column the sketch of NAME.jpg is NAME_edge.jpg."
        * guided,
    )
    parser.add_argument(
        "--flist", required=True, metavar="FILE", help=f"text with lines `{columns}`"
    )
    for side in ("height", "width"):
        parser.add_argument(
            f"--image_{side}",
            type=_pixels,
            metavar="PIXELS",
            help="resize pictures and masks; default: each keeps its size",
        )
    parser.add_argument(
        "--skip_existing",
        action="store_true",
        help="leave out lines whose output exists",
    )
    common.add_weights_arguments(parser)
    parser.set_defaults(guided=guided, remedy=remedy)
    return common.run(parser, _fill_list, argv)


def _fill_list(args):
    start = time.perf_counter()
    if (args.image_height is None) != (args.image_width is None):
        raise InputError("--image_height and --image_width: give both or none")
    size = args.image_height and (args.image_height, args.image_width)
    settings = common.read_settings(args.config)
    lines = fill_list.read(args.flist, args.guided)
    to_do = [
        line
        for line in lines
        if not (args.skip_existing and os.path.exists(line.output))
    ]
    failed = _fill_lines(args, settings, to_do, size) if to_do else 0
    common.say(
        f"{len(to_do) - failed} of {len(lines)} pictures written, "
        f"{len(lines) - len(to_do)} there already, {failed} failed; "
        f"time total: {time.perf_counter() - start:.1f} s"
    )
    return common.FAILED if failed else 0


def _fill_lines(args, settings, lines, size):
    """Returns the number of lines that failed."""
    from inpaint.cli import model

    inpainter = model.load(
        args.checkpoint_dir, settings, args.guided, args.remedy, pictures=len(lines)
    )
    from inpaint.cli.pipeline import Pipeline  # imports Keras, quietly by now

    pipeline = Pipeline(inpainter, args, size)
    pipeline.run(lines)
    return pipeline.failed


def _pixels(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of pixels, got {text!r}")
    return int(text)

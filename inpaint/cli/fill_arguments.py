"""The arguments of the commands that fill pictures."""

import argparse
import os

from inpaint.cli import common
from inpaint.errors import InputError
from inpaint.files import require_local


def add(parser):
    """Those of all such commands."""
    common.add_size_arguments(parser)
    parser.add_argument(
        "--invert_mask", action="store_true", help="the masks are black in the hole"
    )
    parser.add_argument(
        "--dilate",
        type=_at_least_0,
        default=0,
        metavar="PIXELS",
        help="let the holes grow by so many pixels",
    )
    common.add_filling_arguments(parser)
    common.add_weights_arguments(parser)


def add_of_lists(parser):
    """Those of commands that fill many."""
    parser.add_argument(
        "--skip_existing",
        action="store_true",
        help="leave out pictures whose output exists, when their turn comes",
    )
    parser.add_argument(
        "--shard",
        type=_part,
        metavar="I/N",
        help="fill every Nth picture from the Ith on, for N runs at a time",
    )
    parser.add_argument(
        "--failed",
        metavar="FILE",
        help="write here which pictures could not be done, as a list for --flist",
    )


def reading(args, settings):
    """The `pictures.Reading` of them.

    Raises:
      InputError: see `common.size_argument`.
    """
    from inpaint.cli import pictures

    size = common.size_argument(args)
    limit = settings.config.max_pixels
    return pictures.Reading(size, limit, args.invert_mask, args.dilate)


def check_failed(path):
    """Raise InputError, before any work is done, if --failed cannot be written."""
    if path is None:
        return
    require_local(path)
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path) or not os.path.isdir(folder):
        raise InputError(f"{path}: expected a file in a folder that exists")


def _at_least_0(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number of pixels, got {text!r}")
    return int(text)


def _part(text):
    numbers = text.split("/")
    if len(numbers) == 2 and all(x.isdecimal() for x in numbers):
        part, parts = map(int, numbers)
        if 1 <= part <= parts:
            return part, parts
    raise argparse.ArgumentTypeError(f"expected I/N, such as 1/4, got {text!r}")

"""`inpaint edges`: sketches of edges from pictures, for guided networks."""

import argparse
import glob
import os

from inpaint.cli import common
from inpaint.errors import InputError

_WIDEST = 1000  # sigma in pixels


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Draws the edges of pictures, white on black, as NAME_edge.jpg: "
        "beside NAME.jpg, train.py and guided_batch_test.py find it.",
    )
    parser.add_argument("input", metavar="IN", help="a picture, a folder or a glob")
    parser.add_argument(
        "output",
        metavar="OUT",
        help="a folder, which may be IN and is made if need be; or, for one picture, "
        "a file, which has an extension; files that are there are replaced",
    )
    parser.add_argument(
        "--sigma",
        type=_sigma,
        metavar="PIXELS",
        help="how much the picture is smoothed first (default: 2)",
    )
    for name, what in (("low", "followed"), ("high", "drawn")):
        parser.add_argument(
            f"--{name}",
            type=_at_least_0,
            metavar="GRADIENT",
            help=f"above it a line is {what}; 4 x the height of a sharp step; "
            "default: chosen for each picture",
        )
    parser.add_argument(
        "--hed",
        nargs=2,
        metavar=("PROTOTXT", "CAFFEMODEL"),
        help="by this HED network instead of Canny's method; needs OpenCV 4",
    )
    common.add_config_argument(parser, "max_pixels")
    return common.run(parser, _draw_all, argv)


def _draw_all(args):
    if not args.output:
        raise InputError("OUT: expected a folder or a file, got ''")
    draw = _method(args)
    limit = common.read_settings(args.config).config.max_pixels
    from inpaint.pictures import images, lists

    if lists.is_list(args.input):
        kinds = ", ".join(lists.EXTENSIONS)
        raise InputError(
            f"{args.input}: expected a picture ({kinds}), a folder or a glob"
        )
    pictures = lists.find_pictures(args.input).images
    names_a_file = os.path.splitext(args.output)[1] and not os.path.isdir(args.output)
    if pictures == [args.input] and names_a_file:
        outputs = [args.output]
    else:
        outputs = _in_folder(args, pictures, lists.edge_path)
    _check(pictures, outputs)
    failed = 0
    for number, (picture, output) in enumerate(zip(pictures, outputs), 1):
        try:
            lines = _drawn(draw, picture, images.read_image(picture, limit)[..., :3])
            if output != args.output:
                os.makedirs(os.path.dirname(output), exist_ok=True)
            images.write_image(output, lines)
        except InputError as error:
            if len(pictures) == 1:
                raise
            failed += 1
            common.report(args.prog, "error", error)
        else:
            common.say(f"{number}/{len(pictures)} {output}")
    return common.FAILED if failed else 0


def _drawn(draw, path, image):
    """`draw(image)`; its errors name the file."""
    try:
        return draw(image)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _method(args):
    """The function from a picture to its edges that the command line asks for."""
    if (args.low is None) != (args.high is None):
        raise InputError("--low and --high: give both or none")
    if args.low is not None and args.low > args.high:
        raise InputError(f"--low {args.low:g} is above --high {args.high:g}")
    from inpaint.pictures import edges

    if args.hed and (args.low is not None or args.sigma is not None):
        raise InputError("--sigma, --low and --high are Canny's: leave out --hed")
    if args.hed:
        with common.quiet_imports():  # OpenCV's parser is not quiet either
            return edges.HED(*args.hed)
    sigma = edges.SIGMA if args.sigma is None else args.sigma
    return lambda image: edges.canny(image, sigma, args.low, args.high)


def _in_folder(args, pictures, edge_path):
    """Each picture's path in OUT is its path in IN."""
    root = _root(args.input)
    return [
        os.path.join(args.output, os.path.relpath(edge_path(picture), root))
        for picture in pictures
    ]


def _root(source):
    """The folder that a picture, folder or glob begins with."""
    if os.path.isdir(source):
        return source
    folder = os.path.dirname(source)
    while glob.has_magic(folder) and not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return folder or os.curdir


def _check(pictures, outputs):
    """No output is a picture, or that of two pictures.

    Raises:
      InputError: one is.
    """
    made = {os.path.realpath(picture): None for picture in pictures}
    for picture, output in zip(pictures, outputs):
        path = os.path.realpath(output)
        if path in made:
            other = made[path]
            what = f"the edges of {other} too" if other else "a picture to draw from"
            raise InputError(f"{output}: the edges of {picture} and {what}")
        made[path] = picture


def _sigma(text):
    value = _at_least_0(text)
    if value > _WIDEST:
        raise argparse.ArgumentTypeError(f"expected {_WIDEST} at most, got {text!r}")
    return value


def _at_least_0(text):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number, at least 0, got {text!r}")
    return value

"""`test.py`, `inpaint test`: fills the hole of one picture."""

from inpaint.cli import common, fill_arguments, method, one


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Fills the hole of a picture. The result has the picture's size; "
        "pixels outside the hole stay as they are.",
    )
    parser.add_argument("--image", required=True, metavar="FILE", help="the picture")
    parser.add_argument(
        "--mask",
        required=True,
        metavar="FILE",
        help="of its size, white in the hole (docs/masks.md)",
    )
    parser.add_argument(
        "--edge", metavar="FILE", help="sketch of its size, for guided weights"
    )
    parser.add_argument(
        "--output",
        default="output.png",
        metavar="FILE",
        help="the completed picture (default: %(default)s)",
    )
    parser.add_argument(
        "--attention",
        metavar="FILE",
        help="also show here where the attention points: hue is the direction",
    )
    method.add_argument(parser)
    fill_arguments.add(parser)
    parser.set_defaults(finds_sketch=False)
    return common.run(parser, one.fill, argv)

"""`inpaint fill`: fills the holes of a picture, of folders or of a list."""

import argparse
import os

from inpaint.cli import common, fill_arguments, fill_list, many, method, one
from inpaint.errors import InputError

_EXAMPLES = """examples:
  inpaint fill photo.jpg mask.png -o filled.jpg
  inpaint fill photos/ masks/ -o filled/
  inpaint fill --flist list.txt
"""


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run` and `many.fill`."""
    parser = common.Parser(
        prog=prog,
        description="Fills the holes of pictures. A result has its picture's size; "
        "pixels outside the hole stay as they are. Where the weights are guided, the "
        "sketch of NAME.jpg is NAME_edge.jpg or NAME_edge.png beside it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "photos", nargs="?", metavar="PHOTO", help="a picture, or a folder of them"
    )
    parser.add_argument(
        "masks",
        nargs="?",
        metavar="MASK",
        help="white in the hole (docs/masks.md): one for all, or a folder with NAME or "
        "NAME_mask, of any extension, for each NAME.jpg",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the completed picture; for a folder the folder of those, which is made",
    )
    parser.add_argument(
        "--flist",
        metavar="FILE",
        help="in their place: text with lines `image mask output [edge]`, parted by "
        "tabs or blanks",
    )
    parser.add_argument("--edge", metavar="FILE", help="the sketch of one picture")
    fill_arguments.add_of_lists(parser)
    method.add_argument(parser)
    fill_arguments.add(parser)
    parser.set_defaults(attention=None, finds_sketch=True, guided=None, remedy=None)
    return common.run(parser, _fill, argv)


def _fill(args):
    named = (args.photos, args.masks, args.output)
    if args.flist is not None:
        if any(x is not None for x in (*named, args.edge)):
            raise InputError("--flist: its lines name pictures, masks and outputs")
        return many.fill(args, fill_list.read(args.flist, None))
    if None in named:
        raise InputError("expected PHOTO MASK -o OUT, or --flist FILE")
    if os.path.isdir(args.photos):
        if args.edge is not None:
            raise InputError("--edge: of one picture; in a folder they are found")
        from inpaint.cli import folders

        return many.fill(args, folders.lines(*named))
    if args.shard or args.failed or args.skip_existing:
        raise InputError("--shard, --failed and --skip_existing are for many pictures")
    args.image, args.mask = args.photos, args.masks
    if args.output.endswith(os.sep) or os.path.isdir(args.output):
        args.output = os.path.join(args.output, os.path.basename(args.photos))
    return one.fill(args)

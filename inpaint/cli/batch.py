"""What batch_test.py and guided_batch_test.py share: all but whether sketches go in."""

from inpaint.cli import common, fill_arguments, fill_list, many, method


def main(argv, prog, guided, remedy):
    """Fills the pictures of a list, with the original's flags.

    Args:
      argv, prog: see `common`.
      guided: whether there are sketches.
      remedy: see `model.load`.

    Returns:
      The exit code, see `many.fill`.
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
    fill_arguments.add_of_lists(parser)
    if not guided:
        method.add_argument(parser)
    fill_arguments.add(parser)
    parser.set_defaults(guided=guided, remedy=remedy)
    return common.run(parser, _fill, argv)


def _fill(args):
    return many.fill(args, fill_list.read(args.flist, args.guided))

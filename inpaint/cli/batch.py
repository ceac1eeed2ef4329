"""What batch_test.py and guided_batch_test.py share: all but whether sketches go in."""

import os
import time
from collections import Counter

from inpaint.cli import common, fill_list, method
from inpaint.errors import InputError


def main(argv, prog, guided, remedy):
    """Fills the pictures of a list.

    Args:
      argv, prog: see `common`.
      guided: whether there are sketches.
      remedy: see `model.load`.

    Returns:
      The exit code: 1 if a picture could not be filled, or none has a hole.
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
    common.add_size_arguments(parser)
    parser.add_argument(
        "--skip_existing",
        action="store_true",
        help="leave out lines whose output exists, when their turn comes",
    )
    if not guided:
        method.add_argument(parser)
    common.add_output_arguments(parser)
    common.add_weights_arguments(parser)
    parser.set_defaults(guided=guided, remedy=remedy)
    return common.run(parser, _fill_list, argv)


def _fill_list(args):
    start = time.perf_counter()
    size = common.size_argument(args)
    settings = common.read_settings(args.config, args.postprocess)
    lines = fill_list.read(args.flist, args.guided)
    to_do = [
        line
        for line in lines
        if not (args.skip_existing and os.path.exists(line.output))
    ]
    _check_folders(args.flist, to_do)
    done = _fill_lines(args, settings, to_do, size) if to_do else Counter()
    failed, without = done["failed"], done["without a hole"]
    written = len(to_do) - failed - done["there"]
    common.say(
        f"{written} of {len(lines)} pictures written"
        + f" ({without} without a hole, as they were)" * bool(without)
        + f", {len(lines) - len(to_do) + done['there']} there already, {failed} "
        f"failed; time total: {time.perf_counter() - start:.1f} s"
    )
    nothing_filled = without and written == without
    return common.FAILED if failed or nothing_filled else 0


def _check_folders(flist, lines):
    """Raise InputError if an output has no folder, before anything is made."""
    checked = set()
    for line in lines:
        folder = os.path.dirname(os.path.realpath(line.output))
        if folder not in checked and not os.path.isdir(folder):
            raise InputError(
                f"{flist}: line {line.number}: {line.output}: the output folder "
                f"{folder} does not exist"
            )
        checked.add(folder)


def _fill_lines(args, settings, lines, size):
    """Returns a Counter of what became of the lines, see `Pipeline`."""
    import cv2  # noqa: F401 - where it is broken, it is told before TensorFlow loads

    from inpaint.cli import model

    inpainter = None if args.guided else method.chosen(args)
    inpainter = inpainter or model.load(
        args.checkpoint_dir, settings, args.guided, args.remedy, pictures=len(lines)
    )
    with common.quiet_imports():
        from inpaint.cli.pipeline import Pipeline  # imports Keras

    pipeline = Pipeline(inpainter, args, size, settings.config.max_pixels)
    pipeline.run(lines)
    return pipeline.done

"""The pictures of a list or of folders, filled, loading the network once."""

import os
import time
from collections import Counter

from inpaint.cli import common, fill_arguments, fill_list, method
from inpaint.errors import InputError


def fill(args, lines):
    """Fills them.

    Args:
      args: arguments of `fill_arguments.add` and `add_of_lists`, and `method`; `flist`,
        None for folders, whose outputs' folders are made; `guided` and `remedy`, see
        `model.load`: None if the weights say whether sketches are looked for.
      lines: list of `fill_list.Line`.

    Returns:
      The exit code: 1 if a picture could not be filled, or none has a hole.
    """
    start = time.perf_counter()
    settings = common.read_settings(args.config, args.postprocess, args.strategy)
    reading = fill_arguments.reading(args, settings)
    fill_arguments.check_failed(args.failed)
    listed = len(lines)
    lines = fill_list.shard(lines, args.shard)
    to_do = [
        line
        for line in lines
        if not (args.skip_existing and os.path.exists(line.output))
    ]
    if args.flist is not None:
        _check_folders(args.flist, to_do)
    done, not_done = Counter(), []
    if to_do:
        done, not_done = _fill_lines(args, settings, to_do, reading, listed)
    if args.failed is not None:
        fill_list.write(args.failed, not_done)
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


def _fill_lines(args, settings, lines, reading, listed):
    """Returns a Counter of what became of the lines, and those that failed.

    How many lines the list has, `listed`, says whether there is a graph: with and
    without one levels may differ, but not between a list and its parts.
    """
    import cv2  # noqa: F401 - where it is broken, it is told before TensorFlow loads

    from inpaint.cli import model

    inpainter = None if args.guided else method.chosen(args)
    inpainter = inpainter or model.load(
        args.checkpoint_dir, settings, args.guided, args.remedy, pictures=listed
    )
    if args.guided is None:
        where = args.flist or args.photos
        lines = fill_list.sketched(lines, inpainter.guided, where)
    if args.flist is None:
        for folder in {os.path.dirname(line.output) for line in lines}:
            os.makedirs(folder, exist_ok=True)
    with common.quiet_imports():
        from inpaint.cli.pipeline import Pipeline  # imports Keras

    pipeline = Pipeline(inpainter, args, reading)
    pipeline.run(lines)
    return pipeline.done, pipeline.failed

"""`inpaint beam`: fills the pictures of lists on Apache Beam, by many processes."""

import argparse
import logging
import os
import sys
import time

from inpaint.cli import common, fill_arguments
from inpaint.errors import InputError

_EPILOG = """Other arguments are Apache Beam's own, such as
  --direct_num_workers 4         4 processes of this machine
  --runner FlinkRunner --flink_master HOST:8081
Paths may be addresses that Beam knows, such as gs://bucket/a.png (docs/scale.md).
"""


class _Parser(common.Parser):
    """Keeps what it does not know in `beam`."""

    def parse_args(self, args=None, namespace=None):
        namespace, namespace.beam = self.parse_known_args(args, namespace)
        return namespace


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`. 1 if a picture could not be done."""
    parser = _Parser(
        prog=prog,
        description="Fills the pictures of lists as `inpaint fill` does, on Apache "
        "Beam: by processes of this machine, of Flink, Spark or Dataflow. What is "
        "written already is left out.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--flist",
        required=True,
        metavar="FILE",
        help="text with lines `image mask output [edge]`, parted by tabs or blanks; "
        "or several of those by a glob",
    )
    parser.add_argument(
        "--failed",
        metavar="PREFIX",
        help="write in PREFIX.txt what could not be done, as a list for --flist, and "
        "in PREFIX.reasons.txt why",
    )
    fill_arguments.add(parser)
    code = common.run(parser, _fill, argv, addresses=True)
    local = sys.modules.get("inpaint.scale.local")
    if local is not None and local.stuck:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    return code


def _fill(args):
    start = time.perf_counter()
    _log_by_lines(args.prog)
    try:
        import apache_beam as beam
        from apache_beam.io.filesystems import FileSystems
    except ImportError as error:
        raise InputError(
            f"needs Apache Beam ({error}): pip install 'apache-beam>=2.69,<3'"
        ) from error
    from inpaint.cli.beam_work import Filling
    from inpaint.scale import local, pipeline, places

    settings = common.read_settings(args.config, args.postprocess, args.strategy)
    reading = fill_arguments.reading(args, settings)
    work = Filling(args.checkpoint_dir, settings, reading, args.quality)
    options = local.options(args.beam)
    FileSystems.set_options(options)
    if args.failed is not None and not places.is_address(args.failed):
        fill_arguments.check_failed(f"{args.failed}.txt")
    job = beam.Pipeline(options=options)
    pipeline.build(job, places.lists(args.flist), work, args.failed)
    total = pipeline.totals(local.run(job))
    return _told(args, total, time.perf_counter() - start)


class _Lines(logging.Handler):
    """Logs as the commands tell what they have to."""

    def __init__(self, prog):
        super().__init__()
        self._prog = prog

    def emit(self, record):
        common.report(self._prog, record.levelname.lower(), record.getMessage())


def _log_by_lines(prog):
    """Of what is logged in this process only our own is told; errors are raised."""
    logging.getLogger().setLevel(logging.CRITICAL)
    ours = logging.getLogger("inpaint")
    ours.setLevel(logging.WARNING)
    ours.handlers = [_Lines(prog)]
    ours.propagate = False


def _told(args, total, seconds):
    """Says what became of the lines; returns the exit code."""
    names = ("lines", "written", "there", "failed", "without a hole", "doubtful")
    lines, written, there, failed, without, doubtful = (
        int(total.get(x, 0)) for x in names
    )
    if not lines:
        raise InputError(f"{args.flist}: expected lines `image mask output`, got none")
    common.say(
        f"{written} of {lines} pictures written"
        + f" ({without} without a hole, as they were)" * bool(without)
        + f" ({doubtful} with doubtful masks)" * bool(doubtful)
        + f", {there} there already, {failed} failed; "
        f"{total.get('pixels', 0) / 1e6:.1f} megapixels; time total: {seconds:.1f} s, "
        "of all processes "
        + ", ".join(f"{x} {total.get(x, 0):.1f} s" for x in ("read", "fill", "write"))
    )
    if failed:
        where = "--failed PREFIX tells which, and why"
        if args.failed is not None:
            where = f"see {args.failed}.reasons.txt"
        common.report(args.prog, "error", f"{failed} failed: {where}")
    return common.FAILED if failed or (without and written == without) else 0

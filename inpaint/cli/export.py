"""`export.py`, `inpaint export`: writes a model to serve."""

import argparse
import re
import time

from inpaint.checkpoints import exports
from inpaint.cli import common
from inpaint.errors import InputError

_SAVED_MODEL = "saved_model"


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Writes EXPORT_DIR/VERSION, a SavedModel that TensorFlow Serving "
        "serves: pictures of any size in, completed pictures out. docs/serving.md "
        "goes on from there.",
    )
    common.add_weights_arguments(parser)
    parser.add_argument(
        "--export_dir",
        required=True,
        metavar="DIR",
        help="folder of all versions, such as serving/models/inpaint",
    )
    parser.add_argument(
        "--version", type=int, metavar="N", help="default: the next free integer"
    )
    parser.add_argument(
        "--warmup",
        type=_sizes,
        default=[],
        metavar="HxW,HxW",
        help="sizes that a server tries before it serves: heights x widths",
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="run each signature on the finished export before it gets its name",
    )
    parser.add_argument(
        "--format",
        choices=(_SAVED_MODEL, "tflite", "onnx"),
        default=_SAVED_MODEL,
        help="for other runtimes: a file for pictures of one --size",
    )
    parser.add_argument(
        "--size", type=_size, metavar="HxW", help="height x width, for tflite and onnx"
    )
    return common.run(parser, _export, argv)


def _export(args):
    start = time.perf_counter()
    _check(args)
    settings = common.read_settings(args.config)
    with common.quiet_imports(), common.quick_imports():
        from inpaint import checkpoints
        from inpaint.export import portable, saved_model
    stored = checkpoints.open_stored(args.checkpoint_dir)
    padding = getattr(settings.config, "padding", "SAME").lower()
    generator = checkpoints.generator_from(stored, padding)
    generator.limit_memory(settings.config.attention_memory)
    threshold = settings.edge_threshold(stored.edge_threshold)
    _require_agreement(generator, args.checkpoint_dir, settings)
    if args.format == _SAVED_MODEL:
        path = saved_model.export(
            generator,
            args.export_dir,
            args.version,
            args.warmup,
            args.smoke,
            threshold,
        )
    else:
        with common.quiet_imports():  # converters are not quiet either
            path = portable.export(
                generator, args.export_dir, args.format, args.size, threshold
            )
    common.say(f"{path} written in {time.perf_counter() - start:.1f} s")


def _check(args):
    """What can be refused before TensorFlow's slow import."""
    if args.format == _SAVED_MODEL:
        if args.size:
            raise InputError("--size is for tflite and onnx; a SavedModel takes any")
        if args.version is not None:
            exports.check_new(args.export_dir, args.version)
        return
    if not args.size:
        raise InputError(f"{args.format} needs the pictures' --size")
    for name in ("version", "warmup", "smoke"):
        if getattr(args, name):
            raise InputError(f"--{name} is for saved_model, not for {args.format}")


def _require_agreement(generator, weights, settings):
    """An inpaint.yml that merely lies in the current folder is not asked."""
    guided = settings.config.guided
    if settings.asked_for and guided != generator.takes_edge:
        said, found = str(guided).lower(), "" if generator.takes_edge else "not "
        which = "bundled weights" if weights is None else f"weights of {weights}"
        raise InputError(
            f"{settings.file} says guided: {said}, but the {which} are {found}guided"
        )


def _size(text):
    match = re.fullmatch("([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, got {text!r}")
    return int(match[1]), int(match[2])


def _sizes(text):
    return [_size(size) for size in text.split(",")]

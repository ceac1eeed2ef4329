"""What the commands share: arguments, exit codes, one line for whatever goes wrong.

Neither OpenCV nor TensorFlow is imported here: `--help` answers at once.
"""

import argparse
import atexit
import contextlib
import dataclasses
import gc
import os
import sys
import warnings
from typing import NamedTuple, Optional

from inpaint import config
from inpaint.backend import require_tensorflow
from inpaint.cli import interruptible, libraries, namesake
from inpaint.cli.quiet import Quiet
from inpaint.cli.quiet import quiet_imports as quiet_imports
from inpaint.errors import (
    InputError,
    MaskWarning,
    RunError,
    StrategyWarning,
    printable,
)
from inpaint.files import require_local

_HUB = "hf://"
FAILED = 1  # what began well
BAD_INPUT = 2
INTERRUPTED = 130  # as a shell reports a process that SIGINT ended
BROKEN_PIPE = 141  # and SIGPIPE


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, without the usage before it."""

    def error(self, message):
        report(self.prog, "error", message)
        self.exit(BAD_INPUT)


def add_weights_arguments(parser):
    """--checkpoint_dir and --config, which all commands that fill pictures have."""
    parser.add_argument(
        "--checkpoint_dir",
        metavar="DIR",
        help="checkpoint: folder, prefix or .weights.h5 file; default: the weights "
        "that come with the package",
    )
    add_config_argument(parser)


def add_filling_arguments(parser):
    """--quality, --strategy and --postprocess, of the commands that fill pictures."""
    parser.add_argument(
        "--quality",
        type=_quality,
        metavar="1-100",
        help="of JPEG; default: that of the picture, if it is one, or 95",
    )
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        help="how large pictures and deep holes are filled: auto (default), exact, "
        "windows, scaled or residual (docs/large.md)",
    )
    parser.add_argument(
        "--postprocess",
        action="store_true",
        help="fit the hole's colours to its rim by Poisson blending",
    )


def add_size_arguments(parser):
    """--image_height and --image_width: the size to resize pictures and masks to."""
    for side in ("height", "width"):
        parser.add_argument(
            f"--image_{side}",
            type=_pixels,
            default=-1,
            metavar="PIXELS",
            help="resize pictures and masks; default: -1, each keeps its size",
        )


def size_argument(args):
    """(height, width) of those two arguments; None to keep the sizes.

    Raises:
      InputError: only one of them is given.
    """
    size = args.image_height, args.image_width
    if (size[0] == -1) != (size[1] == -1):
        raise InputError("--image_height and --image_width: give both or none")
    return None if size[0] == -1 else size


def add_config_argument(parser, keys="guided, padding, edge_threshold, max_pixels"):
    """--config, of all commands that read pictures; `keys` are those that count."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help=f"settings ({keys}); default: ./inpaint.yml where there is one",
    )


def run(parser, command, argv=None, addresses=False):
    """Runs a command to the end.

    Bad input, and files that the system refuses, give one line on standard error.
    Errors of the program itself keep their traceback.

    Args:
      parser: a `Parser`.
      command: function of the parsed arguments, to which `prog` is added for
        messages; returns an exit code, or None for 0.
      argv: arguments; None for the process's.
      addresses: whether the command takes such as `gs://…` where paths stand.

    Returns:
      The exit code.
    """
    try:
        try:
            with _warnings_on_one_line(parser.prog):
                args = parser.parse_args(argv, argparse.Namespace(prog=parser.prog))
                namesake.require_none()
                if not addresses:
                    _require_local(vars(args).values())
                prepare_libraries()
                with Quiet() as quiet:
                    try:
                        return command(args) or 0
                    except KeyboardInterrupt:
                        quiet.drop()
                        interruptible.leave(INTERRUPTED)
                        raise
        finally:
            print(end="", flush=True)  # here, where a broken pipe is caught
    except InputError as error:
        report(parser.prog, "error", error)
    except RunError as error:
        report(parser.prog, "error", error)
        return FAILED
    except BrokenPipeError:
        _discard_output()
        return BROKEN_PIPE
    except ImportError as error:
        line = libraries.missing(error)
        if line is None:
            raise
        report(parser.prog, "error", line)
    except OSError as error:
        named = f"{error.filename}: {error.strerror}"
        report(parser.prog, "error", error if error.filename is None else named)
    except KeyboardInterrupt:
        return INTERRUPTED
    return BAD_INPUT


def report(prog, kind, message):
    """One line on standard error: `test.py: error: …`."""
    print(f"{prog}: {kind}: {_one_line(message)}", file=sys.stderr, flush=True)


def say(message):
    """One line on standard output, whatever characters file names have."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    line = _one_line(message).encode(encoding, "backslashreplace").decode(encoding)
    print(line, flush=True)


class Settings(NamedTuple):
    """A Config and where it comes from."""

    config: config.Config
    file: Optional[str]  # None: the defaults
    asked_for: bool  # by --config, rather than found in the current folder

    def edge_threshold(self, trained):
        """--config's; else the network's own, `trained`; else that found here."""
        if trained is None or self.asked_for:
            return self.config.edge_threshold
        return trained


def read_settings(path, postprocess=False, strategy=None):
    """The settings of --config's file, else of ./inpaint.yml, else the defaults.

    With `postprocess` or `strategy`, whatever the file says of that.

    Raises:
      InputError: as `config.load`, or there is no such strategy.
    """
    found = _read_settings(path)
    changes = {"postprocess": True} if postprocess else {}
    if strategy is not None:
        changes["strategy"] = strategy
    try:
        changed = dataclasses.replace(found.config, **changes)
    except InputError as error:
        raise InputError(f"--{error}") from None
    return found._replace(config=changed)


def _read_settings(path):
    if path is not None:
        return Settings(config.load(path), path, True)
    if os.path.exists("inpaint.yml"):
        return Settings(config.load("inpaint.yml"), "inpaint.yml", False)
    return Settings(config.Config(), None, False)


@contextlib.contextmanager
def quick_imports():
    """Imports without Python's search for cyclic garbage, which finds none in them.

    TensorFlow makes a million objects that stay to the end. Searching them again and
    again is a fifth of its import; a last time, at the process's end, a second more.
    """
    if "tensorflow" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what is there now is searched no more
        gc.enable()
        atexit.register(gc.freeze)


def _require_local(values):
    """Raise InputError where an argument is an address; weights may be on a hub."""
    for value in values:
        if isinstance(value, (list, tuple)):
            _require_local(value)
        elif isinstance(value, str):
            require_local(value.replace(_HUB, ""))


def _quality(text):
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"expected 1 to 100, got {text!r}")
    return int(text)


def _pixels(text):
    if text != "-1" and (not text.isdecimal() or int(text) < 1):
        raise argparse.ArgumentTypeError(
            f"expected a number of pixels, or -1, got {text!r}"
        )
    return int(text)


def _one_line(message):
    return printable(" ".join(str(message).splitlines()))


@contextlib.contextmanager
def _warnings_on_one_line(prog):
    def show(message, *_, **__):
        report(prog, "warning", message)

    with warnings.catch_warnings():
        warnings.showwarning = show
        # The commands tell it themselves, with the file's name.
        warnings.simplefilter("ignore", MaskWarning)
        warnings.simplefilter("ignore", StrategyWarning)
        yield


def prepare_libraries():
    """Settings that OpenCV, TensorFlow and Keras read when they are imported."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    require_tensorflow()
    # ~/.keras/keras.json may name another backend; the variable goes before it.
    os.environ["KERAS_BACKEND"] = "tensorflow"


def _discard_output():
    """What is still buffered cannot be written: Python would complain at its end."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())

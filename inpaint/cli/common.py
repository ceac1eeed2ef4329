"""What the commands share: arguments, exit codes, one line for whatever goes wrong.

Neither OpenCV nor TensorFlow is imported here: `--help` answers at once.
"""

import argparse
import atexit
import contextlib
import gc
import logging
import os
import sys
import warnings
from typing import NamedTuple, Optional

from inpaint import config
from inpaint.backend import require_tensorflow
from inpaint.errors import InputError, RunError

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


def add_config_argument(parser):
    """--config, of all commands that run a network."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="settings (guided, padding, edge_threshold); default: ./inpaint.yml "
        "where there is one",
    )


def run(parser, command, argv=None):
    """Runs a command to the end.

    Bad input, and files that the system refuses, give one line on standard error.
    Errors of the program itself keep their traceback.

    Args:
      parser: a `Parser`.
      command: function of the parsed arguments, to which `prog` is added for
        messages; returns an exit code, or None for 0.
      argv: arguments; None for the process's.

    Returns:
      The exit code.
    """
    try:
        try:
            with _warnings_on_one_line(parser.prog):
                args = parser.parse_args(argv, argparse.Namespace(prog=parser.prog))
                _prepare_libraries()
                return command(args) or 0
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


def read_settings(path):
    """The settings of --config's file, else of ./inpaint.yml, else the defaults.

    Raises:
      InputError: as `config.load`.
    """
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


@contextlib.contextmanager
def quiet_imports():
    """Keeps off standard error what TensorFlow says when it is imported or warns.

    From 2.16 on TF_CPP_MIN_LOG_LEVEL does not reach the notes of libraries that are
    being loaded. Here it does: set to a value below 3, all of them show.
    """
    if sys.stderr is None or os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "3":
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    for library in ("tensorflow", "absl"):
        logging.getLogger(library).setLevel(logging.ERROR)


def _one_line(message):
    return " ".join(str(message).splitlines())


@contextlib.contextmanager
def _warnings_on_one_line(prog):
    def show(message, *_, **__):
        report(prog, "warning", message)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _prepare_libraries():
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

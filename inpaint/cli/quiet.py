"""Standard error for the program's own lines alone.

libpng and libjpeg print what they think of a file, TensorFlow what it found in the
machine, from any thread, to file descriptor 2. For the time of a command that leads to
`tail`, which keeps the last lines and prints them if the process dies: so the reason
of an abort in there is not lost. What Python prints goes where it always went.
"""

import contextlib
import io
import logging
import os
import subprocess
import sys

from inpaint.errors import InputError, RunError

_TOLD = (InputError, RunError, OSError, KeyboardInterrupt, SystemExit)
_PATIENCE = 10  # seconds
_LINES = 40  # kept of what libraries say


class Quiet:
    """A context that holds back what is written to file descriptor 2.

    Where TF_CPP_MIN_LOG_LEVEL is set below 3, libraries are heard, and this does
    nothing. An exception that leaves the context replays what was held back, unless
    it is one that ends a command with a line of its own.
    """

    def __enter__(self):
        self._kept = self._tail = None
        if sys.stderr is None or os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "3":
            return self
        sys.stderr.flush()
        self._kept = os.dup(2)
        self._stderr = sys.stderr
        if _descriptor(sys.stderr) == 2:
            sys.stderr = io.TextIOWrapper(
                os.fdopen(os.dup(self._kept), "wb", 0),
                encoding=self._stderr.encoding,
                errors=self._stderr.errors,
                write_through=True,
            )
        self._hold()
        return self

    def __exit__(self, kind, *_):
        if self._kept is None:
            return
        told = kind is None or issubclass(kind, _TOLD)
        if self._tail is not None and told:
            self._tail.kill()
        os.dup2(self._kept, 2)  # closes the pipe: tail prints, if it lives
        if sys.stderr is not self._stderr and _descriptor(sys.stderr) is not None:
            sys.stderr.close()
        sys.stderr = self._stderr
        if self._tail is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):  # another has the pipe
                self._tail.wait(_PATIENCE)
        os.close(self._kept)

    def drop(self):
        """Forgets what was held back, and what is yet to come, up to the end."""
        if self._tail is not None:
            self._tail.kill()

    def _hold(self):
        reading, writing = os.pipe()
        try:
            self._tail = subprocess.Popen(
                ["tail", "-n", str(_LINES)],
                stdin=reading,
                stdout=self._kept,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is not meant for it
            )
        except OSError:  # no tail on this machine: what libraries say is lost
            os.close(writing)
            writing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(writing, 2)
        os.close(reading)
        os.close(writing)


def _descriptor(stream):
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return stream.fileno()
    return None


@contextlib.contextmanager
def quiet_imports():
    """Keeps off standard error what TensorFlow says when it is imported or warns.

    From 2.16 on TF_CPP_MIN_LOG_LEVEL does not reach the notes of libraries that are
    being loaded. Here it does: set to a value below 3, all of them show.
    """
    with Quiet():
        yield
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "3":
        for library in ("tensorflow", "absl"):
            logging.getLogger(library).setLevel(logging.ERROR)

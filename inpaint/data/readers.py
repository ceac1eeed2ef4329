"""Keeps tf.data's Python callbacks from crashing the interpreter at exit.

A thread of a dataset that calls into Python while the interpreter shuts down aborts
the process ("terminate called without an active exception"), whatever exit code the
program chose. So, before that, every dataset has to end, and what is being read is
waited for.
"""

import atexit
import contextlib
import threading
import time

QUIET_SECONDS = 0.1  # after the last call, longer than a thread takes to call again
PATIENCE_SECONDS = 10  # with a disk that does not answer

_leaving = threading.Event()
_inside = set()  # idents of threads
_last_call = float("-inf")


@contextlib.contextmanager
def inside():
    """A context for what a dataset's thread does in Python."""
    global _last_call
    _inside.add(threading.get_ident())
    try:
        yield
    finally:
        _last_call = time.monotonic()
        _inside.discard(threading.get_ident())


def have_to_leave():
    """Whether the program ends, so that a dataset must end too, without reading."""
    return _leaving.is_set()


@atexit.register
def _wait():
    _leaving.set()
    begun = time.monotonic()
    while _inside or time.monotonic() < _last_call + QUIET_SECONDS:
        if time.monotonic() > begun + PATIENCE_SECONDS:
            return
        time.sleep(0.01)

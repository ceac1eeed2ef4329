"""Calls that end at once on Ctrl-C, whatever library is at work in them.

Python hears a signal between two of its own steps, in its main thread. A network's
fill is one step of many seconds; so it runs in another thread, and this one waits.
"""

import os
import sys
import threading
from concurrent.futures import Future

_running = set()


def call(function, *args, **options):
    """`function(*args, **options)`, its result or what it raises."""
    outcome = Future()

    def work():
        try:
            outcome.set_result(function(*args, **options))
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            _running.discard(thread)

    thread = threading.Thread(target=work, daemon=True)
    _running.add(thread)
    thread.start()
    return outcome.result()


def leave(code):
    """End the process where a call is still at work, which could not be joined."""
    if _running:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)

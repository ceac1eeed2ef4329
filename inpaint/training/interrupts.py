"""Being told to stop, by Ctrl-C or by a scheduler."""

import contextlib
import signal

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def on_signals(stop):
    """SIGINT and SIGTERM call `stop` with their name, once; a second one kills."""
    # Known before a handler is set, which may be called at once. None: a handler that
    # Python did not install and cannot put back.
    previous = {n: signal.getsignal(n) or signal.SIG_DFL for n in _NUMBERS}

    def handle(number, _):
        signal.signal(number, previous[number])
        stop(signal.Signals(number).name)

    with _handled(dict.fromkeys(_NUMBERS, handle), previous):
        yield


@contextlib.contextmanager
def deadly_signals():
    """SIGINT and SIGTERM end the process at once, even inside a call that blocks."""
    previous = {n: signal.getsignal(n) or signal.SIG_DFL for n in _NUMBERS}
    with _handled(dict.fromkeys(_NUMBERS, signal.SIG_DFL), previous):
        yield


@contextlib.contextmanager
def _handled(handlers, previous):
    try:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

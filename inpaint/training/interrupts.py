"""Being told to stop, by Ctrl-C or by a scheduler."""

import contextlib
import signal


@contextlib.contextmanager
def on_signals(stop):
    """SIGINT and SIGTERM call `stop` with their name, once; a second one kills."""

    def handle(number, _):
        signal.signal(number, previous[number])
        stop(signal.Signals(number).name)

    previous = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

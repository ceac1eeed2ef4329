"""Progress of a batch, with pictures per second, and of a picture that takes long.

The network has been loaded before this file is imported, which imports Keras.
"""

import sys
import threading
import time

import keras

from inpaint.cli import common, model


class Progress:
    """A bar on a terminal; elsewhere, as in a log, a line for each picture.

    Several threads may call it: each line stands by itself.

    Args:
      total: number of pictures.
    """

    def __init__(self, total):
        self._total = total
        self._done = 0
        self._written = 0
        self._start = time.perf_counter()
        self._bar = None
        self._lock = threading.Lock()
        if sys.stdout is not None and sys.stdout.isatty():
            self._bar = keras.utils.Progbar(
                total, stateful_metrics=["pictures/s"], unit_name="picture"
            )

    def step(self, written=None):
        """One more picture is done with; `written` is its path, None if it failed."""
        with self._lock:
            self._done += 1
            self._written += written is not None
            rate = self._written / (time.perf_counter() - self._start)
            if self._bar:
                self._bar.update(self._done, [("pictures/s", rate)])
            elif written is not None:
                count = f"{self._done}/{self._total}"
                common.say(f"{count} {written} - {rate:.2f} pictures/s")

    def report(self, prog, kind, message):
        """`common.report`, below the line that the bar stands in."""
        with self._lock:
            if self._bar:
                print(flush=True)
            common.report(prog, kind, message)


class Steps:
    """A bar, on a terminal, of how far the fill of one picture is, if it takes long.

    For `Inpainter`'s `progress`.
    """

    def __init__(self):
        self._start = self._bar = None
        self._shows = sys.stdout is not None and sys.stdout.isatty()

    def __call__(self, done, steps):
        now = time.perf_counter()
        if self._start is None:
            self._start = now
        each = (now - self._start) / max(done, 1)
        if self._shows and not self._bar and done and each * steps > model.LONG:
            self._bar = keras.utils.Progbar(steps, unit_name="window")
        if self._bar:
            self._bar.update(done)

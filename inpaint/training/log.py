"""What a training tells while it runs: a bar on a terminal, a line now and then else.

step 120/300 [=========>...............] ae_loss 0.53 d_loss 0.98 15 images/s 0:12
step 120 of 300: ae_loss 0.5312, g_loss 0.6512, d_loss 0.9814; 15.2 images/s
"""

import shutil
import sys
import time

SECONDS = 10.0  # from one line to the next, where nobody looks at a bar
_REFRESH = 0.5  # seconds, of the bar
_LOSSES = 4  # shown, at most
_NAMED = 20  # skipped pictures, at most
_SHORTEST_BAR = 10  # characters


class Log:
    """Shows how far a training is.

    Args:
      end: step that it ends with, or None where that is too far off to tell of.
      say: function of one line of text.
      terminal: stream for a bar; None: none, lines only. Default: standard output, if
        it is a terminal.
      clock: function that tells the time in seconds.
    """

    def __init__(self, end, say, terminal="stdout", clock=time.monotonic):
        if terminal == "stdout":
            stream = sys.stdout
            terminal = stream if stream is not None and stream.isatty() else None
        self._end = end
        self._say = say
        self._terminal = terminal
        self._clock = clock
        self._first = None  # (step, time) of the first one shown: for the rest's time
        self._last = float("-inf")
        self._width = 0  # of the bar that stands in the last line
        self._named = 0  # skipped pictures, so far

    def step(self, step, scalars, rate, learning_rates=None):
        """A step has been done.

        Args:
          step: its number, counted from the training's beginning.
          scalars: losses by tag.
          rate: pictures a second.
          learning_rates: by tag, those that change; lines name them.
        """
        now = self._clock()
        self._first = self._first or (step, now)
        if now - self._last < (_REFRESH if self._terminal else SECONDS):
            return
        self._last = now
        if self._terminal:
            self._draw(self._bar(step, scalars, rate, now))
        else:
            self.line(self.describe(step, scalars, rate, learning_rates))

    def describe(self, step, scalars, rate=None, learning_rates=None):
        """One line on a step: losses or figures by tag, rates, pictures a second."""
        shown = {**scalars_to_show(scalars), **(learning_rates or {})}
        values = ", ".join(f"{k} {v:.4g}" for k, v in shown.items())
        speed = "" if rate is None else f"; {rate:.3g} images/s"
        end = "" if self._end is None else f" of {self._end}"
        return f"step {step}{end}: {values}{speed}"

    def skipped(self, pictures):
        """A line on each picture that was skipped since the last call.

        Args:
          pictures: path: what is wrong with it, of all that were skipped.
        """
        reasons = list(pictures.values())  # readers of pictures add to it
        for reason in reasons[self._named : _NAMED]:
            self.line(f"skipped {reason}")
        self._named = len(reasons)

    def end(self, step, folder, skipped):
        """What has come of it, and how to try it."""
        if skipped:
            self.line(f"pictures that could not be read: {len(skipped)}")
        self.line(
            f"{step} steps, weights in {folder}; try: test.py --image photo.png "
            f"--mask mask.png --checkpoint_dir {folder}"
        )

    def line(self, text):
        """One line of text, below the bar if there is one."""
        if self._width:
            print(file=self._terminal, flush=True)
            self._width = 0
        self._say(text)

    def _bar(self, step, scalars, rate, now):
        shown = [f"{k} {v:.3g}" for k, v in scalars_to_show(scalars).items()]
        left, right = f"step {step}", [*shown, f"{rate:.3g} images/s"]
        if self._end is None:
            return " ".join([left, *right])
        before, began = self._first
        if step > before:
            seconds = round((now - began) / (step - before) * (self._end - step))
            right.append(f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}")
        left, right = f"{left}/{self._end}", " ".join(right)
        room = _columns() - len(left) - len(right) - 4
        if room < _SHORTEST_BAR:
            return f"{left} {right}"
        done = min(room, room * step // self._end)
        return f"{left} [{'=' * done}{'.' * (room - done)}] {right}"

    def _draw(self, text):
        text = text[: _columns()]
        blank = " " * (self._width - len(text))
        self._width = len(text)
        print(f"\r{text}{blank}", end="", file=self._terminal, flush=True)


def scalars_to_show(scalars):
    """At most four of a step's losses, by names that tell them apart.

    The totals, which stand in `losses/` and in the upper groups of tags; where no tag
    is one of a loss, such as `val/psnr`, all are shown.

    Example:
      >>> scalars_to_show({"gan/d_loss": 1.0, "losses/g_loss": 0.5, "gan/g_loss": 2.0})
      {'g_loss': 0.5, 'd_loss': 1.0}
    """
    losses = [tag for tag in scalars if tag.endswith("_loss")] or list(scalars)

    def rank(tag):
        return (
            not tag.startswith("losses/"),
            tag.count("/"),
            not tag.endswith("/d_loss"),
        )

    shown = {}
    for tag in sorted(losses, key=rank):
        name = tag.rpartition("/")[2]
        if len(shown) < _LOSSES:
            shown.setdefault(name, scalars[tag])
    return shown


def _columns():
    """Of the terminal; its last stays free, so that no cursor goes on to a new line."""
    return max(shutil.get_terminal_size().columns - 1, 1)

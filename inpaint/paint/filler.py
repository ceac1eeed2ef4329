"""Fills one picture at a time, by what is chosen; the next waits."""

import threading
from concurrent.futures import Future

PLACES = 2  # one fill that runs and one that waits


class Busy(Exception):
    """There is a fill that runs and one that waits already."""


class Cancelled(Exception):
    """The fill was not wanted any more."""


class Job:
    """A fill, from its request to its end.

    Attributes:
      done, steps: how far it is; 0 steps before it has begun.
      outcome: a Future, whose exception is Cancelled as soon as it is cancelled.
    """

    def __init__(self):
        self.done = self.steps = 0
        self.cancelled = False
        self.outcome = Future()

    def progress(self, done, steps):
        """Is told how far the fill is; ends it with Cancelled if it is cancelled."""
        self.done, self.steps = done, steps
        if self.cancelled:
            raise Cancelled


class Filler:
    """Runs fills, each in a thread of its own, one at a time.

    Args:
      choices: what there is to fill with, the first one as the page begins. Each has
        `name`, `title`, `guided` and `attention` (what the network takes and shows,
        known once it is loaded), `load()`, and `fill` and `attend`, functions of the
        paths of a picture, its mask, its sketch or None, and the output, and of a
        function of steps done and steps.
    """

    def __init__(self, choices):
        self.choices = {choice.name: choice for choice in choices}
        self._ready = set()
        self._jobs = {}  # by photograph
        self._taken = 0
        self._running = False
        self._changed = threading.Condition()

    def is_ready(self, name):
        """Whether a choice is loaded."""
        return name in self._ready

    def load(self):
        """Loads all choices, the first one first; raises what they raise."""
        for choice in self.choices.values():
            choice.load()
            with self._changed:
                self._ready.add(choice.name)
                self._changed.notify_all()

    def run(self, photograph, name, work):
        """What `work(progress)` returns, when it is its turn and a choice is loaded.

        Args:
          photograph: its number, by which `cancel` and `progress` know the fill.
          name: of a choice.
          work: see above; calls progress(done, steps), which may end it.

        Raises:
          Busy, Cancelled: see there. A cancelled fill that is at work on one step
            ends with that step, and only then does the next begin.
        """
        job = Job()
        with self._changed:
            if self._taken == PLACES:
                raise Busy
            self._taken += 1
            self._jobs[photograph] = job
        threading.Thread(target=self._run, args=(job, name, work), daemon=True).start()
        try:
            return job.outcome.result()
        finally:
            with self._changed:
                if self._jobs.get(photograph) is job:
                    del self._jobs[photograph]

    def cancel(self, photograph):
        """Ends the fill of a photograph; returns whether there was one."""
        with self._changed:
            job = self._jobs.get(photograph)
            if job is None or job.outcome.done():
                return False
            job.cancelled = True
            job.outcome.set_exception(Cancelled())
            self._changed.notify_all()
            return True

    def progress(self, photograph):
        """(steps done, steps) of the fill of a photograph; None without one."""
        job = self._jobs.get(photograph)
        return None if job is None else (job.done, job.steps)

    def _run(self, job, name, work):
        with self._changed:
            self._changed.wait_for(lambda: job.cancelled or self._may_begin(name))
            if job.cancelled:
                self._taken -= 1
                return
            self._running = True
        result = error = None
        try:
            result = work(job.progress)
        except BaseException as raised:
            error = raised
        with self._changed:
            self._taken -= 1
            self._running = False
            self._changed.notify_all()
            if job.cancelled:
                return
            if error is None:
                job.outcome.set_result(result)
            else:
                job.outcome.set_exception(error)

    def _may_begin(self, name):
        return not self._running and name in self._ready

"""The pictures of a list, one after the other by one network.

While one is filled, the next are read and the last is written, in other threads. The
network has been loaded before this file is imported, which imports Keras.
"""

import collections
import os
from concurrent.futures import ThreadPoolExecutor

from inpaint.cli import fill_list, model, pictures
from inpaint.cli.progress import Progress
from inpaint.errors import InputError
from inpaint.pictures import images

READ_AHEAD = 2  # pictures


class Pipeline:
    """Fills the pictures of a list.

    A picture that cannot be read, filled or written is reported with the number of
    its line, and the rest goes on.

    Args:
      inpainter: an `Inpainter`.
      args: the command's arguments: `prog`, `flist` (None: there is no list),
        `skip_existing`, `quality`.
      reading: a `pictures.Reading`.

    Attributes:
      done: a Counter of lines: "failed"; "there", by now, of those to skip then;
        "without a hole", which are written as they were.
      failed: the lines that could not be done.
    """

    def __init__(self, inpainter, args, reading):
        self.done = collections.Counter()
        self.failed = []
        self._inpainter = inpainter
        self._args = args
        self._reading = reading

    def run(self, lines):
        """Fills the pictures of all lines and counts in `done`."""
        self._progress = Progress(len(lines))
        at_once = fill_list.is_chained(lines)  # nothing ahead: it may not be there yet
        with ThreadPoolExecutor(READ_AHEAD) as readers, ThreadPoolExecutor(1) as writer:
            jobs = ((line, None) for line in lines)
            jobs = _by_threads(readers, self._read, jobs, 0 if at_once else READ_AHEAD)
            jobs = map(self._fill, jobs)
            jobs = _by_threads(writer, self._finish, jobs, 0 if at_once else 1)
            collections.deque(jobs, maxlen=0)

    # A job is (line, what is made of it so far: a Picture, at last the one to write, or
    # the InputError that it ended in, or None if its output was there already).

    def _read(self, job):
        line, _ = job
        if self._is_there(line):
            return line, None
        try:
            picture = pictures.read(line.image, line.mask, line.edge, self._reading)
            floats = picture.image.dtype == "float32"
            images.check_output(line.output, picture.mask.shape, floats)
        except InputError as error:
            return line, error
        return line, picture

    def _fill(self, job):
        line, picture = job
        if isinstance(picture, InputError):
            return job
        if picture is None or self._is_there(line):  # another run may have been faster
            return line, None
        if picture.doubt:
            self._report(line, "warning", f"{line.mask} {picture.doubt}")
        if not picture.mask.any():
            self.done["without a hole"] += 1
            return job
        remark = model.remark(self._inpainter, picture.mask)
        if remark is not None:
            kind, message = remark
            self._report(line, kind, f"{line.image}: {message}")
        try:
            filled = model.fill(self._inpainter, picture, line.image)
            return line, picture._replace(image=filled)
        except InputError as error:
            return line, error

    def _finish(self, job):
        """Writes the picture; also reports in the order of the lines."""
        line, result = job
        if result is None:
            self.done["there"] += 1
            self._progress.step()
            return
        try:
            if isinstance(result, InputError):
                raise result
            images.write_image(
                line.output, result.image, result.metadata, self._args.quality
            )
        except InputError as error:
            self.done["failed"] += 1
            self.failed.append(line)
            self._report(line, "error", error)
            self._progress.step()
        else:
            self._progress.step(written=line.output)

    def _is_there(self, line):
        return self._args.skip_existing and os.path.exists(line.output)

    def _report(self, line, kind, message):
        where = f"{self._args.flist}: line {line.number}: " if self._args.flist else ""
        self._progress.report(self._args.prog, kind, f"{where}{message}")


def _by_threads(pool, function, items, ahead):
    """As map, by a pool's threads, at most `ahead` items ahead of who takes them."""
    pending = collections.deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) > ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()

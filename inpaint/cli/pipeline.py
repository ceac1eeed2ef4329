"""The pictures of a list, one after the other by one network.

While one is filled, the next are read and the last is written, in other threads. The
network has been loaded before this file is imported, which imports Keras.
"""

import collections
from concurrent.futures import ThreadPoolExecutor

from inpaint.cli import common, fill_list, model, pictures
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
      args: the command's arguments: `prog`, `flist`.
      size: see `pictures.read`.
    """

    def __init__(self, inpainter, args, size):
        self.failed = 0
        self._inpainter = inpainter
        self._args = args
        self._size = size

    def run(self, lines):
        """Fills the pictures of all lines; `failed` counts those that it cannot."""
        self._progress = Progress(len(lines))
        at_once = fill_list.is_chained(lines)  # nothing ahead: it may not be there yet
        with ThreadPoolExecutor(READ_AHEAD) as readers, ThreadPoolExecutor(1) as writer:
            jobs = ((line, None) for line in lines)
            jobs = _by_threads(readers, self._read, jobs, 0 if at_once else READ_AHEAD)
            jobs = map(self._fill, jobs)
            jobs = _by_threads(writer, self._finish, jobs, 0 if at_once else 1)
            collections.deque(jobs, maxlen=0)

    # A job is (line, what is made of it so far or the InputError that it ended in).

    def _read(self, job):
        line, _ = job
        try:
            picture = pictures.read(line.image, line.mask, line.edge, self._size)
            images.check_output(line.output)
        except InputError as error:
            return line, error
        return line, picture

    def _fill(self, job):
        line, picture = job
        if isinstance(picture, InputError):
            return job
        if not picture.mask.any():
            self._report(line, "warning", f"{line.mask} has no hole: nothing to fill")
            return line, picture.image
        try:
            return line, model.fill(self._inpainter, picture, line.image)
        except InputError as error:
            return line, error

    def _finish(self, job):
        """Writes the picture; also reports in the order of the lines."""
        line, result = job
        try:
            if isinstance(result, InputError):
                raise result
            images.write_image(line.output, result)
        except InputError as error:
            self.failed += 1
            self._report(line, "error", error)
            self._progress.step()
        else:
            self._progress.step(written=line.output)

    def _report(self, line, kind, message):
        self._progress.make_room()
        where = f"{self._args.flist}: line {line.number}"
        common.report(self._args.prog, kind, f"{where}: {message}")


def _by_threads(pool, function, items, ahead):
    """As map, by a pool's threads, at most `ahead` items ahead of who takes them."""
    pending = collections.deque()
    for item in items:
        pending.append(pool.submit(function, item))
        if len(pending) > ahead:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()

"""The stages of the pipeline: each takes an element on, or tells why it cannot."""

import io
import logging
import time
from typing import NamedTuple

import apache_beam as beam
from apache_beam.metrics.metric import Metrics

from inpaint.errors import InputError, one_line
from inpaint.scale import places

NAMESPACE = "inpaint"
FAILED = "failed"  # the tag of what could not be done
TEXT = "utf-8", "surrogateescape"  # a file's name may be any bytes

_log = logging.getLogger(__name__)


class Row(NamedTuple):
    """A row of a list as it stands there; `flist` and `text` are bytes."""

    flist: bytes
    number: int
    text: bytes

    def __str__(self):
        return f"{self.flist.decode(*TEXT)}: line {self.number}"


def attempt(stage, function, *arguments):
    """What a function makes of arguments, or the exception that it ends in.

    What it took counts for the stage. Whatever it is that one picture of ten million
    raises, the others go on: but for bad input, a log has the traceback.
    """
    start = time.perf_counter()
    try:
        return function(*arguments)
    except (InputError, OSError) as error:
        return error
    except Exception as error:
        _log.exception("%s: %s", stage, one_line(error))
        return error
    finally:
        microseconds = round(1e6 * (time.perf_counter() - start))
        Metrics.distribution(NAMESPACE, f"{stage}_microseconds").update(microseconds)


def count(name, number=1):
    """Adds to one of the job's counters."""
    Metrics.counter(NAMESPACE, name).inc(number)


def failed(row, error):
    """The element of a row that could not be done: (itself, the reason), as bytes."""
    count("failed")
    reason = one_line(error)
    if not isinstance(error, (InputError, OSError)):
        reason = f"{type(error).__name__}: {reason}"
    if not reason.startswith(f"{row}: "):
        reason = f"{row}: {reason}"
    return beam.pvalue.TaggedOutput(FAILED, (row.text, reason.encode(*TEXT)))


class Rows(beam.DoFn):
    """The path of a list → its rows that are not blank."""

    def process(self, path):
        # A list from Windows may begin with a mark.
        with places.open_list(path.decode(*TEXT)) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", errors=TEXT[1])
            for number, row in enumerate(text, start=1):
                if row.strip():
                    count("lines")
                    yield tuple(Row(path, number, row.strip("\n").encode(*TEXT)))


class Parse(beam.DoFn):
    """A row → (its output's name, the row)."""

    def __init__(self, work):
        self._work = work

    def process(self, element):
        row = Row(*element)
        line = attempt("read", self._line, row)
        if isinstance(line, Exception):
            yield failed(row, line)
        else:
            yield places.name_of(line.output).encode(*TEXT), element

    def _line(self, row):
        line = parsed(self._work, row)
        inputs = {places.name_of(x) for x in (line.image, line.mask, line.edge) if x}
        if places.name_of(line.output) in inputs:
            raise InputError(f"{line.output}: expected an output that is no input")
        return line


class Once(beam.DoFn):
    """(An output's name, all rows that have it) → the row, if there is one."""

    def process(self, element):
        _, elements = element
        rows = sorted(Row(*x) for x in elements)
        if len(rows) == 1:
            yield tuple(rows[0])
            return
        for row in rows:
            other = rows[0] if row is not rows[0] else rows[1]
            yield failed(row, InputError(f"its output is that of {other} too"))


class Read(beam.DoFn):
    """A row → (row, line, picture), where its output is not there yet."""

    def __init__(self, work):
        self._work = work

    def process(self, element):
        row = Row(*element)
        line = parsed(self._work, row)
        picture = attempt("read", self._read, line)
        if isinstance(picture, Exception):
            yield failed(row, picture)
        elif picture is None:
            count("there")
        else:
            yield row, line, picture

    def _read(self, line):
        return None if places.is_there(line.output) else self._work.read(line)


class Write(beam.DoFn):
    """(Row, line, filled picture) → its file."""

    def __init__(self, work):
        self._work = work

    def process(self, element):
        row, line, picture = element
        problem = picture
        if not isinstance(picture, Exception):
            problem = attempt("write", self._write, line, picture)
        if isinstance(problem, Exception):
            yield failed(row, problem)
            return
        count("written")
        count("pixels", picture.mask.size)
        if not picture.mask.any():
            count("without a hole")

    def _write(self, line, picture):
        places.write(line.output, self._work.encode(line, picture))


def parsed(work, row):
    """The line of a row; raises InputError where it has none."""
    return work.parse(row.flist.decode(*TEXT), row.number, row.text.decode(*TEXT))

"""Lists of pictures → filled pictures, and lists of those that could not be.

Every stage may run again, in another process, after a failure of the first: what it
wrote is there, or it writes the same bytes once more.
"""

from typing import Protocol

import apache_beam as beam
from apache_beam.io.textio import WriteToText
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.ml.inference.base import RunInference

from inpaint.scale import stages
from inpaint.scale.handler import Handler


class Work(Protocol):
    """What is done with a line; it goes to other processes, so it can be pickled."""

    def parse(self, flist, number, text):
        """The line of a row of a list; has `image`, `mask`, `edge` and `output`."""

    def read(self, line):
        """The line's picture; has `image` and `mask`."""

    def load(self):
        """The network, for `fill`; for all pictures of a process."""

    def fill(self, network, line, picture):
        """The picture, filled."""

    def encode(self, line, picture):
        """The bytes of the file that is written."""


def build(pipeline, lists, work, failed=None):
    """Adds to a `beam.Pipeline` all that fills the pictures of lists.

    Rows are grouped by their outputs, which spreads them over the processes and tells
    outputs that two rows name, of which neither is written.

    Args:
      lists: paths or addresses.
      work: a `Work`.
      failed: the beginning of two names: `failed`.txt gets the rows that could not be
        done and `failed`.reasons.txt the reasons; or None.
    """
    tag = stages.FAILED
    rows = (
        pipeline
        | "Lists" >> beam.Create([path.encode(*stages.TEXT) for path in lists])
        | "Spread lists" >> beam.Reshuffle()
        | "Rows" >> beam.ParDo(stages.Rows())
    )
    parsed = rows | "Parse" >> beam.ParDo(stages.Parse(work)).with_outputs(
        tag, main="done"
    )
    once = (
        parsed.done
        | "By output" >> beam.GroupByKey()
        | "Once" >> beam.ParDo(stages.Once()).with_outputs(tag, main="done")
    )
    read = once.done | "Read" >> beam.ParDo(stages.Read(work)).with_outputs(
        tag, main="done"
    )
    written = (
        read.done
        | "Fill" >> RunInference(Handler(work, stages.attempt))
        | "Write" >> beam.ParDo(stages.Write(work)).with_outputs(tag, main="done")
    )
    if failed is None:
        return
    found = [getattr(each, tag) for each in (parsed, once, read, written)]
    found = found | "Failed" >> beam.Flatten()
    for part, name in enumerate((".txt", ".reasons.txt")):
        _ = (
            found
            | f"Of failed{name}" >> beam.Map(_part, part)
            | f"Write failed{name}"
            >> WriteToText(
                failed,
                file_name_suffix=name,
                num_shards=1,
                shard_name_template="",
                coder=beam.coders.BytesCoder(),
            )
        )


def totals(result):
    """The counters of a finished job, and seconds by stage: dict of name → number."""
    found = result.metrics().query(MetricsFilter().with_namespace(stages.NAMESPACE))
    total = {}
    for metric in found["counters"]:
        name = metric.key.metric.name
        total[name] = total.get(name, 0) + metric.result
    for metric in found["distributions"]:
        name = metric.key.metric.name.removesuffix("_microseconds")
        total[name] = total.get(name, 0) + metric.result.sum / 1e6
    return total


def _part(element, number):
    return element[number]

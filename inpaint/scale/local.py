"""Beam's options, and jobs on this machine, whose processes may be killed."""

import re
import threading

from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    StandardOptions,
    TypeOptions,
)

from inpaint.errors import InputError, RunError

_LOCAL = (None, "DirectRunner", "FnApiRunner")
_WORKERS = "run_worker"  # Beam's name of the threads that wait for its processes
_BAD_INPUT = re.compile(r"InputError: (.*?)(?: \[while running .*)?$", re.MULTILINE)


stuck = False  # whether threads are left that no end of the program can join


def options(arguments):
    """Beam's `PipelineOptions` of a command line.

    On this machine several workers are processes unless something else is said, and
    an argument that nobody knows is an error: other runners know more than Beam does.

    Raises:
      InputError: as said.
    """
    made, parsers = PipelineOptions(arguments), []
    known = made.get_all_options(add_extra_args_fn=parsers.append)
    if known["runner"] not in _LOCAL:
        return made
    _, unknown = parsers[0].parse_known_args(arguments)
    if unknown:
        raise InputError(f"unrecognized arguments, also by Beam: {' '.join(unknown)}")
    direct = made.view_as(DirectOptions)
    if direct.direct_num_workers != 1 and direct.direct_running_mode == "in_memory":
        direct.direct_running_mode = "multi_processing"
    # The runner that is tried first with safe ones has one process, and is downloaded.
    made.view_as(TypeOptions).allow_unsafe_triggers = True
    made.view_as(StandardOptions).runner = "DirectRunner"
    return made


def run(pipeline):
    """Runs a `beam.Pipeline` to its end; returns its result.

    Raises:
      InputError: the weights cannot be loaded.
      RunError: a process of this machine was killed, for which Beam would wait for
        ever: `stuck` is true then, as after Ctrl-C, and the program must end by
        `os._exit`.
    """
    global stuck
    ended = threading.Event()
    outcome, lost, others = [], [], []
    usual = threading.excepthook

    def work():
        try:
            result = pipeline.run()
            result.wait_until_finish()
            outcome.append(result)
        except BaseException as error:
            outcome.append(error)
        finally:
            ended.set()

    def note(failure):
        if failure.thread is not None and failure.thread.name == _WORKERS:
            lost.append(failure.exc_value)
            ended.set()
        else:
            others.append(failure)  # such as of a worker's connection

    threading.excepthook = note
    threading.Thread(target=work, daemon=True).start()
    try:
        ended.wait()
    except KeyboardInterrupt:
        stuck = True
        raise
    if lost and not outcome:
        stuck = True  # and what else goes wrong now is of no interest
        raise RunError(
            f"a process of the job was lost: {lost[0]}; start the job again: what is "
            "written is left out"
        )
    threading.excepthook = usual
    for failure in others:
        usual(failure)
    (result,) = outcome
    if not isinstance(result, BaseException):
        return result
    found = _BAD_INPUT.findall(str(result))
    if isinstance(result, InputError) or found:
        raise InputError(found[-1] if found else str(result)) from result
    raise result

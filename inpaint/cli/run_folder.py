"""The folder that a training writes into: made, and taken away again if none begins."""

import contextlib
import os
import signal
import sys

from inpaint.errors import InputError
from inpaint.files import require_local


@contextlib.contextmanager
def made(log_dir, resume):
    """A context with the folder; never begins where another training lies.

    If it ends in an error, the folders that it made go again, as far as they are empty.

    Args:
      log_dir: the folder.
      resume: whether a training goes on there.

    Raises:
      InputError: if it cannot be made, or holds checkpoints and is not resumed.
    """
    require_local(log_dir)
    if not resume and os.path.exists(os.path.join(log_dir, "checkpoint")):
        raise InputError(
            f"{log_dir}: holds checkpoints already: --resume it, or choose another "
            "log_dir"
        )
    missing, above = [], os.path.abspath(log_dir)
    while not os.path.lexists(above):
        missing.append(above)
        above = os.path.dirname(above)
    try:
        os.makedirs(log_dir, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{log_dir}: cannot be made: {reason}") from None
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # not empty
            for folder in missing:
                os.rmdir(folder)
        raise


@contextlib.contextmanager
def ended_by_sigterm():
    """A context that SIGTERM ends as an exit, so that `made` takes its folder away."""
    previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous or signal.SIG_DFL)

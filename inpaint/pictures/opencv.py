"""What OpenCV, Python or the system raise, as errors of one line."""

import contextlib

import cv2

from inpaint.errors import InputError, one_line


@contextlib.contextmanager
def one_line_errors(what):
    """A context whose errors are InputErrors that begin with `what`."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, MemoryError, cv2.error) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "err", None)
        raise InputError(f"{what}: {one_line(reason or error)}") from error

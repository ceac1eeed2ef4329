"""Whether layers keep to operations that other runtimes have."""

import contextlib
import contextvars

_wanted = contextvars.ContextVar("portable operations", default=False)


@contextlib.contextmanager
def portable_operations():
    """Layers called within it use operations that LiteRT and ONNX have.

    Example:
      >>> with portable_operations():
      ...     print(wanted())
      True
    """
    token = _wanted.set(True)
    try:
        yield
    finally:
        _wanted.reset(token)


def wanted():
    """Whether this is called within `portable_operations`."""
    return _wanted.get()

"""`guided_batch_test.py`, `inpaint guided`: fills a list's pictures by sketches."""

from inpaint.cli import batch


def main(argv=None, prog=None):
    """Returns the exit code; see `batch.main`."""
    return batch.main(argv, prog, guided=True, remedy="use batch_test.py")

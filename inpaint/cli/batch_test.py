"""`batch_test.py`, `inpaint batch`: fills the pictures of a list."""

from inpaint.cli import batch


def main(argv=None, prog=None):
    """Returns the exit code; see `batch.main`."""
    return batch.main(argv, prog, guided=False, remedy="use guided_batch_test.py")

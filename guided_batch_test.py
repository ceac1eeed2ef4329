"""Fills the pictures of a list by sketches; `python guided_batch_test.py --help`."""

import sys

from inpaint.cli.guided_batch_test import main

if __name__ == "__main__":
    sys.exit(main())

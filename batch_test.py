"""Fills the pictures of a list; `python batch_test.py --help`."""

import sys

from inpaint.cli.batch_test import main

if __name__ == "__main__":
    sys.exit(main())

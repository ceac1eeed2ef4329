"""Fills the hole of one picture; `python test.py --help`."""

import sys

from inpaint.cli.test import main

if __name__ == "__main__":
    sys.exit(main())

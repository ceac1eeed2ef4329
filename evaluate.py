"""Measures how well models fill holes; `python evaluate.py --help`."""

import sys

from inpaint.cli.evaluate import main

if __name__ == "__main__":
    sys.exit(main())

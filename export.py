"""Writes a model to serve; `python export.py --help`."""

import sys

from inpaint.cli.export import main

if __name__ == "__main__":
    sys.exit(main())

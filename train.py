"""Trains a model, or fine-tunes released weights; `python train.py --help`."""

import sys

from inpaint.cli.train import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m inpaint` is the command `inpaint`."""

import sys

from inpaint.cli import main

sys.exit(main())

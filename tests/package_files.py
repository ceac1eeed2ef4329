"""What pyproject.toml says is installed, read without a build."""

import json
import re

from commands import ROOT


def package_data():
    """Paths of the files beside the code."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[tool.setuptools.package-data]\n")[2]
    patterns = json.loads(re.match(r"inpaint = (\[.*\])\n", section)[1])
    return {x for pattern in patterns for x in (ROOT / "inpaint").glob(pattern)}

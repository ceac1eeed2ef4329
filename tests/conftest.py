"""Puts examples/stand_in.py within reach and keeps TensorFlow's notes out of sight."""

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples"))


@pytest.fixture(scope="session")
def small_exports(tmp_path_factory):
    """Small networks, exported and served: see small_exports.py."""
    from small_exports import SmallExports

    exports = SmallExports(tmp_path_factory.mktemp("exports"))
    yield exports
    exports.close()

"""The golden files: numbers that the original release's graph computed.

The folder is tests/golden, or what the environment variable INPAINT_GOLDEN names.
Whatever its v1/ and v2/ hold is tested; a folder that has neither fails.
"""

import os
from pathlib import Path

import numpy as np

FOLDER = Path(os.environ.get("INPAINT_GOLDEN") or Path(__file__).parent / "golden")
VERSIONS = [v for v in ("v1", "v2") if (FOLDER / v).is_dir()] or ["v1", "v2"]
OPS = FOLDER / "v2" / "ops.npz"
OPS_V1 = FOLDER / "v1" / "ops.npz"
TOLERANCE = 5e-4  # on float outputs; the original's own noise is up to 1e-4


def forward_files(version):
    return sorted((FOLDER / version).glob("forward_*.npz"))


def arrays(path):
    """All arrays of a file by name; none if there is no such file."""
    if not path.is_file():
        return {}
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def assert_offset_pictures_equal(actual, expected, scale):
    """Within the tolerance everywhere, but for what one flipped place may colour.

    Two background patches may fit a place equally well up to rounding. Enlarged
    `scale` times, a place colours at most (2·scale)² pixels.
    """
    assert actual.shape == expected.shape
    wrong = np.any(np.abs(actual - expected) > TOLERANCE, axis=-1)
    assert wrong.sum() <= (2 * scale) ** 2, f"{wrong.sum()} of {wrong.size} pixels"

"""Makes a training's generator the weights that come with the package.

    python tools/bundle.py logs/bundled
    python tools/bundle.py logs/bundled --name deepfill_v2_texture

takes the newest checkpoint of the training's folder (or the one that a prefix such as
logs/bundled/snap-5000 names) and writes inpaint/weights/NAME.weights.h5, by default
deepfill_v2's.
"""

import argparse
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from inpaint import checkpoints
from inpaint.errors import InputError
from inpaint.models import weights_h5
from inpaint.weights import bundled

LARGEST = 8_000_000  # bytes


def bundle(source, path):
    """Write a checkpoint's generator as float16.

    Args:
      source: see `checkpoints.locate`.
      path: of the file to write.

    Returns:
      What was written, a line of text.

    Raises:
      ValueError: a value is beyond float16, or the file would be too large to ship.
    """
    generator = checkpoints.load_generator(source)
    values = {k: v.numpy() for k, v in generator.variables_by_name().items()}
    with np.errstate(over="ignore"):
        halves = {name: value.astype(np.float16) for name, value in values.items()}
    for name, half in halves.items():
        if not np.isfinite(half).all():
            raise ValueError(f"{source}: {name}: values that float16 cannot hold")
    count = sum(half.size for half in halves.values())
    if 2 * count > LARGEST:
        raise ValueError(f"{source}: {count:,} values are more than {LARGEST:,} bytes")
    weights_h5.write(path, halves, generator.get_config())
    rounding = max(np.abs(values[name] - half).max() for name, half in halves.items())
    return (
        f"{path}: base_filters {generator.base_filters}, {count:,} values, "
        f"{os.path.getsize(path):,} bytes, rounded by {rounding:.1e} at most"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", metavar="LOG_DIR", help="the training's folder")
    parser.add_argument("--name", choices=bundled.NAMES, default=bundled.NAME)
    arguments = parser.parse_args()
    try:
        print(bundle(arguments.source, bundled.file_of(arguments.name)))
    except (InputError, ValueError) as error:
        raise SystemExit(f"bundle: error: {error}") from None

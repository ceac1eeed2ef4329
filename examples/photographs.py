"""Writes scikit-image's photographs into a folder, to train on.

python examples/photographs.py photographs
"""

import argparse
from pathlib import Path

import numpy as np
import skimage.data

from inpaint.pictures import images

HELD_OUT = ["astronaut", "coffee"]  # by recipes/bundled, for measuring
NAMES = [
    "brick",
    "camera",
    "chelsea",
    "coins",
    "grass",
    "gravel",
    "hubble_deep_field",
    "moon",
    "retina",
    "rocket",
]


def photograph(name):
    """One of scikit-image's photographs, uint8 RGB `[H, W, 3]`."""
    picture = getattr(skimage.data, name)()
    return (
        np.repeat(picture[..., np.newaxis], 3, axis=-1)
        if picture.ndim == 2
        else picture
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="is made if it does not exist")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    names = [*HELD_OUT, *NAMES]
    for name in names:
        images.write_image(folder / f"{name}.png", photograph(name))
    print(f"{len(names)} photographs in {folder}")


if __name__ == "__main__":
    main()

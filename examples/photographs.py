"""Writes scikit-image's photographs into a folder, to train on.

python examples/photographs.py photographs
"""

import argparse
from pathlib import Path

import numpy as np
import skimage.data

from inpaint import images

NAMES = [
    "astronaut",
    "brick",
    "camera",
    "chelsea",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "hubble_deep_field",
    "moon",
    "retina",
    "rocket",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="is made if it does not exist")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        picture = getattr(skimage.data, name)()
        if picture.ndim == 2:
            picture = np.repeat(picture[..., np.newaxis], 3, axis=-1)
        images.write_image(folder / f"{name}.png", picture)
    print(f"{len(NAMES)} photographs in {folder}")


if __name__ == "__main__":
    main()

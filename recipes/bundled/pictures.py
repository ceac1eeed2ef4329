"""Makes the pictures that the bundled weights were trained on.

    python recipes/bundled/pictures.py data/bundled

Writes FOLDER/train and FOLDER/held_out. To train on: cuts of scikit-image's
photographs at random scales, turned, mirrored and recoloured; pictures that
`drawing` makes, some of them with surfaces cut from photographs; and pictures of
texture, by `textures`. Held out: cuts of two photographs that nothing in FOLDER/train
comes from, at their own colours.
"""

import argparse
import sys
from concurrent import futures
from pathlib import Path

import cv2
import drawing
import numpy as np
import skimage.data
import textures

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

from photographs import HELD_OUT, NAMES, photograph

from inpaint.pictures import images

SIDE = 256
PHOTOGRAPHS = [*NAMES, "immunohistochemistry", "page", "stereo_motorcycle", "text"]
SURFACES = ["brick", "grass", "gravel", "chelsea", "stereo_motorcycle", "coins"]
KINDS = {"photograph": 0, "drawn": 1, "texture": 2}  # seeds


def load(name):
    if name == "stereo_motorcycle":
        return skimage.data.stereo_motorcycle()[0]
    return photograph(name)


def cut(rng, photo, side):
    """A square of a photograph, at a random place, scale and angle."""
    room = min(photo.shape[:2])
    length = min(room, side * np.exp(rng.uniform(np.log(0.7), np.log(3.0))))
    angle = rng.choice([0.0, 0.0, 90.0, rng.uniform(-15, 15)])
    reach = length / 2 * (1.0 if angle % 90 == 0 else 1.25)
    half = [max(0.0, extent / 2 - reach) for extent in photo.shape[1::-1]]
    centre = [
        extent / 2 + rng.uniform(-spread, spread)
        for extent, spread in zip(photo.shape[1::-1], half)
    ]
    turn = cv2.getRotationMatrix2D(centre, angle, side / length)
    turn[:, 2] += side / 2 - np.array(centre)
    blur = max(length / side, 1.0)
    if blur > 1.2:  # so that shrinking does not alias
        photo = cv2.GaussianBlur(photo, (0, 0), 0.4 * blur)
    piece = cv2.warpAffine(
        photo, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.clip(piece, 0, 1)


def recoloured(rng, picture):
    """Mirrored, brighter or darker, with other contrast and other colours."""
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.2:
        picture = picture[..., rng.permutation(3)]
    mean = picture.mean(axis=(0, 1))
    contrast = rng.uniform(0.7, 1.3) * np.exp(rng.normal(0, 0.08, 3))
    picture = mean + (picture - mean) * contrast + rng.normal(0, 0.06, 3)
    if np.ptp(mean) < 0.01 and rng.random() < 0.7:  # a grey one gets two colours
        picture = drawing.coloured(rng, picture.mean(axis=-1))
    return np.clip(picture, 0, 1) ** rng.uniform(0.7, 1.4)


def write(path, picture):
    picture = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    images.write_image(path, np.ascontiguousarray(picture))


def make(job):
    """Write the numbers first … last − 1 of a kind of picture."""
    folder, kind, first, last = job
    cv2.setNumThreads(1)
    names = SURFACES if kind == "texture" else PHOTOGRAPHS
    photos = [load(name).astype(np.float32) / 255 for name in names]
    for number in range(first, last):
        rng = np.random.default_rng([number, KINDS[kind]])
        pieces = [
            recoloured(rng, cut(rng, photos[rng.integers(len(photos))], SIDE))
            for _ in range(1 if kind == "photograph" else 2)
        ]
        if kind == "photograph":
            picture = pieces[0]
        else:
            drawn = {"drawn": drawing, "texture": textures}[kind]
            picture = drawn.draw(rng, SIDE, pieces)
        write(folder / f"{kind}_{number:05}.png", picture)


def held_out(folder):
    """Whole and cut at three scales: 256×256 pictures of what is never trained on."""
    for name in HELD_OUT:
        photo = photograph(name)
        rows, columns = photo.shape[:2]
        side = min(rows, columns)
        left = (columns - side) // 2
        whole = cv2.resize(
            photo[:side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA
        )
        images.write_image(folder / f"{name}_whole.png", whole)
        for top in (0, rows - SIDE):
            for left in (0, columns - SIDE):
                piece = np.ascontiguousarray(
                    photo[top : top + SIDE, left : left + SIDE]
                )
                images.write_image(folder / f"{name}_{top}_{left}.png", piece)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="is made if it does not exist")
    parser.add_argument("--photographs", type=int, default=3000, metavar="N")
    parser.add_argument("--drawn", type=int, default=3000, metavar="N")
    parser.add_argument("--texture", type=int, default=1500, metavar="N")
    arguments = parser.parse_args()
    train, view = arguments.folder / "train", arguments.folder / "held_out"
    train.mkdir(parents=True, exist_ok=True)
    view.mkdir(parents=True, exist_ok=True)
    held_out(view)
    counts = {
        "photograph": arguments.photographs,
        "drawn": arguments.drawn,
        "texture": arguments.texture,
    }
    jobs = [
        (train, kind, first, min(first + 50, count))
        for kind, count in counts.items()
        for first in range(0, count, 50)
    ]
    with futures.ProcessPoolExecutor() as pool:
        for _ in pool.map(make, jobs):
            pass
    print(f"{sum(counts.values())} pictures in {train}")


if __name__ == "__main__":
    main()

"""How well models fill holes of four kinds: the tables of docs/quality.md.

    python benchmarks/quality.py --model bundled --model new=data/bundled/20

Every model, Telea's and the Navier-Stokes method fill the same holes: letters,
scratches of 1 and 2 pixels, the release's strokes and boxes of 80 pixels, five of each
in every picture. Pictures are 256×256: those that the bundled weights' training held
out; others that it never saw, of scikit-learn and Matplotlib; and texture. Each figure
is the mean over a picture's holes, then over the pictures, with the 95% interval of the
latter (bootstrap). Needs scikit-image; other pictures scikit-learn and Matplotlib.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import cv2
import machine
import numpy as np

sys.path.insert(0, str(machine.ROOT / "recipes" / "bundled"))

SIDE = 256
SEEDS = range(5)
COLUMNS = ("hole_l1", "psnr", "sharpness", "patches")


def letters(rng):
    import holes

    return holes.writing(rng, SIDE) > 0


def scratches(rng):
    import holes

    return holes.lines(rng, SIDE, widest=2) > 0


def strokes(rng):
    from inpaint import masks

    return masks.make("free_form").mask(rng, SIDE, SIDE)


def box(rng, side=80):
    top, left = rng.integers(0, SIDE - side, 2)
    hole = np.zeros((SIDE, SIDE), bool)
    hole[top : top + side, left : left + side] = True
    return hole


HOLES = {"letters": letters, "scratches": scratches, "strokes": strokes, "box": box}


def corners(picture):
    """Its top left and bottom right 256×256 pixels."""
    return [
        np.ascontiguousarray(picture[:SIDE, :SIDE]),
        np.ascontiguousarray(picture[-SIDE:, -SIDE:]),
    ]


def held_out():
    import pictures

    from inpaint.pictures import images

    with tempfile.TemporaryDirectory() as folder:
        pictures.held_out(Path(folder))
        return [images.read_image(str(x)) for x in sorted(Path(folder).iterdir())]


def others():
    """The middle square, scaled down, and two corners of three photographs."""
    from matplotlib import cbook
    from sklearn.datasets import load_sample_image

    from inpaint.pictures import images

    hopper = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    found = []
    for photo in (
        load_sample_image("china.jpg"),
        load_sample_image("flower.jpg"),
        images.read_image(str(hopper)),
    ):
        side = min(photo.shape[:2])
        top, left = ((extent - side) // 2 for extent in photo.shape[:2])
        middle = photo[top : top + side, left : left + side]
        whole = cv2.resize(middle, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        found += [whole, *corners(photo)]
    return found


def textures():
    """Bricks, grass and gravel, of which the training saw cuts; cloth, drawn here."""
    from photographs import photograph

    found = [
        x for name in ("brick", "grass", "gravel") for x in corners(photograph(name))
    ]
    return [*found, *(cloth(np.random.default_rng(seed)) for seed in range(2))]


def cloth(rng):
    """A plain weave: threads over and under one another, each its own shade."""
    thread = int(rng.integers(6, 10))
    count = SIDE // thread + 1
    y, x = np.mgrid[:SIDE, :SIDE]
    bulge = [np.sin(np.pi * (z % thread + 0.5) / thread) for z in (y, x)]
    shade = [1 + 0.15 * rng.standard_normal(count)[z // thread] for z in (y, x)]
    above = (x // thread + y // thread) % 2 == 0
    plane = np.where(above, bulge[0] * shade[0], bulge[1] * shade[1])
    plane = 40 + 130 * plane + 6 * rng.standard_normal((SIDE, SIDE))
    colour = plane[..., np.newaxis] * rng.uniform(0.7, 1.0, 3)
    return np.rint(np.clip(colour, 0, 255)).astype(np.uint8)


PICTURES = {"held out": held_out, "others": others, "texture": textures}


def patch_distance(image, completed, mask, side=7, directions=64):
    """How far apart the patches of hole and original are as a set, not one by one.

    The sliced Wasserstein distance of order 1: patches of 7×7 pixels around the hole's
    pixels, each less its mean, projected onto 64 random directions of length 1; of each
    direction the values sorted, and the mean absolute difference, in levels.
    """
    rng = np.random.default_rng(0)
    lines = rng.standard_normal((side * side, directions))
    lines -= lines.mean(axis=0)  # the same as taking the mean from the patches
    lines /= np.linalg.norm(lines, axis=0)
    projected = []
    for picture in (image, completed):
        grey = np.pad(picture.mean(axis=-1), side // 2, mode="reflect")
        patches = np.lib.stride_tricks.sliding_window_view(grey, (side, side))[mask]
        projected.append(np.sort(patches.reshape(len(patches), -1) @ lines, axis=0))
    return np.abs(projected[0] - projected[1]).mean()


def fillers(models):
    """By name, functions of (uint8 picture, bool hole) → uint8 picture."""
    from functools import partial

    from inpaint import Inpainter
    from inpaint.evaluation import classical

    found = {}
    for given in models:
        name, _, path = given.rpartition("=")
        inpainter = Inpainter.load() if path == "bundled" else Inpainter.load(path)
        inpainter.trace()
        found[name or path] = inpainter
    for name in ("telea", "navier_stokes"):
        found[name] = partial(classical.fill, name)
    return found


def measure(pictures, kind, fill, seeds):
    """Of each column, a figure of each picture, the mean over its holes."""
    from inpaint.evaluation import measures
    from inpaint.evaluation.samples import Sample

    rows = []
    for index, picture in enumerate(pictures):
        found = []
        for seed in seeds:
            mask = HOLES[kind](np.random.default_rng([seed, index]))
            completed = fill(picture, mask)
            values = measures.of_picture(Sample("", picture, mask), completed)
            values["patches"] = patch_distance(picture, completed, mask)
            found.append([values[column] for column in COLUMNS])
        rows.append(np.mean(found, axis=0))
    return np.transpose(rows)


def shown(column, values):
    from inpaint.evaluation import bootstrap

    scale, digits = {"hole_l1": (100, 2), "psnr": (1, 2)}.get(column, (1, 3))
    mean, low, high = (f"{scale * x:.{digits}f}" for x in bootstrap.mean(list(values)))
    return f"{mean} [{low}, {high}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", metavar="[NAME=]PATH")
    parser.add_argument("--pictures", action="append", choices=PICTURES)
    parser.add_argument("--holes", action="append", choices=HOLES)
    parser.add_argument("--seeds", type=int, default=len(SEEDS), metavar="N")
    arguments = parser.parse_args()
    methods = fillers(arguments.model or ["bundled"])
    print("| pictures | holes | method | hole ℓ1, % | PSNR | sharpness | patches |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.pictures or PICTURES:
        pictures = PICTURES[name]()
        for kind in arguments.holes or HOLES:
            for method, fill in methods.items():
                found = measure(pictures, kind, fill, range(arguments.seeds))
                cells = [shown(*pair) for pair in zip(COLUMNS, found)]
                first = f"{len(pictures)} {name}" if name == "held out" else name
                row = [first, kind, method, *cells]
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()

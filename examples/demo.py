"""Fills real photographs: takes out a text, scratches, an object and a piece of wood.

    python examples/demo.py          # or: make demo

fills with the weights that come with the package, which have seen neither photograph,
the wood with deepfill_v2_texture and the others with deepfill_v2, and with three
classical methods. Writes demo/demo.png, all of it in one
picture, and demo/NAME_image.png and demo/NAME_mask.png, for test.py. Below the
pictures, and printed: the mean error in the hole, in percent of the full range, and
the whole picture's PSNR in dB. An object hides what is behind it: no numbers there.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from photographs import photograph

from inpaint import metrics
from inpaint.cli.common import quiet_imports
from inpaint.errors import InputError
from inpaint.evaluation import classical
from inpaint.pictures import images

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet_imports():
    from inpaint.inference import Inpainter

FOLDER = Path(__file__).resolve().parent.parent / "demo"
SIDE = 256  # of the pictures, pixels
TEXTURE = "deepfill_v2_texture"
CLASSICAL = {
    "Telea": "telea",
    "Navier-Stokes": "navier_stokes",
    "PatchMatch": "patch_match",
}

FONT, GAP, LINE = cv2.FONT_HERSHEY_SIMPLEX, 8, 28
BLACK = (0, 0, 0)


class Case(NamedTuple):
    """A photograph, uint8 RGB `[SIDE, SIDE, 3]`, and its hole, bool `[SIDE, SIDE]`."""

    name: str
    image: np.ndarray
    mask: np.ndarray
    original_known: bool = True
    weights: str = "deepfill_v2"


def cases():
    """What is to be filled."""
    return [
        Case("text", cut("coffee", 50, 150), text()),
        Case("scratches", cut("astronaut", 0, 100), scratches()),
        Case("object", cut("astronaut", 256, 40), badge(), original_known=False),
        Case("wood", cut("coffee", 60, 344), box(70, 165), weights=TEXTURE),
    ]


def cut(name, top, left):
    return photograph(name)[top : top + SIDE, left : left + SIDE]


def text():
    """Lines of writing."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for number, line in enumerate(("Somebody", "wrote across", "this picture")):
        place = (10, 60 + 80 * number)
        cv2.putText(mask, line, place, FONT, 1.1, 255, 4, cv2.LINE_AA)
    return mask > 0


def scratches():
    """Wavering thin lines from the top down, and some across."""
    rng = np.random.RandomState(4)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for number in range(14):
        steps = rng.normal((0, SIDE / rng.uniform(8, 20)), 6, (12, 2))
        start = rng.uniform(0, SIDE, 2) * (1, 0.5)
        points = start + np.cumsum(steps, axis=0)
        if number % 4 == 3:
            points = points[:, ::-1]
        cv2.polylines(mask, [np.rint(points).astype(np.int32)], False, 255, 2)
    return mask > 0


def badge():
    """The round badge on the astronaut's suit."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (132, 129), (46, 46), 0, 0, 360, 255, cv2.FILLED)
    return mask > 0


def box(top, left, side=72):
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def fill(inpainter, case):
    """The pictures of a row of the sheet, by the columns' names."""
    incomplete = np.where(case.mask[..., np.newaxis], np.uint8(255), case.image)
    row = {"to fill": incomplete, "inpaint": inpainter(case.image, case.mask)}
    for name, method in CLASSICAL.items():
        row[name] = classical.fill(method, case.image, case.mask)
    return {**row, "original": case.image}


def numbers(case, row):
    """A line of text for each method that is to be measured."""
    if not case.original_known:
        return {}
    image, mask = case.image[np.newaxis], case.mask[np.newaxis, ..., np.newaxis]
    lines = {}
    for name in ("inpaint", *CLASSICAL):
        filled = row[name][np.newaxis]
        error = 100 * float(metrics.hole_l1(image, filled, mask)[0])
        lines[name] = f"l1 {error:.2f}%  {float(metrics.psnr(image, filled)[0]):.1f} dB"
    return lines


def sheet(rows, lines):
    """The rows below each other: columns' names above, numbers below the pictures."""
    columns = list(rows[0])
    height = LINE + len(rows) * (SIDE + LINE)
    picture = np.full((height, len(columns) * (SIDE + GAP) - GAP, 3), 255, np.uint8)
    for column, name in enumerate(columns):
        left = column * (SIDE + GAP)
        write(picture, name, left, LINE)
        for number, (row, line) in enumerate(zip(rows, lines)):
            top = LINE + number * (SIDE + LINE)
            picture[top : top + SIDE, left : left + SIDE] = row[name]
            write(picture, line.get(name, ""), left, top + SIDE + LINE)
    return picture


def write(picture, words, left, bottom):
    place = (left + 2, bottom - 8)
    cv2.putText(picture, words, place, FONT, 0.6, BLACK, 1, cv2.LINE_AA)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--checkpoint_dir", metavar="DIR", help="other weights than the package's"
    )
    other = parser.parse_args().checkpoint_dir
    try:
        inpainters = {
            name: Inpainter.load(other or name)
            for name in {case.weights: None for case in cases()}
        }
    except InputError as error:
        sys.exit(f"demo: error: {error}")
    FOLDER.mkdir(exist_ok=True)
    rows, lines = [], []
    for case in cases():
        images.write_image(FOLDER / f"{case.name}_image.png", case.image)
        shown = case.mask.astype(np.uint8) * 255
        images.write_image(FOLDER / f"{case.name}_mask.png", shown)
        rows.append(fill(inpainters[case.weights], case))
        lines.append(numbers(case, rows[-1]))
        for name, line in lines[-1].items():
            print(f"{case.name:12}{name:16}{line}")
    images.write_image(FOLDER / "demo.png", sheet(rows, lines))
    print(f"Wrote {FOLDER / 'demo.png'}: {' | '.join(rows[0])}")


if __name__ == "__main__":
    main()

"""Writes a folder of masks to train with: lines, writing, boxes and strokes.

    python recipes/bundled/holes.py data/holes --size 128
    python recipes/bundled/holes.py data/holes --size 160 --deep

A quarter each. Lines are 1 to 5 pixels wide and letters of 1 to 3, which the release's
strokes, of 12 pixels and more, never are. With --deep a third are boxes that reach
deep into the picture, a third strokes, a sixth lines and a sixth writing.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from inpaint import masks
from inpaint.pictures import images


def lines(rng, side, widest=5):
    """Scratches: one to eight bent lines, 1 to `widest` pixels wide."""
    hole = np.zeros((side, side), np.uint8)
    for _ in range(int(rng.integers(1, 9))):
        points = rng.uniform(-0.1, 1.1, 2) * side + np.concatenate(
            [np.zeros((1, 2)), rng.normal(0, side / 6, (6, 2)).cumsum(axis=0)]
        )
        width = int(rng.integers(1, widest + 1))
        cv2.polylines(hole, [np.int32(np.rint(points))], False, 255, width)
    return hole


def writing(rng, side):
    """Lines of letters."""
    hole = np.zeros((side, side), np.uint8)
    scale, width = rng.uniform(0.4, 1.2), int(rng.integers(1, 4))
    gap = int(rng.integers(int(30 * scale), side // 2))
    for y in range(int(rng.integers(8, 40)), side + 10, gap):
        line = "".join(chr(c) for c in rng.integers(65, 123, 24))
        at = (int(rng.integers(-20, side // 2)), y)
        cv2.putText(hole, line, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, width)
    return np.where(hole > 127, np.uint8(255), np.uint8(0))  # OpenCV 5 smooths rims


def box(rng, side):
    """A box of a sixteenth to a half of a side."""
    height, width = rng.integers(side // 16, side // 2 + 1, 2)
    return _box(rng, side, height, width)


def deep_box(rng, side):
    """A box of three tenths to eleven twentieths of a side."""
    height, width = rng.integers(side * 3 // 10, side * 11 // 20 + 1, 2)
    return _box(rng, side, height, width)


def _box(rng, side, height, width):
    top, left = rng.integers(0, side - height), rng.integers(0, side - width)
    hole = np.zeros((side, side), np.uint8)
    hole[top : top + height, left : left + width] = 255
    return hole


def strokes(rng, side):
    """The release's strokes, stretched to the picture's size."""
    return masks.make("free_form").mask(rng, side, side).astype(np.uint8) * 255


KINDS = (lines, writing, box, strokes)
DEEP = (lines, writing, deep_box, deep_box, strokes, strokes)


def hole(rng, side, kinds=KINDS):
    """One mask, `[side, side]` uint8, 255 in the hole, which is never empty."""
    while True:
        drawn = kinds[rng.integers(len(kinds))](rng, side)
        if drawn.any():
            return drawn


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="is made if it does not exist")
    parser.add_argument("--size", type=int, default=128, help="of a side, in pixels")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--deep", action="store_true", help="with deep boxes")
    arguments = parser.parse_args()
    kinds = DEEP if arguments.deep else KINDS
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for number in range(arguments.count):
        mask = hole(np.random.default_rng(number), arguments.size, kinds)
        images.write_image(arguments.folder / f"{number:05}.png", mask)
    print(f"{arguments.count} masks in {arguments.folder}")


if __name__ == "__main__":
    main()

"""Fills holes in a photograph with test.py, and shows every step in one picture.

    python examples/demo.py          # or: make demo

Writes demo/demo.png: input | mask | coarse | completed | attention, for a box and
for a free-form mask. The weights are stand-ins, random numbers in a checkpoint of
the original's format, so what is painted is no photograph: with the original's
weights, the same commands paint what the papers show (README.md, "Use it").
"""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from inpaint import images
from inpaint.cli.common import quiet_imports

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet_imports():
    import stand_in

    from inpaint.inference import Inpainter

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "demo"
COLUMNS = ("input", "mask", "coarse", "completed", "attention")
NOTE = (
    "Stand-in weights (random numbers): this shows that every part runs, "
    "not what DeepFill paints."
)


def masks(height, width):
    """A box, and brush strokes, `[H, W]` bool by name."""
    box = np.zeros((height, width), np.uint8)
    cv2.rectangle(box, (width // 3, height // 4), (width // 2, height // 2), 255, -1)
    strokes = np.zeros((height, width), np.uint8)
    for line in (
        [(0.15, 0.2), (0.35, 0.75), (0.45, 0.35)],
        [(0.6, 0.85), (0.75, 0.55), (0.9, 0.8)],
        [(0.55, 0.12), (0.85, 0.2)],
    ):
        points = np.array(line) * (width, height)
        cv2.polylines(strokes, [points.astype(np.int32)], False, 255, height // 16)
    return {"box": box > 0, "free_form": strokes > 0}


def fill(checkpoint, name, mask):
    """Run test.py on one mask; the pictures of one row of the sheet."""
    image_file, mask_file, output, attention = (
        FOLDER / file
        for file in (
            "input.png",
            f"{name}_mask.png",
            f"{name}_completed.png",
            f"{name}_attention.png",
        )
    )
    images.write_image(mask_file, mask.astype(np.uint8) * 255)
    command = [sys.executable, "test.py", "--checkpoint_dir", checkpoint]
    command += ["--image", image_file, "--mask", mask_file, "--output", output]
    command += ["--attention", attention]
    subprocess.run([str(word) for word in command], check=True, cwd=ROOT)

    image = images.read_image(image_file)
    coarse = Inpainter.load(checkpoint)(image, mask, return_details=True).coarse
    shown = np.repeat(mask[..., None].astype(np.uint8) * 255, 3, axis=-1)
    completed, attention = images.read_image(output), images.read_image(attention)
    return [image, shown, coarse, completed, attention]


def sheet(rows):
    """The rows below each other, with the columns' names and the note."""
    gap = 8
    height, width, _ = rows[0][0].shape
    caption, line = 36, cv2.FONT_HERSHEY_SIMPLEX
    size = (
        2 * caption + len(rows) * (height + gap),
        len(COLUMNS) * (width + gap) - gap,
        3,
    )
    picture = np.full(size, 255, np.uint8)
    for j, name in enumerate(COLUMNS):
        place = (j * (width + gap) + 4, caption - 10)
        cv2.putText(picture, name, place, line, 0.9, (0, 0, 0), 2, cv2.LINE_AA)
    for i, row in enumerate(rows):
        top = caption + i * (height + gap)
        for j, image in enumerate(row):
            left = j * (width + gap)
            picture[top : top + height, left : left + width] = image
    place = (4, size[0] - 12)
    cv2.putText(picture, NOTE, place, line, 0.9, (0, 0, 200)[::-1], 2, cv2.LINE_AA)
    return picture


def main():
    FOLDER.mkdir(exist_ok=True)
    checkpoint = FOLDER / "stand_in_checkpoint"
    stand_in.write_checkpoint(checkpoint)
    photograph = skimage.data.chelsea()
    images.write_image(FOLDER / "input.png", photograph)
    height, width, _ = photograph.shape
    rows = [fill(checkpoint, name, mask) for name, mask in masks(height, width).items()]
    images.write_image(FOLDER / "demo.png", sheet(rows))
    print(NOTE)
    print(f"Wrote {FOLDER / 'demo.png'}: {' | '.join(COLUMNS)}")


if __name__ == "__main__":
    main()

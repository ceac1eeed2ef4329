"""One large photograph filled by every strategy, side by side: docs/large.jpg.

    python benchmarks/large_pictures.py PHOTO --box 2080,1512,2400,1832 \\
        --folder FILLED --write docs/large.jpg

The hole is a box and 12 thin strokes around it. A column for each strategy shows all of
it made smaller and, pixel for pixel, the box's corner and strokes. Of each strategy its
seconds are printed; filled pictures are kept in --folder and, where they lie there
already, are not filled again.
"""

import argparse
import time
from pathlib import Path

import machine  # noqa: F401 - finds the package
from large import strokes

STRATEGIES = ("exact", "windows", "scaled", "residual")
CELL = 256  # pixels, sides of a part


def around(shape, box):
    """The square of twice the box's side around it, inside the picture: slices."""
    left, top, right, bottom = box
    side = 2 * max(right - left, bottom - top)
    x = min(max((left + right - side) // 2, 0), shape[1] - side)
    y = min(max((top + bottom - side) // 2, 0), shape[0] - side)
    return slice(y, y + side), slice(x, x + side)


def hole(shape, box):
    """bool `[H, W]`; the same of the strokes alone."""
    import numpy as np

    left, top, right, bottom = box
    inside = np.zeros(shape[:2], bool)
    inside[top:bottom, left:right] = True
    lines = np.zeros_like(inside)
    near = around(shape, box)
    lines[near] = strokes(*lines[near].shape, count=12)
    return inside | lines, lines & ~inside


def fill(image, mask, strategy, path):
    """The filled picture, that of `path` if it is there."""
    from inpaint import Inpainter
    from inpaint.pictures import images

    if path.exists():
        return images.read_image(str(path))
    inpainter = Inpainter.load(strategy=strategy)
    inpainter.trace()
    start = time.perf_counter(), time.process_time()
    filled = inpainter(image, mask)
    seconds = time.perf_counter() - start[0], time.process_time() - start[1]
    print(
        f"{strategy}: {seconds[0]:.0f} s, {seconds[1]:.0f} s of processor time",
        flush=True,
    )
    images.write_image(str(path), filled)
    return filled


def parts_of(shape, box, lines):
    """What is shown, as slices: all of the hole, the box's corner, strokes."""
    whole = around(shape, box)
    left, top = box[0] - CELL // 3, box[1] - CELL // 3
    corner = slice(top, top + CELL), slice(left, left + CELL)
    places = [
        (slice(y, y + CELL), slice(x, x + CELL))
        for y in range(max(whole[0].start - CELL, 0), whole[0].stop - 64, CELL // 4)
        for x in range(max(whole[1].start - CELL, 0), whole[1].stop - 64, CELL // 4)
    ]
    clear = [x for x in places if apart(x, box)]
    return whole, corner, max(clear, key=lambda place: lines[place].sum())


def apart(place, box):
    """Whether a place has nothing of the box."""
    (rows, columns), (left, top, right, bottom) = place, box
    return (
        rows.stop <= top
        or rows.start >= bottom
        or columns.stop <= left
        or columns.start >= right
    )


def labelled(image, text):
    import cv2

    cv2.rectangle(image, (0, 0), (10 + 11 * len(text), 24), (0, 0, 0), -1)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(image, text, (5, 17), font, 0.55, (255,) * 3, 1, cv2.LINE_AA)
    return image


def montage(columns, parts):
    """Rows of parts, a column for each picture, `{name: picture}`."""
    import cv2
    import numpy as np

    rows = []
    for i, part in enumerate(parts):
        row = []
        for name, picture in columns.items():
            cell = cv2.resize(
                np.ascontiguousarray(picture[part]),
                (CELL, CELL),
                interpolation=cv2.INTER_AREA,
            )
            row.append(labelled(cell, name) if i == 0 else cell)
        rows.append(np.concatenate(row, axis=1))
    return np.concatenate(rows, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photograph")
    parser.add_argument("--box", required=True, help="LEFT,TOP,RIGHT,BOTTOM")
    parser.add_argument("--strategy", action="append", choices=STRATEGIES)
    parser.add_argument("--folder", required=True, type=Path, help="is there")
    parser.add_argument("--write", required=True)
    arguments = parser.parse_args()

    import numpy as np

    from inpaint.pictures import images

    image = np.ascontiguousarray(images.read_image(arguments.photograph)[..., :3])
    box = tuple(map(int, arguments.box.split(",")))
    mask, lines = hole(image.shape, box)
    print(f"{mask.size / 1e6:.1f} megapixels, {100 * mask.mean():.1f}% hole")
    marked = image.copy()
    marked[mask] = 255
    columns = {"photograph": image, "hole": marked}
    for strategy in arguments.strategy or STRATEGIES:
        path = arguments.folder / f"{strategy}.png"
        columns[strategy] = fill(image, mask, strategy, path)
    parts = parts_of(image.shape, box, lines)
    images.write_image(arguments.write, montage(columns, parts))


if __name__ == "__main__":
    main()

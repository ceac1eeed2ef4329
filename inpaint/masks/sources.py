"""The masks to measure with: drawn from a seed, or a folder of them.

A drawn mask follows from the seed, the picture's place in its list and the picture's
size, byte for byte on any NumPy and OpenCV: strokes are not drawn by OpenCV, whose
thick lines changed with version 5. The shapes are those of the release's 256×256
pictures ("Free-Form Image Inpainting with Gated Convolution", arXiv 1806.03589, §3.2;
numbers in `inpaint.masks`), stretched to the picture's size.
"""

import math
import os
import warnings

import numpy as np

from inpaint import masks
from inpaint.errors import InputError
from inpaint.pictures import holes, images

_RELEASE_SIZE = 256  # a power of two: scaling by it rounds nothing


def center(rng, height, width):
    """A box of half of each side in the middle, `[height, width]` bool."""
    rows, columns = max(height // 2, 1), max(width // 2, 1)
    top, left = (height - rows) // 2, (width - columns) // 2
    return masks.rectangle_mask(
        masks.Rectangle(top, left, rows, columns), height, width
    )


def random_box(rng, height, width):
    """A box of half of each side anywhere, shrunk by up to a quarter of itself.

    At 256×256 it is the release's: 128 pixels, shrunk by up to 32.
    """
    box = masks.Box(max(height // 2, 1), max(width // 2, 1), height // 8, width // 8)
    rectangle = masks.random_rectangle(rng, height, width, box)
    return masks.rectangle_mask(masks.shrunk(rng, rectangle, box), height, width)


def free_form(rng, height, width):
    """The release's one to three strokes, over the whole picture."""
    side = _RELEASE_SIZE
    mask = np.zeros((height, width), bool)
    for vertices, brush_width in masks.random_strokes(rng, side, side):
        points = [(x * width / side, y * height / side) for x, y in vertices]
        radius = brush_width / 2 * math.sqrt(height * width) / side
        for start, end in zip(points, points[1:]):
            _draw_capsule(mask, start, end, radius)
    if not mask.any():  # a picture of few pixels, between which the strokes run
        x, y = points[0]
        mask[min(int(y), height - 1), min(int(x), width - 1)] = True
    return mask


DRAWN = {"center": center, "random_box": random_box, "free_form": free_form}


def find(source, paths, seed, max_pixels=images.MAX_PIXELS):
    """Where the masks of pictures come from.

    Args:
      source: a name in `DRAWN`, or a folder with one mask file for each picture, of
        the picture's name but for the extension.
      paths: of the pictures, in their order.
      seed: any integer.
      max_pixels: of a mask file, see `images.read_image`.

    Returns:
      Function of (place in `paths`, height, width) → bool `[height, width]`, True in
      the hole, of which there is at least a pixel. With a folder, it raises InputError
      where the file cannot be read, has another size or no hole.

    Raises:
      InputError: if the source is neither, or a picture has no mask or several.
    """
    if source in DRAWN:
        draw = DRAWN[source]
        return lambda place, *size: draw(masks.generator(seed, place), *size)
    files = _mask_files(source, paths)
    return lambda place, *size: _read(files[place], paths[place], size, max_pixels)


def _mask_files(folder, paths):
    if not os.path.isdir(folder):
        raise InputError(
            f"{folder}: expected a folder of masks or one of {', '.join(DRAWN)}"
        )
    by_stem = {}
    for name in sorted(os.listdir(folder)):
        if not name.startswith("."):
            by_stem.setdefault(os.path.splitext(name)[0], []).append(name)
    files, of = [], {}
    for path in paths:
        stem = os.path.splitext(os.path.basename(path))[0]
        names = by_stem.get(stem, [])
        if len(names) != 1:
            raise InputError(
                f"{path}: expected one mask {stem}.* in {folder}, found "
                + (" and ".join(names) or "none")
            )
        if stem in of:
            raise InputError(
                f"{path}: expected pictures of different names: {of[stem]} would have "
                f"the same mask, {names[0]}"
            )
        of[stem] = path
        files.append(os.path.join(folder, names[0]))
    return files


def _read(file, path, size, max_pixels):
    levels = images.read_levels(file, max_pixels=max_pixels)
    mask = holes.hole(levels)
    if mask.shape != size:
        found, expected = (f"{w} × {h} pixels" for h, w in (mask.shape, size))
        raise InputError(f"{file} is {found} but {path} is {expected}")
    doubt = holes.doubt(mask, levels)
    if not mask.any():
        raise InputError(
            f"{file}: the mask of {path} {doubt}: its error in the hole is not defined"
        )
    if doubt:
        warnings.warn(f"{file}: the mask of {path} {doubt}", stacklevel=2)
    return mask


def _draw_capsule(mask, start, end, radius):
    """Set the pixels within a radius of a segment, ends given as (x, y).

    Sums, products and quotients alone, one at a time: IEEE 754 fixes every bit.
    """
    height, width = mask.shape
    (x1, y1), (x2, y2) = start, end
    left, right = (max(int(min(x1, x2) - radius), 0), int(max(x1, x2) + radius) + 2)
    top, bottom = (max(int(min(y1, y2) - radius), 0), int(max(y1, y2) + radius) + 2)
    x = np.arange(left, min(right, width), dtype=np.float64)[np.newaxis] - x1
    y = np.arange(top, min(bottom, height), dtype=np.float64)[:, np.newaxis] - y1
    across, down = x2 - x1, y2 - y1
    length = across * across + down * down
    along = x * across + y * down
    share = np.clip(along / length if length else 0 * along, 0.0, 1.0)
    dx, dy = x - share * across, y - share * down
    within = dx * dx + dy * dy <= radius * radius
    mask[top : top + within.shape[0], left : left + within.shape[1]] |= within

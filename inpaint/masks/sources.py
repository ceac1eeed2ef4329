"""The masks to measure with: drawn from a seed, or a folder with one a picture.

A drawn mask follows from the seed, the picture's index in its list and the picture's
size; see `samplers`.
"""

import os
import warnings

from inpaint.errors import InputError
from inpaint.masks.release import rng
from inpaint.masks.samplers import SAMPLERS, make
from inpaint.pictures import holes, images


def find(source, paths, seed, max_pixels=images.MAX_PIXELS):
    """Where the masks of pictures come from.

    Args:
      source: a name in `samplers.SAMPLERS`, or a folder with one mask file for each
        picture, of the picture's name but for the extension.
      paths: of the pictures, in their order.
      seed: any integer.
      max_pixels: of a mask file, see `images.read_image`.

    Returns:
      Function of (index in `paths`, height, width) → bool `[height, width]`, True in
      the hole, of which there is at least a pixel. With a folder, it raises InputError
      where the file cannot be read, has another size or no hole.

    Raises:
      InputError: if the source is neither, or a picture has no mask or several.

    Example:
      >>> mask_of = find("center", ["photo.png"], seed=0)
      >>> mask_of(0, 48, 64).shape
      (48, 64)
    """
    if source in SAMPLERS:
        sampler = make(source)
        return lambda index, *size: sampler.mask(rng(seed, index), *size)
    files = _mask_files(source, paths)
    return lambda index, *size: _read(files[index], paths[index], size, max_pixels)


def _mask_files(folder, paths):
    if not os.path.isdir(folder):
        raise InputError(
            f"{folder}: expected a folder of masks or one of {', '.join(SAMPLERS)}"
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

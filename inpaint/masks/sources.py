"""The masks to measure with: drawn from a seed, or a folder with one a picture.

A drawn mask follows from the seed, the picture's place in its list and the picture's
size; see `samplers`.
"""

import os

from inpaint.errors import InputError
from inpaint.masks.release import generator
from inpaint.masks.samplers import SAMPLERS, make
from inpaint.pictures import images


def find(source, paths, seed):
    """Where the masks of pictures come from.

    Args:
      source: a name in `samplers.SAMPLERS`, or a folder with one mask file for each
        picture, of the picture's name but for the extension.
      paths: of the pictures, in their order.
      seed: any integer.

    Returns:
      Function of (place in `paths`, height, width) → bool `[height, width]`, True in
      the hole, of which there is at least a pixel. With a folder, it raises InputError
      where the file cannot be read, has another size or no hole.

    Raises:
      InputError: if the source is neither, or a picture has no mask or several.
    """
    if source in SAMPLERS:
        sampler = make(source)
        return lambda place, *size: sampler.mask(generator(seed, place), *size)
    files = _mask_files(source, paths)
    return lambda place, *size: _read(files[place], paths[place], size)


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


def _read(file, path, size):
    mask = images.read_mask(file)
    if mask.shape != size:
        found, expected = (f"{w} × {h} pixels" for h, w in (mask.shape, size))
        raise InputError(f"{file} is {found} but {path} is {expected}")
    if not mask.any():
        raise InputError(
            f"{file}: the mask of {path} has no hole (no pixel above 127): its error "
            "in the hole is not defined"
        )
    return mask

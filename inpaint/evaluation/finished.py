"""Finished pictures of a system that is not here: a folder with one for each picture.

So the tables have a row of any system, whoever ran it, on the same holes.
"""

import os

from inpaint.errors import InputError
from inpaint.pictures import images


def is_folder(path):
    """Whether a path is a folder with a picture in it, not one of weights."""
    if not os.path.isdir(path):
        return False
    names = os.listdir(path)
    return any(os.path.splitext(name)[1].lower() in _EXTENSIONS for name in names)


_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


class Finished:
    """Answers with the folder's pictures, as they are: alpha is left out.

    Args:
      folder: for each picture `NAME.*` one file `NAME.*` of its size.
      paths: of the pictures.
      sizes: (height, width) of each.

    Raises:
      InputError: if one is missing, twice there, unreadable or of another size.
    """

    def __init__(self, folder, paths, sizes):
        by_stem = {}
        for name in sorted(os.listdir(folder)):
            by_stem.setdefault(os.path.splitext(name)[0], []).append(name)
        self._files = {}
        for path, size in zip(paths, sizes):
            stem = os.path.splitext(os.path.basename(path))[0]
            names = by_stem.get(stem, [])
            if len(names) != 1:
                raise InputError(
                    f"{path}: expected one finished picture {stem}.* in {folder}, "
                    "found " + (" and ".join(names) or "none")
                )
            file = self._files[path] = os.path.join(folder, names[0])
            found = images.read_image(file).shape[:2]
            if found != tuple(size):
                raise InputError(
                    f"{file} is {found[1]} × {found[0]} pixels but {path} is "
                    f"{size[1]} × {size[0]}"
                )

    def __call__(self, sample):
        """The finished picture of a `Sample`: uint8 RGB `[H, W, 3]`."""
        return images.read_image(self._files[sample.path])[..., :3]

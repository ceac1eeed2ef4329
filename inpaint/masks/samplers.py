"""What draws holes, by name, for training and for evaluation.

A sampler draws the masks of a batch, and what else a model needs with them, from a
NumPy generator: the same generator gives the same draws. A model may have a sampler of
its own; those that any model can be trained or measured with have names:

    sampler = masks.make("free_form")
    mask = sampler.mask(masks.rng(seed, 0), height, width)  # bool [height, width]
"""

import os
from functools import partial

import numpy as np

from inpaint.errors import InputError
from inpaint.masks import drawn, lama, release
from inpaint.pictures import images


class Sampler:
    """Draws holes; a subclass says how by `mask`, or by `draw`.

    Example:
      >>> class Everything(Sampler):
      ...     def mask(self, rng, height, width):
      ...         return np.ones((height, width), bool)
      >>> Everything().draw(release.rng(0, 0), 1, 4, 6)["masks"].shape
      (1, 4, 6, 1)
    """

    def mask(self, rng, height, width):
        """One hole: `[height, width]` bool, True inside."""
        raise NotImplementedError

    def draw(self, rng, count, height, width):
        """The draws of a batch.

        Args:
          rng: NumPy generator.
          count: 1 for a mask that the batch shares, or the batch's size.
          height, width: of the pictures.

        Returns:
          dict of arrays of fixed shapes: `masks`, `[count, height, width, 1]` float32,
          1 in the hole, 0 elsewhere; the others end in `Batch.extras` by name.
        """
        masks = [self.mask(rng, height, width) for _ in range(count)]
        return {"masks": np.stack(masks).astype(np.float32)[..., np.newaxis]}

    def static(self, rng, height, width):
        """The hole of a validation picture, `[height, width]` bool."""
        return self.mask(rng, height, width)


class Release(Sampler):
    """The release's: a box and brush strokes (version 2), or a box alone (version 1).

    It also draws `boxes`, `[count, 4]` int32: top, left, height, width of the boxes
    before they shrink.

    Args:
      box: a `BoxSettings`.
      brush_strokes: whether there are any.

    Example:
      >>> sorted(Release().draw(release.rng(0, 0), 1, 256, 256))
      ['boxes', 'masks']
    """

    def __init__(self, box=None, brush_strokes=True):
        self.box = box or release.BoxSettings()
        self.brush_strokes = brush_strokes

    def draw(self, rng, count, height, width):
        return release.draw_masks(
            rng, height, width, self.box, count, self.brush_strokes
        )._asdict()

    def mask(self, rng, height, width):
        return self.draw(rng, 1, height, width)["masks"][0, ..., 0] > 0

    def static(self, rng, height, width):
        return release.static(rng, height, width, self.box, self.brush_strokes)


class Strokes(Sampler):
    """The release's one to three brush strokes, without a box."""

    def mask(self, rng, height, width):
        return release.strokes(rng, height, width)


class Drawn(Sampler):
    """Holes by a function of (NumPy generator, height, width)."""

    def __init__(self, function):
        self.mask = function


class Folder(Sampler):
    """The mask files of a folder, one chosen for each hole; above 127 is hole.

    Args:
      path: of the folder.

    Raises:
      InputError: if it holds no file; when drawing, if a mask cannot be read, or has
        another size than the pictures.
    """

    def __init__(self, path):
        self.path = path
        self.files = [
            os.path.join(path, name)
            for name in sorted(os.listdir(path))
            if not name.startswith(".")
        ]
        if not self.files:
            raise InputError(f"{path}: expected a folder of masks, found no file")

    def mask(self, rng, height, width):
        file = self.files[int(rng.random() * len(self.files))]
        mask = images.read_mask(file)
        if mask.shape != (height, width):
            raise InputError(
                f"{file}: expected a mask of {width} × {height} pixels, got "
                f"{mask.shape[1]} × {mask.shape[0]}"
            )
        return mask


def _release(settings, brush_strokes=None):
    if settings is None:
        return Release(brush_strokes=brush_strokes is not False)
    strokes = settings.brush_strokes if brush_strokes is None else brush_strokes
    return Release(release.box_of(settings), strokes)


# By name: function of a Config (or None) that makes the sampler. `box` is the box of
# the settings, `random_box` one of half of the picture's sides; `strokes` are those of
# the settings' training, `free_form` the same shapes stretched to any picture's size;
# narrow, medium, wide and their like are LaMa's.
SAMPLERS = {
    "release": _release,
    "box": lambda settings: _release(settings, False),
    "strokes": lambda settings: Strokes(),
    **{
        name: lambda settings, draw=draw: Drawn(draw)
        for name, draw in drawn.DRAWN.items()
    },
    **{
        name: lambda settings, name=name: Drawn(partial(lama.draw, name=name))
        for name in lama.SETS
    },
}


def register(name, make):
    """Add a sampler by name.

    Args:
      name: for `masks` in inpaint.yml and `--masks` of evaluate.
      make: function of a Config, or None for its defaults, that returns a `Sampler`.

    Example:
      >>> register("left", lambda settings: Drawn(lambda rng, h, w: np.arange(w) < 2))
      >>> make("left").mask(None, 1, 4).tolist()
      [True, True, False, False]
      >>> del SAMPLERS["left"]
    """
    SAMPLERS[name] = make


def make(name, settings=None):
    """The sampler of a name, or of a folder of masks.

    Args:
      name: in `SAMPLERS`, or a folder.
      settings: a Config; None: the samplers' own defaults.

    Raises:
      InputError: if it is neither.

    Example:
      >>> make("free_form").mask(release.rng(0, 0), 48, 64).shape
      (48, 64)
    """
    if name in SAMPLERS:
        return SAMPLERS[name](settings)
    if os.path.isdir(name):
        return Folder(name)
    raise InputError(
        f"masks: {name!r} is neither a folder of masks nor one of {', '.join(SAMPLERS)}"
    )

"""What draws holes, by name, for training and for evaluation.

A sampler draws the masks of a batch, and what else a model needs with them, from a
NumPy generator: the same generator gives the same draws. A model may have a sampler of
its own; those that any model can be trained or measured with have names:

    sampler = masks.make("free_form")
    mask = sampler.mask(masks.rng(seed, 0), height, width)  # bool [height, width]
"""

import glob
import os
from functools import partial

from inpaint.errors import InputError
from inpaint.masks import drawn, lama, release
from inpaint.masks.moves import moves_of
from inpaint.masks.own import Beside, MaskFiles
from inpaint.masks.sampler import Sampler


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

    def with_masks(self, rng, masks):
        """Without boxes, which given masks do not tell."""
        return super().with_masks(rng, masks)

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
    """The sampler of a name, or of masks of one's own.

    Own masks are moved about, made to fit and mixed with drawn ones as `mask_share` and
    the settings below it say; where each belongs to a picture (`masks_by_name`), this
    draws the others alone. The drawn ones are those that the model has by default.

    Args:
      name: in `SAMPLERS`, or a folder, list or glob of masks.
      settings: a Config; None: the samplers' own defaults.

    Raises:
      InputError: if it is neither, or a mask cannot be used.

    Example:
      >>> make("free_form").mask(release.rng(0, 0), 48, 64).shape
      (48, 64)
    """
    if settings is not None and settings.masks_by_name:
        require_own(name)
        return SAMPLERS[type(settings).masks](settings)
    if name in SAMPLERS:
        return SAMPLERS[name](settings)
    require_own(name)
    if settings is None:
        return MaskFiles(name)
    own = MaskFiles(
        name,
        moves_of(settings),
        settings.mask_threshold,
        settings.mask_fit,
        tuple(settings.img_shapes[:2]),
        settings.max_pixels,
    )
    if settings.mask_share == 1:
        return own
    return Beside(own, SAMPLERS[type(settings).masks](settings), settings.mask_share)


def require_own(name):
    """Raises InputError unless `masks` names a folder, list or glob of masks.

    Example:
      >>> require_own(".")
    """
    if name in SAMPLERS or not (
        os.path.exists(name) or glob.has_magic(name) or "://" in name
    ):
        drawn_too = "" if name in SAMPLERS else f" nor one of {', '.join(SAMPLERS)}"
        raise InputError(
            f"masks: {name!r} is {'neither' if drawn_too else 'not'} a folder or list "
            f"of masks{drawn_too}"
        )

"""Holes that single papers are trained on, and what goes with them.

Rectangles and patches: "Globally and Locally Consistent Image Completion" (SIGGRAPH
2017), §4. Random regions and the middle: "Context Encoders" (CVPR 2016, arXiv
1604.07379), §4.1 and the release.
"""

import numpy as np

from inpaint.errors import InputError
from inpaint.masks import release
from inpaint.masks.sampler import Sampler
from inpaint.masks.samplers import SAMPLERS

_CELL = 600 / 10000  # of the release's noise, in pixels' widths
_LEVEL = 0.25  # below this the noise is hole
_SHARE = (0.2, 0.3)  # of the picture that is hole


class Rectangles(Sampler):
    """A rectangle anywhere, its height and width uniform from least to most.

    Args:
      box: a `BoxSettings`: its sizes are the most, less its deltas the least.

    Example:
      >>> holes = Rectangles(release.BoxSettings(8, 8, 0, 0))
      >>> int(holes.mask(release.rng(0, 0), 16, 16).sum())
      64
    """

    def __init__(self, box=None):
        self.box = box or release.BoxSettings()

    def mask(self, rng, height, width):
        box = self.box
        rows = _whole(rng, max(box.height - box.max_delta_height, 1), box.height)
        columns = _whole(rng, max(box.width - box.max_delta_width, 1), box.width)
        drawn = box._replace(height=rows, width=columns)
        # With the largest one first, so that what does not fit never does.
        release.random_rectangle(np.random.default_rng(0), height, width, box)
        top = _whole(rng, box.vertical_margin, height - box.vertical_margin - rows)
        left = _whole(
            rng, box.horizontal_margin, width - box.horizontal_margin - columns
        )
        rectangle = release.Rectangle(top, left, drawn.height, drawn.width)
        return release.rectangle_mask(rectangle, height, width)


class Patches(Sampler):
    """Another sampler's holes, and where the critics of a part of the picture look.

    It draws `local` and `real_local`, `[count, 2]` int32: top and left of a square
    around the middle of the hole, shifted inside at the border, and of one anywhere.

    Args:
      holes: a `Sampler`.
      side: of the squares, in pixels.

    Raises:
      InputError: when drawing, if they do not fit into the pictures.

    Example:
      >>> sorted(Patches(Middle((4, 8)), 6).draw(release.rng(0, 0), 1, 12, 12))
      ['local', 'masks', 'real_local']
    """

    def __init__(self, holes, side):
        self.holes = holes
        self.side = side

    def mask(self, rng, height, width):
        return self.holes.mask(rng, height, width)

    def with_masks(self, rng, masks):
        height, width = masks.shape[1:3]
        if self.side > min(height, width):
            raise InputError(
                f"patches of {self.side} × {self.side} pixels do not fit into a "
                f"picture of {height} × {width}"
            )
        local = [patch_around(mask[..., 0], self.side, self.side) for mask in masks]
        room = (height - self.side, width - self.side)
        anywhere = [[_whole(rng, 0, end) for end in room] for _ in masks]
        return {
            "masks": masks,
            "local": np.array(local, np.int32),
            "real_local": np.array(anywhere, np.int32),
        }

    def static(self, rng, height, width):
        return self.holes.static(rng, height, width)


def patch_around(mask, rows, columns):
    """Top and left of a patch around the middle of a hole's bounding box.

    It is shifted inside at the border; without a hole it is the picture's middle.

    Args:
      mask: `[H, W]`, not 0 in the hole.
      rows, columns: of the patch.

    Example:
      >>> patch_around(np.eye(8)[:4], 2, 2)
      [1, 1]
    """
    found = []
    for axis, side in enumerate((rows, columns)):
        size, touched = mask.shape[axis], np.flatnonzero(mask.any(axis=1 - axis))
        first, last = (touched[0], touched[-1] + 1) if touched.size else (0, size)
        found.append(int(np.clip((first + last - side) // 2, 0, size - side)))
    return found


class Middle(Sampler):
    """The same square in every picture's middle.

    Args:
      rows: (first, end) of its rows, and columns.

    Example:
      >>> int(Middle((1, 3)).mask(None, 4, 4).sum())
      4
    """

    def __init__(self, rows):
        self.rows = slice(*rows)

    def mask(self, rng, height, width):
        mask = np.zeros((height, width), bool)
        mask[self.rows, self.rows] = True
        return mask


class RandomRegions(Sampler):
    """Regions of any shape, 20% to 30% of the picture.

    As released: uniform noise of 600×600, enlarged to 10,000×10,000 by bicubic
    interpolation, is hole where it is below a quarter; a window of it, drawn anew until
    its share of hole is right. Only the window is computed here.

    Example:
      >>> bool(0.2 < RandomRegions().mask(release.rng(0, 0), 128, 128).mean() < 0.3)
      True
    """

    def mask(self, rng, height, width):
        while True:
            sides = [height, width]
            cells = [int(np.ceil(side * _CELL)) + 4 for side in sides]
            noise = rng.random((cells[0], cells[1]))
            rows, columns = (
                _cubic(side, count, rng.random()) for side, count in zip(sides, cells)
            )
            mask = rows @ noise @ columns.T < _LEVEL
            if _SHARE[0] < mask.mean() < _SHARE[1]:
                return mask


def _cubic(side, cells, phase):
    """`[side, cells]`: a pixel's weights in bicubic interpolation (Keys, a = −1/2)."""
    position = 1 + phase + np.arange(side) * _CELL
    distance = np.abs(position[:, np.newaxis] - np.arange(cells))
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance < 1, near, np.where(distance < 2, far, 0.0))


def _whole(rng, least, most):
    """A whole number, least and most included."""
    return least + int((most - least + 1) * rng.random())


SAMPLERS["rectangle"] = lambda settings: Rectangles(
    None if settings is None else release.box_of(settings)
)
SAMPLERS["region"] = lambda settings: RandomRegions()

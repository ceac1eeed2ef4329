"""Pictures whose holes can be filled only from elsewhere in the picture.

What a critic asks for and attention can give is texture. `draw` makes pictures that
are full of it, of surfaces cut from photographs: one surface, a piece repeated, or
leaves before leaves (Lee, Mumford, Huang, Int. J. Comput. Vis. 41, 2001), each leaf
with a surface of its own.
"""

import cv2
import drawing
import numpy as np


def repeated(rng, side, surface):
    """A piece of a surface again and again, turned and in perspective."""
    piece = int(rng.integers(16, 72))
    top, left = rng.integers(0, side - piece, 2)
    tile = surface[top : top + piece, left : left + piece]
    if rng.random() < 0.5:  # mirrored copies meet without a seam
        tile = np.concatenate([tile, tile[:, ::-1]], axis=1)
        tile = np.concatenate([tile, tile[::-1]], axis=0)
    count = -(-2 * side // min(tile.shape[:2]))
    flat = np.tile(tile, (count, count, 1))[: 2 * side, : 2 * side]
    flat = np.clip(flat * rng.normal(1, 0.03, flat.shape[:2])[..., np.newaxis], 0, 1)
    angle = rng.choice([0.0, rng.uniform(-45, 45)])
    turn = cv2.getRotationMatrix2D((side, side), angle, rng.uniform(0.7, 1.3))
    turn[:, 2] -= side / 2
    return cv2.warpAffine(
        flat.astype(np.float32), turn, (side, side), borderMode=cv2.BORDER_REFLECT
    )


def leaves(rng, side, surfaces):
    """Shapes before shapes, each with a surface that is found in others too."""
    picture = surfaces[0].copy()
    for _ in range(int(rng.integers(4, 30))):
        alpha = drawing.shape(rng, side)[..., np.newaxis]
        paint = surfaces[rng.integers(len(surfaces))]
        paint = np.roll(paint, rng.integers(0, side, 2), axis=(0, 1))
        picture = picture + alpha * (paint - picture)
    return picture


def draw(rng, side, surfaces):
    """A picture of texture, of one or more `surfaces`, float32 `[side, side, 3]`."""
    kind = rng.random()
    if kind < 0.4:
        return surfaces[0]
    if kind < 0.7:
        return repeated(rng, side, surfaces[0])
    return leaves(rng, side, surfaces)

"""Masks with random holes, for training and evaluation; nothing imports TensorFlow."""

from inpaint.masks.moves import Moves, moves_of
from inpaint.masks.own import MaskFiles, masks_of_pictures
from inpaint.masks.papers import (
    Middle,
    Patches,
    RandomRegions,
    Rectangles,
    patch_around,
)
from inpaint.masks.release import (
    BoxSettings,
    Holes,
    Rectangle,
    box_of,
    distances,
    draw_masks,
    draw_stroke,
    random_rectangle,
    random_strokes,
    rectangle_mask,
    rng,
    shrunk,
    static,
    stroke_vertices,
    strokes,
)
from inpaint.masks.sampler import Sampler
from inpaint.masks.samplers import SAMPLERS, Release, make, register, require_own

__all__ = [
    "SAMPLERS",
    "BoxSettings",
    "Holes",
    "MaskFiles",
    "Middle",
    "Moves",
    "Patches",
    "RandomRegions",
    "Rectangle",
    "Rectangles",
    "Release",
    "Sampler",
    "box_of",
    "distances",
    "draw_masks",
    "draw_stroke",
    "make",
    "masks_of_pictures",
    "moves_of",
    "patch_around",
    "random_rectangle",
    "random_strokes",
    "rectangle_mask",
    "register",
    "require_own",
    "rng",
    "shrunk",
    "static",
    "stroke_vertices",
    "strokes",
]

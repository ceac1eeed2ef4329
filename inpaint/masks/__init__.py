"""Masks with random holes, for training and evaluation; nothing imports TensorFlow."""

from inpaint.masks.papers import Middle, Patches, RandomRegions, Rectangles
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
from inpaint.masks.samplers import Release, Sampler, make, register

__all__ = [
    "BoxSettings",
    "Holes",
    "Middle",
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
    "random_rectangle",
    "random_strokes",
    "rectangle_mask",
    "register",
    "rng",
    "shrunk",
    "static",
    "stroke_vertices",
    "strokes",
]

"""Masks with random holes, for training and evaluation; nothing imports TensorFlow."""

from inpaint.masks.papers import Middle, Patches, Rectangles, Region
from inpaint.masks.release import (
    Box,
    Holes,
    Rectangle,
    box_of,
    distances,
    draw_masks,
    draw_stroke,
    generator,
    random_rectangle,
    random_strokes,
    rectangle_mask,
    shrunk,
    static,
    stroke_vertices,
    strokes,
)
from inpaint.masks.samplers import Release, Sampler, make, register

__all__ = [
    "Box",
    "Holes",
    "Middle",
    "Patches",
    "Rectangle",
    "Rectangles",
    "Region",
    "Release",
    "Sampler",
    "box_of",
    "distances",
    "draw_masks",
    "draw_stroke",
    "generator",
    "make",
    "random_rectangle",
    "random_strokes",
    "rectangle_mask",
    "register",
    "shrunk",
    "static",
    "stroke_vertices",
    "strokes",
]

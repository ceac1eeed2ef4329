"""Masks with random holes, for training and evaluation; nothing imports TensorFlow."""

from inpaint.masks.release import (
    Box,
    Holes,
    Rectangle,
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

__all__ = [
    "Box",
    "Holes",
    "Rectangle",
    "distances",
    "draw_masks",
    "draw_stroke",
    "generator",
    "random_rectangle",
    "random_strokes",
    "rectangle_mask",
    "shrunk",
    "static",
    "stroke_vertices",
    "strokes",
]

"""Frozen networks with random weights and a few channels, in files."""

import numpy as np

from inpaint.features.stacks import VGG16


def vgg16_file(path, channels=2, seed=0):
    """An .npz file of VGG16's layers with so many channels each; returns its path."""
    rng = np.random.default_rng(seed)
    arrays, before = {}, 3
    for number in sum(VGG16.blocks, ()):
        kernel = rng.normal(size=(channels, before, 3, 3)) / np.sqrt(9 * before)
        arrays[f"features.{number}.weight"] = kernel.astype(np.float32)
        arrays[f"features.{number}.bias"] = rng.normal(size=channels).astype(np.float32)
        before = channels
    np.savez(path, **arrays)
    return str(path)

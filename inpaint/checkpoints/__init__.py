"""Every format that holds weights: the release's, training folders, exports, HDF5.

TensorFlow is imported when one of the functions is first used: `checkpoints.exports`
does without.
"""

import importlib

__all__ = [
    "Stored",
    "generator_from",
    "load_generator",
    "locate",
    "network_of",
    "open_stored",
    "restore",
    "save_original",
]


def __getattr__(name):
    if name in __all__:
        return getattr(importlib.import_module("inpaint.checkpoints.stored"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Models: one paper, one file. `base` is the contract, `registry` knows their names.

TensorFlow is imported when a model is first used: `inpaint.models.settings` and
`inpaint.models.registry` do without.
"""

import importlib

__all__ = ["build_generator", "build_model", "recognise", "register"]

_HOMES = {
    "build_generator": "inpaint.models.building",
    "build_model": "inpaint.models.building",
    "recognise": "inpaint.models.building",
    "register": "inpaint.models.registry",
}


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

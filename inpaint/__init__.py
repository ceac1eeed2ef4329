"""DeepFill v1 and v2 for TensorFlow 2 and Keras.

    from inpaint import Inpainter

    inpainter = Inpainter.load("model_logs/release_places2_256")
    completed = inpainter(image, mask)  # uint8 RGB, hole = True

TensorFlow is imported when `Inpainter` is first used, not by `import inpaint`.
"""

import importlib
import os

from inpaint.version import __version__

_EXPORTS = {"Inpainter": "inpaint.inference"}

__all__ = ["Inpainter", "__version__"]


def __getattr__(name):
    if name in _EXPORTS:
        # Notes and warnings of TensorFlow's own; errors show, and who set it is obeyed.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        return getattr(importlib.import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'inpaint' has no attribute {name!r}")

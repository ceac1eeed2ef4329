"""inpaint.yml ↔ settings; nothing here imports TensorFlow."""

from inpaint.config.reading import from_dict, keys_in, load, override
from inpaint.config.settings import Config, class_of
from inpaint.config.writing import save, to_yaml

__all__ = [
    "Config",
    "class_of",
    "from_dict",
    "keys_in",
    "load",
    "override",
    "save",
    "to_yaml",
]

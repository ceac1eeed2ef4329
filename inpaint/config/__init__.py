"""inpaint.yml → settings; nothing here imports TensorFlow."""

from inpaint.config.settings import (
    Config,
    from_dict,
    load,
    override,
    save,
    to_yaml,
)

__all__ = ["Config", "from_dict", "load", "override", "save", "to_yaml"]

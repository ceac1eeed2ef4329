"""inpaint.yml → settings; nothing here imports TensorFlow."""

from inpaint.config.settings import (
    Config,
    from_dict,
    keys_in,
    load,
    override,
    save,
    to_yaml,
)

__all__ = ["Config", "from_dict", "keys_in", "load", "override", "save", "to_yaml"]

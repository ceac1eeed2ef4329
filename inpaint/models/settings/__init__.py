"""What a paper sets beside the run's settings: its own keys of inpaint.yml.

One file a model, of the model's name, without TensorFlow. The file of settings stays
flat: a model's keys stand beside the run's.

    @dataclass(frozen=True)
    class Settings(ModelSettings):
        defaults: ClassVar = {"batch_size": 6}
        hole_weight: float = key(6.0, number(0), "weight of the loss in the hole")
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inpaint.config.kinds import key

__all__ = ["ModelSettings", "key"]


@dataclass(frozen=True)
class ModelSettings:
    """The keys of one model; a subclass has a field, made by `key`, for each.

    Attributes:
      defaults: the run's defaults that the model changes, by key.

    Example:
      >>> from inpaint.models import registry
      >>> issubclass(registry.settings("lama"), ModelSettings)
      True
    """

    defaults: ClassVar[Mapping[str, Any]] = {}

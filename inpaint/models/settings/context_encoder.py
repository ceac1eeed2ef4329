"""What Context Encoders set for the centre, with the release's numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inpaint.config.kinds import key, whole
from inpaint.models.settings import context_encoder_random


@dataclass(frozen=True)
class Settings(context_encoder_random.Settings):
    """The keys of `model: context_encoder`: of random regions' too, and one more."""

    defaults: ClassVar[Mapping[str, Any]] = {
        **context_encoder_random.Settings.defaults,
        "masks": "center",
    }

    overlap: int = key(
        4,
        whole(0),
        "pixels of the rim painted too: 4 as released, 7 as published",
    )

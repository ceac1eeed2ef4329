"""What Global&Local sets, with the paper's numbers (§4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from inpaint.config.kinds import key, number, whole
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class Settings(ModelSettings):
    """The keys of `model: global_local`."""

    defaults: ClassVar[Mapping[str, Any]] = {
        "batch_size": 96,
        "max_iters": 500000,
        "learning_rate": 1.0,
        "random_crop": True,
        "masks": "rectangle",
        "mask_per_sample": True,
    }

    base_filters: int = key(64, whole(2, multiple=2), "all widths scale with it")
    discriminator_filters: int = key(64, whole(1), "all the critics' widths scale")
    local_size: int = key(128, whole(4), "side of the patch that one critic sees")
    completion_steps: int = key(
        90000, whole(0), "T_C: steps of the completion network alone, first"
    )
    discriminator_steps: int = key(
        10000, whole(0), "T_D: steps of the critics alone, then"
    )
    gan_loss_alpha: float = key(0.0004, number(0), "weight of the adversarial loss")

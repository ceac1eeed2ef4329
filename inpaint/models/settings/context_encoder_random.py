"""What Context Encoders set for random regions, with the release's numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Union

from inpaint.config.kinds import DECAY, FLAG, RATE, key, number, whole
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class Settings(ModelSettings):
    """The keys of `model: context_encoder_random`."""

    defaults: ClassVar[Mapping[str, Any]] = {
        "batch_size": 64,
        "learning_rate": 2e-3,
        "random_crop": True,
        "img_shapes": (128, 128, 3),
        "masks": "region",
    }

    base_filters: int = key(64, whole(1), "all widths scale with it")
    bottleneck: int = key(4000, whole(1), "features between encoder and decoder")
    channelwise: bool = key(
        False, FLAG, "the paper's channel-wise dense layer in place of the bottleneck"
    )
    discriminator_filters: int = key(64, whole(1), "all the critic's widths scale")
    discriminator_learning_rate: Union[float, tuple] = key(
        2e-4, RATE, "of the critic; learning_rate is the generator's"
    )
    adam_beta1: float = key(0.5, DECAY, "decay of Adam's mean gradient")
    adam_beta2: float = key(0.999, DECAY, "decay of Adam's mean squared gradient")
    wtl2: float = key(
        0.999, number(0, 1), "weight of the l2 loss; the adversarial one has the rest"
    )
    train_biases: bool = key(
        False, FLAG, "false: biases are 0 in training, as released"
    )

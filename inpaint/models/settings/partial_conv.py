"""What partial convolutions set, by the paper (arXiv 1804.07723)."""

from dataclasses import dataclass
from typing import ClassVar, Union

from inpaint.config.kinds import RATE, TEXT, key, number, whole
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class Settings(ModelSettings):
    """The keys of `model: partial_conv`."""

    defaults: ClassVar = {
        "batch_size": 6,
        "img_shapes": (512, 512, 3),
        "learning_rate": 2e-4,
        "max_iters": 1000000,
        "masks": "free_form",
        "mask_per_sample": True,
        # What the paper and its published masks ask for (§4.1).
        "mask_threshold": 0.6,
        "mask_fit": "centre",
        "mask_flip": True,
        "mask_dilation": (9, 49),
        "mask_turn": True,
        "mask_shift": 0.25,
    }

    base_filters: int = key(64, whole(1), "all widths scale with it")
    levels: int = key(8, whole(1), "how often the picture is halved: 8 for 512²")
    first_steps: int = key(
        500000, whole(0), "steps before fine-tuning with the encoder's BN frozen"
    )
    fine_tuning_rate: Union[float, tuple] = key(
        5e-5, RATE, "learning rate of fine-tuning"
    )
    valid_alpha: float = key(1.0, number(0), "weight of l1 on known pixels")
    hole_alpha: float = key(6.0, number(0), "weight of l1 in the hole")
    perceptual_alpha: float = key(
        0.05, number(0), "weight of VGG16's features; 0: without"
    )
    style_alpha: float = key(120.0, number(0), "weight of their Gram matrices")
    tv_alpha: float = key(0.1, number(0), "weight of the total variation")
    vgg16_weights: str = key(
        "", TEXT, "VGG16's weights, .h5 of Keras or .npz; empty: Keras' download"
    )

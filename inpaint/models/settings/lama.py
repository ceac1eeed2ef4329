"""What LaMa sets, by the authors' configurations (arXiv 2109.07161)."""

from dataclasses import dataclass
from typing import ClassVar, Union

from inpaint.config.kinds import RATE, TEXT, key, number, whole
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class Settings(ModelSettings):
    """The keys of `model: lama`."""

    defaults: ClassVar = {
        "batch_size": 10,
        "learning_rate": 1e-3,
        "max_iters": 1000000,
        "masks": "lama",
        "mask_per_sample": True,
        "random_crop": True,
    }

    base_filters: int = key(64, whole(1), "all widths scale with it")
    blocks: int = key(9, whole(1), "residual blocks: 9, or 18 (Big-LaMa)")
    discriminator_filters: int = key(64, whole(1), "the critic's first layer has")
    critic_learning_rate: Union[float, tuple] = key(1e-4, RATE, "of the critic's Adam")
    gradient_norm: float = key(
        1.0, number(0), "of each network's gradients, at most; 0: any"
    )
    l1_loss_alpha: float = key(10.0, number(0), "weight of l1 on known pixels")
    gan_loss_alpha: float = key(10.0, number(0), "weight of the adversarial loss")
    feature_matching_alpha: float = key(
        100.0, number(0), "weight of the distance of the critic's features"
    )
    perceptual_alpha: float = key(
        30.0, number(0), "weight of the distance of ResNet-50's features; 0: without"
    )
    r1_gamma: float = key(0.001, number(0), "weight of the critic's penalty R1")
    resnet50_weights: str = key(
        "", TEXT, ".npz file of the dilated ResNet-50, for the perceptual loss"
    )

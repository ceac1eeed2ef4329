"""What DeepFill v2 sets, with the release's names and defaults."""

from dataclasses import dataclass

from inpaint.config.kinds import (
    DECAY,
    FLAG,
    PADDING,
    STRIDE_PADDING,
    key,
    number,
    one_of,
    whole,
)
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class Settings(ModelSettings):
    """The keys of `model: deepfill_v2`."""

    base_filters: int = key(48, whole(4, 4096, multiple=4), "all widths scale with it")
    padding: str = key(
        "SAME", PADDING, "of every convolution: SAME (zeros), SYMMETRIC or REFLECT"
    )
    stride_padding: str = key(
        "SAME",
        STRIDE_PADDING,
        "zeros of layers with strides: SAME (as released) or SYMMETRIC (as in PyTorch)",
    )
    initializer: str = key(
        "release",
        one_of("release", "copying"),
        "fresh weights: release, or copying (layers begin by handing the picture on)",
    )
    discriminator_filters: int = key(
        64, whole(1, 4096), "all the critic's widths scale"
    )
    spectral_norm: str = key(
        "neuralgym",
        one_of("neuralgym", "addons"),
        "of the critic: neuralgym (as released) or addons (of tensorflow-addons)",
    )
    adam_beta1: float = key(0.5, DECAY, "decay of Adam's mean gradient")
    adam_beta2: float = key(0.999, DECAY, "decay of Adam's mean squared gradient")
    gan: str = key("sngan", one_of("sngan", "wgan_gp"), "sngan, the paper's own")
    gan_loss_alpha: float = key(
        1.0, number(0), "weight of the adversarial loss; 0: no critic"
    )
    gan_with_mask: bool = key(True, FLAG, "the critic sees the mask too")
    ae_loss: bool = key(True, FLAG, "l1 loss of both stages")
    l1_loss_alpha: float = key(1.0, number(0), "weight of ae_loss")
    texture_alpha: float = key(
        0.0, number(0), "weight of a texture loss in the hole; 0 (the paper): without"
    )
    texture_depth: int = key(
        0, whole(0, 1024), "pixels of the hole's rim that the texture loss leaves out"
    )
    l1_loss: bool = key(True, FLAG, "of no effect, as released")
    discounted_mask: bool = key(True, FLAG, "of no effect, as released")

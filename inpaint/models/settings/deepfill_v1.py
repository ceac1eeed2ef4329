"""What DeepFill v1 sets, with the release's names and defaults."""

from dataclasses import dataclass
from typing import ClassVar

from inpaint.config.kinds import DECAY, FLAG, PADDING, key, number, one_of, whole
from inpaint.models.settings import ModelSettings


@dataclass(frozen=True)
class Settings(ModelSettings):
    """The keys of `model: deepfill_v1`."""

    defaults: ClassVar = {
        "brush_strokes": False,
        "train_spe": 10000,
        "max_iters": 1000000,
        "val_psteps": 1000,
    }

    base_filters: int = key(32, whole(4, 4096, multiple=4), "all widths scale with it")
    padding: str = key(
        "SAME", PADDING, "of every convolution: SAME (zeros), SYMMETRIC or REFLECT"
    )
    discriminator_filters: int = key(
        64, whole(1, 4096), "all the critics' widths scale"
    )
    adam_beta1: float = key(0.5, DECAY, "decay of Adam's mean gradient")
    adam_beta2: float = key(0.9, DECAY, "decay of Adam's mean squared gradient")
    pretrain_coarse_network: bool = key(
        False, FLAG, "train the first stage only, without critics"
    )
    gan: str = key("wgan_gp", one_of("sngan", "wgan_gp"), "wgan_gp, the paper's own")
    gan_loss_alpha: float = key(0.001, number(0), "weight of the adversarial loss")
    gan_with_mask: bool = key(False, FLAG, "the critics see the mask too")
    wgan_gp_lambda: float = key(10.0, number(0), "weight of the gradient penalty")
    global_wgan_loss_alpha: float = key(1.0, number(0), "weight of the global critic")
    global_dcgan_loss_alpha: float = key(1.0, number(0), "no effect with wgan_gp")
    l1_loss: bool = key(True, FLAG, "l1 loss around the hole")
    l1_loss_alpha: float = key(1.2, number(0), "weight of l1_loss")
    discounted_mask: bool = key(True, FLAG, "l1_loss weighs less deep in the hole")
    spatial_discounting_gamma: float = key(
        0.9, number(0, 1), "factor a pixel from its rim"
    )
    ae_loss: bool = key(True, FLAG, "l1 loss outside the hole")
    ae_loss_alpha: float = key(1.2, number(0), "weight of ae_loss")
    coarse_l1_alpha: float = key(1.2, number(0), "weight of the first stage's l1 loss")

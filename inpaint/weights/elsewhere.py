"""Weights that others trained, which one gets from where they are."""

from typing import NamedTuple


class Weights(NamedTuple):
    """Weights that are read here; see docs/weights.md."""

    network: str
    source: str
    values: int
    licence: str


WEIGHTS = (
    Weights(
        "deepfill_v2",
        "the release, Places2 or CelebA-HQ: its folder; ports' .pth",
        4_052_478,
        "CC BY-NC 4.0",
    ),
    Weights(
        "deepfill_v1",
        "the release of version 1: its folder; ports' .pth",
        3_601_542,
        "CC BY-NC 4.0",
    ),
    Weights(
        "global_local",
        "the authors' completionnet .t7; mmagic's .pth",
        6_072_131,
        "for research; Apache-2.0",
    ),
    Weights(
        "context_encoder", "the authors' inpaintCenter .t7", 71_130_531, "for research"
    ),
    Weights(
        "partial_conv",
        "ports' .pth, of 7 levels; mmagic's",
        25_779_796,
        "MIT; Apache-2.0",
    ),
    Weights("lama", "best.ckpt, of 9 blocks", 27_048_835, "Apache-2.0"),
    Weights("lama", "big-lama.pt, of 18 blocks", 50_975_875, "Apache-2.0"),
)

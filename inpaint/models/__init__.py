"""The registry: every model by its name in inpaint.yml (`model: deepfill_v2`)."""

from inpaint.errors import InputError
from inpaint.models.deepfill_v1 import (
    DeepFillV1,
    DeepFillV1BaselineGenerator,
    DeepFillV1Generator,
)
from inpaint.models.deepfill_v2 import DeepFillV2, DeepFillV2Generator

GENERATORS = {
    "deepfill_v2": DeepFillV2Generator,
    "deepfill_v1": DeepFillV1Generator,
    "deepfill_v1_baseline": DeepFillV1BaselineGenerator,
}


def build_generator(config):
    """The generator that a Config describes, with fresh weights.

    Raises:
      InputError: if `config.model` is not registered, or cannot be guided and should.
    """
    if config.model not in GENERATORS:
        raise InputError(
            f"model: {config.model!r} is not one of {', '.join(GENERATORS)}"
        )
    generator = GENERATORS[config.model]
    if config.guided and not generator.can_be_guided:
        raise InputError(f"guided: {config.model} takes no sketch")
    return generator(
        base_filters=config.base_filters,
        guided=config.guided,
        padding=config.padding.lower(),
        stride_padding=config.stride_padding.lower(),
    )


def build_model(config):
    """The model that a Config describes, to train, with fresh weights.

    Raises:
      InputError: if `config.model` is not registered or cannot be trained so.
    """
    generator = build_generator(config)
    return _BUILDERS[config.model](generator, config)


def _deepfill_v1(generator, config):
    _require_gan(config, "wgan_gp")
    return DeepFillV1(
        generator,
        image_size=config.img_shapes[:2],
        box_size=(config.height, config.width),
        discriminator_filters=config.discriminator_filters,
        gan_with_mask=config.gan_with_mask,
        gan_loss_alpha=config.gan_loss_alpha,
        global_wgan_loss_alpha=config.global_wgan_loss_alpha,
        wgan_gp_lambda=config.wgan_gp_lambda,
        l1_loss=config.l1_loss,
        l1_loss_alpha=config.l1_loss_alpha,
        discounted_mask=config.discounted_mask,
        spatial_discounting_gamma=config.spatial_discounting_gamma,
        ae_loss=config.ae_loss,
        ae_loss_alpha=config.ae_loss_alpha,
        coarse_l1_alpha=config.coarse_l1_alpha,
        pretrain_coarse_network=config.pretrain_coarse_network,
    )


def _deepfill_v2(generator, config):
    _require_gan(config, "sngan")
    return DeepFillV2(
        generator,
        discriminator_filters=config.discriminator_filters,
        spectral_norm=config.spectral_norm,
        gan_with_mask=config.gan_with_mask,
        gan_loss_alpha=config.gan_loss_alpha,
        ae_loss=config.ae_loss,
        l1_loss_alpha=config.l1_loss_alpha,
    )


def _require_gan(config, gan):
    if config.gan != gan:
        raise InputError(
            f"gan: {config.gan} is not how {config.model} is trained: {gan} is"
        )


_BUILDERS = {
    "deepfill_v2": _deepfill_v2,
    "deepfill_v1": _deepfill_v1,
    "deepfill_v1_baseline": _deepfill_v1,
}


def recognise(shapes):
    """Name and constructor arguments of the model that a checkpoint holds.

    Args:
      shapes: shapes by variable name, as in a checkpoint of the release.

    Returns:
      (name, arguments), or None if no registered model has such variables.
    """
    for name, generator in GENERATORS.items():
        arguments = generator.recognise(shapes)
        if arguments is not None:
            return name, arguments
    return None

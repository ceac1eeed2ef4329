"""The registry: every model by its name in inpaint.yml (`model: deepfill_v2`)."""

from inpaint.errors import InputError
from inpaint.models.deepfill_v2 import DeepFillV2, DeepFillV2Generator

GENERATORS = {"deepfill_v2": DeepFillV2Generator}


def build_generator(config):
    """The generator that a Config describes, with fresh weights.

    Raises:
      InputError: if `config.model` is not registered.
    """
    if config.model not in GENERATORS:
        raise InputError(
            f"model: {config.model!r} is not one of {', '.join(GENERATORS)}"
        )
    return GENERATORS[config.model](
        base_filters=config.base_filters,
        guided=config.guided,
        padding=config.padding.lower(),
    )


def build_model(config):
    """The model that a Config describes, to train, with fresh weights.

    Raises:
      InputError: if `config.model` is not registered or cannot be trained so.
    """
    generator = build_generator(config)
    return _BUILDERS[config.model](generator, config)


def _deepfill_v2(generator, config):
    if config.gan != "sngan":
        raise InputError(
            f"gan: {config.gan} is not how deepfill_v2 is trained: sngan is"
        )
    return DeepFillV2(
        generator,
        discriminator_filters=config.discriminator_filters,
        spectral_norm=config.spectral_norm,
        gan_with_mask=config.gan_with_mask,
        gan_loss_alpha=config.gan_loss_alpha,
        ae_loss=config.ae_loss,
        l1_loss_alpha=config.l1_loss_alpha,
    )


_BUILDERS = {"deepfill_v2": _deepfill_v2}


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

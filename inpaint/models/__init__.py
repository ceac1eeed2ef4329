"""The registry: every model by its name in inpaint.yml (`model: deepfill_v2`)."""

from inpaint.errors import InputError
from inpaint.models.deepfill_v2 import DeepFillV2Generator

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

"""Models from settings, and from what checkpoints hold."""

import inspect

from inpaint.errors import InputError, one_line
from inpaint.models import registry


def build_generator(config):
    """The generator that a Config describes, with fresh weights.

    Raises:
      InputError: if `config.model` is not registered, or cannot be guided and should.

    Example:
      >>> from inpaint.config import Config
      >>> build_generator(Config(base_filters=4)).name
      'deepfill_v2'
    """
    generator = registry.paper(config.model).generator
    return generator(**generator_arguments(config))


def generator_arguments(config):
    """Arguments of the generator's constructor, as a Config has them.

    Raises:
      InputError: as `build_generator`.
    """
    generator = registry.paper(config.model).generator
    if config.guided and not generator.can_be_guided:
        raise InputError(f"guided: {config.model} takes no sketch")
    takes = inspect.signature(generator.__init__).parameters
    if config.channels != generator.channels and "channels" not in takes:
        raise InputError(
            f"channels: {config.model} paints pictures of {generator.channels}, not of "
            f"{config.channels}"
        )
    return generator.arguments_of(config)


def build_model(config):
    """The model that a Config describes, to train, with fresh weights.

    Raises:
      InputError: if `config.model` is not registered or cannot be trained so.

    Example:
      >>> from inpaint.config import Config
      >>> small = Config(base_filters=4, discriminator_filters=4)
      >>> [phase.name for phase in build_model(small).phases()]
      ['train']
    """
    generator = build_generator(config)
    return registry.paper(config.model).model.from_config(generator, config)


def from_description(name, arguments, source):
    """The generator that a file says it holds, with fresh weights.

    Args:
      name: in the registry.
      arguments: of its constructor.
      source: the file, for the error's message.

    Raises:
      InputError: if no model has that name, or it takes no such arguments.
    """
    try:
        generator = registry.paper(name).generator
    except InputError as error:
        raise InputError(
            f"{source}: {error}; import the file that registers it"
        ) from None
    try:
        inspect.signature(generator).bind(**arguments)
        return generator(**arguments)
    except (TypeError, ValueError) as error:
        raise InputError(f"{source}: describes no {name}: {one_line(error)}") from None


def recognise(shapes):
    """Name and constructor arguments of the model that a checkpoint holds.

    Only checkpoints of the release need this: other files say what they hold.

    Args:
      shapes: shapes by variable name, as in a checkpoint of the release.

    Returns:
      (name, arguments), or None if no registered model has such variables.

    Example:
      >>> recognise({"inpaint_net/conv1/kernel": [5, 5, 5, 48]}) is None  # and no more
      True
    """
    for name in registry.names():
        arguments = registry.paper(name).generator.recognise(shapes)
        if arguments is not None:
            return name, arguments
    return None

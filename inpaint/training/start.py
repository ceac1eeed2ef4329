"""How a training starts: its model, and the weights that a fine-tune starts from."""

import dataclasses

from inpaint import checkpoints
from inpaint.errors import InputError
from inpaint.models import registry
from inpaint.models.building import build_model
from inpaint.models.network import precision


def build(config):
    """The model, its layers computing in the precision that the settings ask for.

    Raises:
      InputError: if the pictures are too small for that precision, or of a size that
        the network does not take.
    """
    if config.precision != "float32" and min(config.img_shapes[:2]) < 64:
        # oneDNN's gradient of a 5×5 kernel on a single bfloat16 pixel, which is what
        # the critic comes to, is not always finite.
        raise InputError(
            f"precision: {config.precision} needs pictures of at least 64 × 64, "
            f"img_shapes is {list(config.img_shapes)}"
        )
    with precision(config.precision):
        model = build_model(config)
    _require_size(model.generator, config.img_shapes)
    return model


def _require_size(generator, shape):
    size = list(shape[:2])
    if generator.fixed_size is not None and not generator.takes(*size):
        raise InputError(
            f"img_shapes: height and width must be {list(generator.fixed_size)}, the "
            f"only size of {generator.name}, not {size}"
        )


def adopted(config, path, given):
    """A Config with the width, the guidance and so on of a checkpoint's network.

    Args:
      config: a Config.
      path: see `checkpoints.open_stored`.
      given: names of the settings that the user chose, which stay.

    Raises:
      InputError: if the checkpoint cannot be read.
    """
    name, arguments = checkpoints.network_of(checkpoints.open_stored(path))
    if name != config.model:
        return config  # `initialise` says what is wrong
    ours = {k: v for k, v in arguments.items() if k not in given and k != "padding"}
    if "stride_padding" in ours:
        ours["stride_padding"] = str(ours["stride_padding"]).upper()
    return dataclasses.replace(
        config, **{k: v for k, v in ours.items() if hasattr(config, k)}
    )


def initialise(model, path):
    """Set a model's weights, and nothing else, from a checkpoint.

    The generator is restored strictly; of the critics, those variables that the
    checkpoint holds in the right shape.

    Args:
      model: an `InpaintingModel`.
      path: see `checkpoints.open_stored`.

    Returns:
      (restored, not restored, left over): lists of variable names; the last are those
      of the checkpoint that no network here has.

    Raises:
      InputError: if the network, its width, guidance or variables differ.
    """
    stored = checkpoints.open_stored(path)
    generator = model.generator
    name, found = checkpoints.network_of(stored)
    if name is not None and name != registry.name_of(type(generator)):
        raise InputError(
            f"{stored.source}: holds {name}, but the settings say "
            f"model: {registry.name_of(type(generator))}"
        )
    arguments = generator.arguments()
    for key, value in (found or {}).items():
        ours = arguments.get(key, value)
        if value is not None and value != ours and key != "padding":
            raise InputError(
                f"{stored.source}: has {key} {value}, but the settings say "
                f"{key}: {ours}"
            )
    checkpoints.restore(generator, stored)
    restored = list(generator.variables_by_name())
    missing = []
    for critic in model.critics:
        for name, variable in critic.variables_by_name().items():
            if list(stored.shapes.get(name, ())) == list(variable.shape):
                variable.assign(stored.get(name))
                restored.append(name)
            else:
                missing.append(name)
    left_over = sorted(set(stored.shapes) - set(restored) - set(missing))
    return restored, missing, left_over


def by_scope(names):
    """How many variables there are in each scope, in a few words.

    Example:
      >>> by_scope(["net/conv1/bias", "net/conv1/kernel", "lr"])
      '2 of net, lr'
    """
    groups = {}
    for name in names:
        groups.setdefault(name.partition("/")[0], []).append(name)
    return ", ".join(
        found[0] if len(found) == 1 else f"{len(found)} of {scope}"
        for scope, found in groups.items()
    )

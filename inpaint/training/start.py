"""The weights that a fine-tune starts from."""

import dataclasses

from inpaint import checkpoints
from inpaint.errors import InputError
from inpaint.models import recognise


def adopted(config, path, given):
    """A Config with the width and the guidance of a checkpoint's network.

    Args:
      config: a Config.
      path: see `checkpoints.open_stored`.
      given: names of the settings that the user chose, which stay.

    Raises:
      InputError: if the checkpoint cannot be read.
    """
    found = recognise(checkpoints.open_stored(path).shapes)
    if found is None or found[0] != config.model:
        return config  # `initialise` says what is wrong
    ours = {k: v for k, v in found[1].items() if k not in given}
    return dataclasses.replace(config, **ours)


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
    found = generator.recognise(stored.shapes)
    other = recognise(stored.shapes)
    if found is None and other is not None:
        raise InputError(
            f"{stored.source}: holds {other[0]}, but the settings say "
            f"model: {generator.name}"
        )
    if found is not None:
        for key, value in found.items():
            ours = getattr(generator, key)
            if value != ours:
                raise InputError(
                    f"{stored.source}: has {key} {value}, but the settings say "
                    f"{key}: {ours}"
                )
    if stored.stride_padding != generator.stride_padding:
        raise InputError(
            f"{stored.source}: has stride_padding {stored.stride_padding.upper()}, but "
            f"the settings say stride_padding: {generator.stride_padding.upper()}"
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

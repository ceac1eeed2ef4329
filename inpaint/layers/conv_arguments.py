"""The arguments that convolution layers share: checked, paired, and in their config."""

from typing import Union

import keras

Sizes = Union[int, tuple[int, int]]

PADDINGS = ("same", "symmetric", "reflect")
STRIDE_PADDINGS = ("same", "symmetric")


def check_choice(name, value, accepted):
    if value not in accepted:
        raise ValueError(f"`{name}` must be one of {accepted}. Received: {value!r}")
    return value


def check_positive(name, value):
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer. Received: {value!r}")
    return value


def check_sizes(name, value):
    """A positive integer, or a pair of them as a tuple."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(
                f"`{name}` must be a positive integer or two. Received: {value!r}"
            )
        return tuple(check_positive(name, each) for each in value)
    return check_positive(name, value)


def pair(value):
    """(rows, columns) of an integer for both, or of such a pair."""
    return value if isinstance(value, tuple) else (value, value)


def kernel_and_bias_config(layer):
    """What a layer's configuration says of how its kernel and bias are made."""
    config = {"use_bias": layer.use_bias}
    for kind in ("initializer", "regularizer", "constraint"):
        serialize = getattr(keras, f"{kind}s").serialize
        for part in ("kernel", "bias"):
            value = getattr(layer, f"{part}_{kind}")
            config[f"{part}_{kind}"] = None if value is None else serialize(value)
    return config

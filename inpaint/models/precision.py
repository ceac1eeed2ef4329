"""The precision in which a network computes, whatever Keras's global policy is.

Weights are float32 in either. In "bfloat16" convolutions take and give bfloat16, as
Keras's policy `mixed_bfloat16` has it; attention's scores stay float32.
"""

import contextlib

from inpaint.errors import InputError
from inpaint.models import network

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@contextlib.contextmanager
def of_new_layers(precision):
    """Layers that are made in this context compute in a precision.

    Args:
      precision: "float32" or "bfloat16".

    Raises:
      InputError: if it is neither.
    """
    if precision not in POLICIES:
        raise InputError(
            f"precision: expected {' or '.join(POLICIES)}, got {precision!r}"
        )
    with network.precision(POLICIES[precision]):
        yield


def in_float32(generator):
    """A generator of the same weights that computes in float32.

    Args:
      generator: an `inpaint.models.base.Generator`.
    """
    config = {**generator.get_config(), "dtype": "float32"}
    copy = type(generator).from_config(config)
    weights = generator.variables_by_name()
    for name, variable in copy.variables_by_name().items():
        variable.assign(weights[name])
    return copy

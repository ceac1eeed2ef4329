"""How far the weights of two checkpoints lie apart."""

import numpy as np

from inpaint.errors import InputError


def largest_difference(generator, stored):
    """The largest difference of a generator's weights to those of a checkpoint.

    Args:
      generator: a `Generator`.
      stored: a `Stored`; what only training needs may be in it.

    Returns:
      (difference, name of the variable), (0.0, None) if there is none; NaN where only
      one side is.

    Raises:
      InputError: if a variable is missing there, or has another shape.
    """
    largest = (0.0, None)
    for name, variable in generator.variables_by_name().items():
        shape = list(variable.shape)
        if list(stored.shapes.get(name, ())) != shape or name not in stored.shapes:
            found = stored.shapes.get(name, "missing")
            raise InputError(
                f"{stored.source}: cannot be compared: {name} is {found} instead of "
                f"{shape}"
            )
        pair = [np.asarray(x, np.float64) for x in (variable.numpy(), stored.get(name))]
        same = (pair[0] == pair[1]) | np.isnan(pair).all(axis=0)
        apart = np.abs(np.where(same, 0.0, pair[0] - pair[1]))
        difference = float(np.max(apart, initial=0.0))
        if difference > largest[0] or np.isnan(difference):
            largest = (difference, name)
        if np.isnan(difference):
            break
    return largest

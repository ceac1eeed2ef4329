"""Keras models whose weights all have names of their own, whatever Keras it is.

The names are those of files: checkpoints of the release, training folders, exports,
`.weights.h5`. Keras's own depend on its version and on what else a process has made.
"""

import contextlib
import re

import keras
import numpy as np
import tensorflow as tf

from inpaint.errors import InputError


@contextlib.contextmanager
def precision(policy):
    """Layers made within compute in a precision, such as "mixed_bfloat16".

    Example:
      >>> with precision("mixed_bfloat16"):
      ...     layer = keras.layers.Dense(1)
      >>> layer.compute_dtype
      'bfloat16'
    """
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(policy)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


class Network(keras.Model):
    """A Keras model in an `InpaintingModel`: a generator or a critic.

    A subclass makes its layers in `__init__`, calls `self.build()` at its end, and
    chains `get_config` as Keras layers do, with its constructor's arguments.

    Attributes:
      scope: first part of the weights' names; None: the class's name in snake case.

    Example:
      >>> class Critic(Network):
      ...     def __init__(self, **kwargs):
      ...         super().__init__(**kwargs)
      ...         self.dense = keras.layers.Dense(1, name="dense")
      ...         self.dense.build((None, 4))
      ...         self.build()
      >>> sorted(Critic().variables_by_name())
      ['critic/dense/bias', 'critic/dense/kernel']
    """

    scope = None

    def build(self, *_, **__):
        """Make the weights that are not made yet, and look at their names.

        Raises:
          ValueError: if a weight has no name, or two have the same.
        """
        if not self.built:
            self.make_weights()
            self.built = True
        self.require_names()

    def make_weights(self):
        """Make the weights of layers that are made without; none by default."""

    def require_names(self):
        """Raises ValueError unless `variables_by_name` covers every weight."""
        named = {id(v) for v in self.variables_by_name().values()}
        nameless = [v for v in self.weights if id(v) not in named]
        if nameless:
            found = ", ".join(f"{v.name} {list(v.shape)}" for v in nameless)
            raise ValueError(
                f"`variables_by_name` of {type(self).__name__} must name every weight, "
                f"or files would lack it. Left out: {found}"
            )

    @classmethod
    def name_scope_of_weights(cls):
        """The first part of the weights' names."""
        return cls.scope or _snake_case(cls.__name__)

    def variables_by_name(self):
        """All weights, batch statistics included, by name.

        By default SCOPE/LAYER/…/WEIGHT, from the layers' names, on Keras 2 and 3
        alike. Layers that Keras numbers by itself are numbered anew in the order in
        which they were made.
        """
        found = {}
        _collect(self, self.name_scope_of_weights(), found, set())
        return found

    def assign_by_name(self, shapes, get, source, ignore=()):
        """Set every variable from a file, or none.

        Args:
          shapes: shapes by variable name, of all that the file holds.
          get: function from a variable's name to its value.
          source: the file, for the error's message.
          ignore: names of the file that are no error though they are not ours.

        Raises:
          InputError: if variables are missing, unexpected or of another shape, of which
            one error names them all; or a value is not finite.
        """
        variables = self.variables_by_name()
        problems = {
            "missing": sorted(set(variables) - set(shapes)),
            "unexpected": sorted(set(shapes) - set(variables) - set(ignore)),
            "misshapen": [
                f"{name} {list(shapes[name])} instead of {list(variable.shape)}"
                for name, variable in variables.items()
                if name in shapes and list(shapes[name]) != list(variable.shape)
            ],
        }
        if any(problems.values()):
            found = (
                f"{k}: {', '.join(names)}" for k, names in problems.items() if names
            )
            raise InputError(f"{source}: does not fit {self.name}: {'; '.join(found)}")
        values = {name: get(name) for name in variables}
        for name, value in values.items():
            if not np.isfinite(value).all():
                raise InputError(
                    f"{source}: {name} has values that are not finite: the file is "
                    "damaged, or its training diverged"
                )
        for name, variable in variables.items():
            variable.assign(values[name])

    def get_config(self):
        config = super().get_config()
        config.update(
            name=self.name, trainable=self.trainable, dtype=self.dtype_policy.name
        )
        return config

    def arguments(self):
        """The constructor's arguments that make a network of the same weights."""
        config = self.get_config()
        return {k: v for k, v in config.items() if k not in _KERAS_ARGUMENTS}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        with precision(config.get("dtype", "float32")):
            return cls(**config)


_KERAS_ARGUMENTS = ("name", "trainable", "dtype")


def tf_variable(variable):
    """The tf.Variable itself: Keras 3 wraps it."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def _snake_case(name):
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _collect(layer, path, found, seen):
    """Put a layer's weights, and those of the layers in it, into `found` by name."""
    inner = list(layer._flatten_layers(include_self=False, recursive=False))
    of_inner = {id(v) for each in inner for v in each.weights}
    for variable in layer.weights:
        if id(variable) not in of_inner:
            own = variable.name.split("/")[-1].split(":")[0]
            _put(found, f"{path}/{own}", variable)
    inner = [each for each in inner if id(each) not in seen]
    seen.update(map(id, inner))
    numbers = {}
    for each in inner:
        name, kind = each.name, _snake_case(type(each).__name__)
        if re.fullmatch(rf"{re.escape(kind)}(_\d+)?", name):
            number = numbers[kind] = numbers.get(kind, -1) + 1
            name = f"{kind}_{number}" if number else kind
        _collect(each, f"{path}/{name}", found, seen)


def _put(found, name, variable):
    if name in found:
        raise ValueError(f"two weights are named {name!r}: give the layers other names")
    found[name] = variable

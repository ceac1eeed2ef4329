"""What a model is: the contract that inference, training and export rely on.

A generator is a Keras model in named parts. It takes

* `image`: `[B, H, W, 3]` float32 **BGR** in [−1, 1], the hole set to 0; H and W are
  multiples of 8;
* `mask`: `[B or 1, H, W, 1]`, 1 in the hole;
* `edge` (guided models only): `[B, H, W, 1]`, 1 on sketched edges inside the hole;

and returns a dict: `coarse` and `refined`, `[B, H, W, 3]` in [−1, 1] (first and
second stage, over the whole picture), and `offsets`, `[B, H/8, W/8, 2]` int32, where
the attention of each place points to (None for a model without attention).
"""

import os

import keras

from inpaint import weights_h5
from inpaint.errors import InputError


class Generator(keras.Model):
    """A two-stage inpainting network whose layers bear the release's names.

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      guided: whether a sketch (`edge`) is a further input.
      padding: "same", "symmetric" or "reflect", for every convolution.
    """

    scope = "inpaint_net"  # of the release's variables

    def __init__(self, base_filters, guided, padding, **kwargs):
        super().__init__(**kwargs)
        self.base_filters = base_filters
        self.guided = guided
        self.padding = padding

    def build(self, *_):
        """The parts are built when they are made."""
        self.built = True

    def get_config(self):
        return {
            "name": self.name,
            "base_filters": self.base_filters,
            "guided": self.guided,
            "padding": self.padding,
        }

    def convolutions(self):
        """The convolution layers by the name of their scope in the release."""
        found = {}
        for part in self.layers:
            for layer in getattr(part, "layers", ()):
                inner = getattr(layer, "convolution", None)
                if inner is None:
                    found[layer.name] = layer
                else:
                    found[f"{layer.name}/{inner.name}"] = inner
        return found

    def variables_by_name(self):
        """The variables by their name in a checkpoint of the release."""
        return {
            f"{self.scope}/{name}/{part}": getattr(layer, part)
            for name, layer in self.convolutions().items()
            for part in ("kernel", "bias")
        }

    def assign_by_name(self, shapes, get, source, ignore=()):
        """Set every variable from a file, or none.

        Args:
          shapes: shapes by variable name, of all that the file holds.
          get: function from a variable's name to its value.
          source: the file, for the error's message.
          ignore: names of the file that are no error though they are not ours.

        Raises:
          InputError: if variables are missing, unexpected or of another shape; one
            error names them all.
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
        for name, variable in variables.items():
            variable.assign(values[name])

    def save_weights(self, filepath, overwrite=True):
        """Write `NAME.weights.h5`, which loads on Keras 2.15 and Keras 3 alike."""
        filepath = os.fspath(filepath)
        if not filepath.endswith(weights_h5.SUFFIX):
            raise ValueError(
                f"`filepath` must end in {weights_h5.SUFFIX!r}. Received: {filepath!r}"
            )
        if not overwrite and os.path.exists(filepath):
            raise FileExistsError(f"{filepath} exists and `overwrite=False`")
        values = {k: v.numpy() for k, v in self.variables_by_name().items()}
        weights_h5.write(filepath, values, self.get_config())

    def load_weights(self, filepath):
        """Set the weights from a file of `save_weights`, strictly."""
        values, _ = weights_h5.read(filepath)
        shapes = {name: value.shape for name, value in values.items()}
        self.assign_by_name(shapes, values.__getitem__, filepath)

    @classmethod
    def recognise(cls, shapes):
        """Constructor arguments read from the variables of a checkpoint.

        Args:
          shapes: shapes by variable name.

        Returns:
          dict with `base_filters` and `guided`, or None if the checkpoint is of
          another network.
        """
        raise NotImplementedError

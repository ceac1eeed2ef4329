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

import keras


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

"""What a model is: the contract that inference, training and export rely on.

A generator is a Keras model in named parts. It takes

* `image`: `[B, H, W, 3]` float32 **BGR** in [−1, 1], the hole set to 0; H and W are
  multiples of 8;
* `mask`: `[B or 1, H, W, 1]`, 1 in the hole;
* `edge` (guided models only): `[B, H, W, 1]`, 1 on sketched edges inside the hole;

and returns a dict: `coarse` and `refined`, `[B, H, W, 3]` in [−1, 1] (first and
second stage, over the whole picture), and `offsets`, `[B, H/8, W/8, 2]` int32, where
the attention of each place points to (None for a network without attention).

An `InpaintingModel` is a generator with its critics and losses: all that training
has to know. Its losses are evaluated on a `Batch` and come as `Losses`.
"""

import os
import warnings
from typing import Any, NamedTuple, Optional

import keras
import tensorflow as tf

from inpaint.errors import InputError
from inpaint.models import weights_h5
from inpaint.tensors import composite


class Network(keras.Model):
    """A Keras model whose variables have names in the release's checkpoints."""

    scope = None  # of the release's variables

    def build(self, *_):
        """The parts are built when they are made."""
        self.built = True

    def variables_by_name(self):
        """The variables by their name in a checkpoint of the release."""
        raise NotImplementedError

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


class Generator(Network):
    """A two-stage inpainting network whose layers bear the release's names.

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      guided: whether a sketch (`edge`) is a further input.
      padding: "same", "symmetric" or "reflect", for every convolution.
      stride_padding: "same" or "symmetric", of those with strides: see `PlainConv2D`.
    """

    scope = "inpaint_net"  # of the release's variables
    can_be_guided = True
    offset_resize = "bilinear"  # how the release enlarges the picture of the offsets

    def __init__(self, base_filters, guided, padding, stride_padding, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.base_filters = base_filters
        self.guided = guided
        self.padding = padding
        self.stride_padding = stride_padding

    def compute_mask(self, *_, **__):
        """The mask is used up here: Keras has none to hand on."""

    def get_config(self):
        return {
            "name": self.name,
            "base_filters": self.base_filters,
            "guided": self.guided,
            "padding": self.padding,
            "stride_padding": self.stride_padding,
        }

    def squash(self, painted):
        """What the last convolution of a stage makes, brought into [−1, 1]."""
        raise NotImplementedError

    def stage1_input(self, image, mask, edge=None):
        """The coarse network's input, `[B, H, W, …]`, from the generator's."""
        raise NotImplementedError

    def stage2_input(self, completed, mask):
        """The refinement's input, from the picture that the first stage completed."""
        raise NotImplementedError

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

    def load_weights(self, filepath, skip_mismatch=False, **others):
        """Set the weights from a file of `save_weights`.

        Args:
          filepath: of the file.
          skip_mismatch: set what fits and warn of the rest; False: all or none.

        Raises:
          InputError: if the file cannot be read, or does not fit.
          ValueError: for Keras's other arguments, which name layers.
        """
        if others:
            raise ValueError(
                "the file names variables, not layers: `load_weights` takes "
                f"`skip_mismatch` only. Received: {', '.join(others)}"
            )
        values, _ = weights_h5.read(filepath)
        shapes = {name: list(value.shape) for name, value in values.items()}
        if skip_mismatch:
            values, shapes = self._fitting(values, shapes, filepath)
        self.assign_by_name(shapes, values.__getitem__, filepath)

    def _fitting(self, values, shapes, source):
        """Values and shapes with our own where a file's do not fit."""
        ours = self.variables_by_name()
        skipped = [n for n, v in ours.items() if shapes.get(n) != list(v.shape)]
        left_over = sorted(set(shapes) - set(ours))
        if skipped or left_over:
            kept = f"as they were: {', '.join(skipped) or 'none'}"
            warnings.warn(
                f"{source}: {kept}; not used: {', '.join(left_over) or 'none'}",
                stacklevel=3,
            )
        values = {
            name: v.numpy() if name in skipped else values[name]
            for name, v in ours.items()
        }
        return values, {name: list(value.shape) for name, value in values.items()}

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


class Batch(NamedTuple):
    """What one update is computed on; a model that needs an optional field says so."""

    images: Any  # [B, H, W, 3] float32 BGR in [−1, 1]
    masks: Any  # [1 or B, H, W, 1] float32, 1 in the hole
    edges: Optional[Any] = None  # [B, H, W, 1] float32, 1 on edges (guided models)
    # As many as masks, [1 or B, 4] int32: top, left, height, width of their boxes
    # before they shrink.
    boxes: Optional[Any] = None
    # [1 or B, H, W, 1] float32, pixels from a hole's pixel to the nearest known one;
    # where brush strokes are part of the masks
    distances: Optional[Any] = None
    # [B, 2] float32, uniform in [0, 1): a sample's for local and for global critics
    alphas: Optional[Any] = None


class Losses(NamedTuple):
    """What one evaluation comes to."""

    total: Any  # the scalar to minimise
    scalars: dict  # scalars by their tag in TensorBoard, the total among them


def judge(critic, real, completed, conditions=()):
    """A critic's scores of real and of completed pictures.

    One pass judges both, so that a spectral norm's estimate moves on once.

    Args:
      critic: a `Network` of one input, whose scores are `[2B, …]`.
      real, completed: `[B, H, W, 3]`.
      conditions: `[B, H, W, 1]` each, what the critic sees beside either.
    """
    pictures = [tf.concat([x, *conditions], axis=-1) for x in (real, completed)]
    return tf.split(critic(tf.concat(pictures, axis=0), training=True), 2)


def require_loss(**weights):
    """Refuses to train on nothing.

    Args:
      **weights: of the generator's losses, by the setting that switches each on.

    Raises:
      InputError: if all are 0 or False.
    """
    if not any(weights.values()):
        raise InputError(
            f"no loss to train on: {', '.join(weights)} are all off, or of weight 0"
        )


class InpaintingModel:
    """A generator, its critics and what they are trained to do.

    Args:
      generator: a `Generator`.
      critics: `Network`s.
    """

    critic_updates = 1  # before each update of the generator
    slope_tags = ()  # (name, loss) whose slope on the refined picture is shown
    needs_distances = False  # of a batch whose holes are not boxes
    final_stage = "refined"  # whose picture fills the hole: "coarse" before stage 2

    def __init__(self, generator, critics):
        self.generator = generator
        self.critics = critics

    def paint(self, batch):
        """Complete a batch as in training.

        Returns:
          dict of what the generator returns and `incomplete` and `completed`
          pictures; all pictures are `[B, H, W, 3]` float32.
        """
        incomplete = batch.images * (1.0 - batch.masks)
        edges = None if batch.edges is None else batch.edges * batch.masks
        painted = dict(self.generate(incomplete, batch.masks, edges))
        for stage in ("coarse", "refined"):
            painted[stage] = tf.cast(painted[stage], tf.float32)
        completed = composite(painted["refined"], incomplete, batch.masks)
        return {**painted, "incomplete": incomplete, "completed": completed}

    def generate(self, incomplete, masks, edges):
        """What the generator returns, in training."""
        return self.generator(incomplete, masks, edge=edges, training=True)

    def critic_losses(self, batch):
        """`Losses` of the critics; the generator's part carries no gradient."""
        raise NotImplementedError

    def generator_losses(self, batch, painted=None):
        """`Losses` of the generator, of what `paint` returned where that is at hand."""
        raise NotImplementedError

    @property
    def generator_variables(self):
        """What the generator's update trains."""
        return list(self.generator.trainable_variables)

    @property
    def critic_variables(self):
        """What the critics' update trains."""
        return [v for critic in self.critics for v in critic.trainable_variables]

    def variables_by_name(self):
        """All networks' variables by their name in a checkpoint of the release."""
        networks = (self.generator, *self.critics)
        return {k: v for net in networks for k, v in net.variables_by_name().items()}

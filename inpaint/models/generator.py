"""A generator: the network of one paper that fills holes; see `base`."""

import inspect
import os
import warnings
from typing import Optional

import tensorflow as tf

from inpaint import tensors
from inpaint.fastpath.regions import Region
from inpaint.layers.portability import portable_operations
from inpaint.models import registry, weights_h5
from inpaint.models.network import Network


class Generator(Network):
    """Fills holes in pictures: the network of one paper.

    Attributes:
      size_multiple: height and width of the inputs are multiples of it.
      fixed_size: (height, width) of a network that takes no other; else None.
      paintable: of a network of a fixed size, (first, end) of the rows and columns of
        a picture that it can paint.
      takes_edge: whether a sketch is a further input.
      channels: of the pictures, 3 (RGB) or 1.
      value_range: of pictures of one channel, the values that are levels 0 and 255.
      stages: names of the pictures that it returns, the last one the final one.
      has_attention: whether it returns `offsets`.
      offset_resize: how a picture of the offsets is enlarged: "bilinear" or "nearest".
      can_be_guided: whether `guided: true` makes one that takes an edge.

    Example:
      >>> class Grey(Generator):
      ...     def call(self, inputs, training=None):
      ...         return {"painted": tf.zeros_like(inputs["image"])}
      >>> picture, region = Grey().complete({"image": tf.ones([1, 4, 6, 3])})
      >>> print(picture.shape)
      (1, 4, 6, 3)
    """

    size_multiple = 1
    fixed_size: Optional[tuple] = None
    paintable: Optional[tuple] = None
    takes_edge = False
    channels = 3
    value_range: Optional[tuple] = None
    stages = ("painted",)
    has_attention = False
    offset_resize = "bilinear"
    can_be_guided = False

    def call(self, inputs, training=None):
        """Fill holes; see the module.

        Args:
          inputs: dict of `image`, `hole` and, where it takes one, `edge`.
          training: whether it is being trained (batch statistics, dropout); nothing
            else depends on it.

        Returns:
          dict of its stages, and `offsets` where it has them.
        """
        raise NotImplementedError

    def complete_portably(self, inputs):
        """The whole final picture, with operations that every runtime has.

        For LiteRT and ONNX. A subclass overrides this where `call` has others, or
        raises an InputError that says why its network cannot be so exported.

        Args:
          inputs: as of `call`, of a size known when the graph is made.

        Returns:
          `[B, H, W, C]` in the network's range.
        """
        with portable_operations():
            return self(inputs, training=False)[self.stages[-1]]

    def complete(self, inputs):
        """The final picture, for inference: the part that the hole needs.

        A subclass that can compute less than the whole picture overrides this.

        Args:
          inputs: as of `call`.

        Returns:
          (picture, region): `[B, h, w, C]` in the network's range, and the `Region`
          of the inputs that it is; in the hole it is that of `call`.
        """
        picture = self(inputs, training=False)[self.stages[-1]]
        return picture, Region.whole(tf.shape(inputs["image"])[1:3])

    def attended(self, inputs):
        """Where the attention points in the hole, for inference.

        A subclass with attention overrides this.

        Args:
          inputs: as of `call`; sides are multiples of 8.

        Returns:
          `[B, H/8, W/8, 2]` int32, rows and columns from each position to the one it
          attends to most, defined in the hole; None of a network without attention.
        """
        return None

    # What the network wants of a picture: nobody else knows.

    def to_network(self, levels):
        """Levels `[B, H, W, C]`, uint8 or float in [0, 255] → what it works on.

        Levels are RGB, or of the one channel.

        By default RGB in [−1, 1].
        """
        return tf.cast(levels, tf.float32) / 127.5 - 1.0

    def to_levels(self, picture):
        """What it works on → RGB levels `[B, H, W, 3]`, float32, not rounded.

        The inverse of `to_network`; what the network painted may lie outside [0, 255].
        """
        return (tf.cast(picture, tf.float32) + 1.0) * 127.5

    def rounded(self, levels):
        """Float levels in [0, 255] → whole ones, by default the nearest."""
        return tf.round(levels)

    def to_uint8(self, picture):
        """What it works on → uint8 RGB `[B, H, W, 3]`."""
        levels = tf.clip_by_value(self.to_levels(picture), 0.0, 255.0)
        return tf.cast(self.rounded(levels), tf.uint8)

    def incomplete(self, pictures, hole):
        """Pictures `[B, H, W, C]` of `to_network` with the hole filled for the input.

        By default with 0.
        """
        return pictures * (1.0 - hole)

    def takes(self, height, width):
        """Whether pictures of a size need no `pad`."""
        if self.fixed_size is not None:
            return (height, width) == tuple(self.fixed_size)
        return not (height % self.size_multiple or width % self.size_multiple)

    def pad(self, image, hole, edge=None):
        """Extend pictures at the bottom and right to a size that the network takes.

        By default by mirroring, to the next multiple of `size_multiple`.

        Args:
          image: `[B, H, W, 3]` RGB levels, or in training of `incomplete`.
          hole, edge: `[B or 1, H, W, 1]`; edge may be None.

        Returns:
          (image, hole, edge), of the new size.
        """
        return tuple(
            None if x is None else tensors.pad_to_multiple(x, self.size_multiple)
            for x in (image, hole, edge)
        )

    def limit_memory(self, megabytes):
        """Tell the network how much it may take for scores when it fills pictures.

        Of no effect for a network without attention.
        """

    # Making one, and weights in files.

    def make_weights(self):
        """Run once on the smallest inputs, so that Keras makes all weights."""
        height, width = self.fixed_size or [max(32, self.size_multiple)] * 2
        shape = [1, height, width, self.channels]
        image = self.to_network(tf.zeros(shape, tf.uint8))
        names = ["hole", "edge"] if self.takes_edge else ["hole"]
        inputs = {name: tf.zeros([1, height, width, 1]) for name in names}
        inputs["image"] = self.incomplete(image, inputs["hole"])
        inputs = {k: tf.cast(x, self.compute_dtype) for k, x in inputs.items()}
        self.call(inputs, training=False)

    @classmethod
    def arguments_of(cls, config) -> dict:
        """Arguments of the constructor, as a Config says.

        By default those settings that bear an argument's name.
        """
        names = inspect.signature(cls.__init__).parameters
        names = [n for n in names if n not in ("self", "name", "kwargs")]
        return {name: getattr(config, name) for name in names if hasattr(config, name)}

    @classmethod
    def recognise(cls, shapes) -> Optional[dict]:
        """Constructor arguments read from a checkpoint of the paper's own release.

        Other files say what they hold, and are not asked about.

        Args:
          shapes: shapes by variable name.

        Returns:
          dict of arguments, or None if the checkpoint is of another network.
        """

    def save_weights(self, filepath, overwrite=True):
        """Write `NAME.weights.h5`, which loads on Keras 2.15 and Keras 3 alike."""
        filepath = os.fspath(filepath)
        if not filepath.endswith(weights_h5.SUFFIX):
            raise ValueError(
                f"`filepath` must end in {weights_h5.SUFFIX!r}. Received: {filepath!r}"
            )
        if not overwrite and os.path.exists(filepath):
            raise FileExistsError(f"{filepath} exists and `overwrite=False`")
        self.require_names()
        values = {k: v.numpy() for k, v in self.variables_by_name().items()}
        weights_h5.write(filepath, values, self.description())

    def description(self) -> dict:
        """What a file needs to say to make the same network again."""
        return {
            "model": registry.name_of(type(self)),
            "arguments": self.arguments(),
        }

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

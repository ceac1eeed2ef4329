"""What a training step makes of a batch: losses, gradients, pictures."""

from functools import partial

import tensorflow as tf

from inpaint import tensors, visualize
from inpaint.training.parts import part_of


class Inspection:
    """Looks at a model in training, whose state does not depend on how often.

    Args:
      model: an `InpaintingModel`.
      strategy: a tf.distribute.Strategy; the first local replica's part is looked at.
      parts: that an update takes its batch in; the first one is looked at.
    """

    def __init__(self, model, strategy, parts=1):
        self._model = model
        self._strategy = strategy
        self._parts = parts
        self._inspect = tf.function(partial(inspect, model), autograph=False)
        self._gradients = {}  # tf.functions, by the phase's name

    def of(self, batch, phase=None):
        """Scalars by tag, a row of pictures, and gradients by tag.

        Args:
          batch: a `Batch`, distributed or not.
          phase: the `Phase` whose gradients are computed, None for none.

        Returns:
          (floats by tag, uint8 RGB `[B, H, W, 3]`, tensors by tag).
        """
        local = tf.nest.map_structure(
            lambda x: self._strategy.experimental_local_results(x)[0], batch
        )
        local = part_of(local, 0, self._parts)
        state = [
            variable
            for network in self._model.networks
            for variable in network.non_trainable_variables
        ]
        before = [variable.numpy() for variable in state]
        scalars, row = self._inspect(local)
        found = {} if phase is None else self._gradients_of(phase)(local)
        for variable, value in zip(state, before):
            variable.assign(value)
        return {tag: value.numpy() for tag, value in scalars.items()}, row, found

    def _gradients_of(self, phase):
        if phase.name not in self._gradients:
            self._gradients[phase.name] = tf.function(
                partial(gradients, self._model, phase.updates), autograph=False
            )
        return self._gradients[phase.name]


def inspect(model, batch):
    """What a training step would do with a batch: losses, gradients and pictures.

    Args:
      model: an `InpaintingModel`.
      batch: a `Batch`.

    Returns:
      (scalars by tag, uint8 RGB rows, see `picture_row`). The scalars are those of
      models with `gradient_tags`: the generator's losses, and Σ|∂loss/∂final picture|.
    """
    painted, stage = model.paint(batch), model.generator.stages[-1]
    final = painted[stage]
    found, completed = {}, painted["completed"]
    if model.gradient_tags:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(final)
            judged = batch.judged(final)
            completed = tensors.composite(judged, painted["incomplete"], batch.masks)
            seen = {**painted, stage: judged, "completed": completed}
            found = dict(model.generator_losses(batch, seen).scalars)
        sums = {
            f"gradients/{name}": tf.reduce_sum(tf.abs(tape.gradient(found[tag], final)))
            for name, tag in model.gradient_tags
        }
        found.update(sums)
    return found, picture_row(
        batch.images,
        painted["incomplete"],
        completed,
        painted.get("offsets"),
        model.generator,
    )


def gradients(model, updates, batch):
    """What a phase's updates would do with a batch, weight by weight.

    Args:
      model: an `InpaintingModel`.
      updates: `Update`s.
      batch: a `Batch`.

    Returns:
      Gradients by tag, `gradients/` and the variable's name.
    """
    names = {id(v): name for name, v in model.variables_by_name().items()}
    found = {}
    for update in {update.name: update for update in updates}.values():
        variables = update.variables()
        with tf.GradientTape() as tape:
            total = update.losses(batch).total
        for variable, value in zip(variables, tape.gradient(total, variables)):
            if value is not None:
                found[f"gradients/{names[id(variable)]}"] = value
    return found


def picture_row(raw, incomplete, completed, offsets, generator):
    """The original's row of pictures: raw | incomplete | completed | offsets.

    Args:
      raw, incomplete, completed: `[B, H, W, 3]` float32 BGR in [−1, 1].
      offsets: `[B, H/8, W/8, 2]` int32, or None.
      generator: whose pictures they are.

    Returns:
      `[B, H, 4·W, 3]` uint8 RGB; `[B, H, 3·W, 3]` without offsets.
    """
    height, width = raw.shape[1:3]
    shown = [generator.to_uint8(x) for x in (raw, incomplete, completed)]
    if generator.channels == 1:
        shown = [tf.repeat(x, 3, axis=-1) for x in shown]
    if offsets is not None:
        largest = visualize.running_radius(offsets)
        padded = -(-height // generator.size_multiple) * generator.size_multiple
        scale = padded // offsets.shape[1]
        colours = visualize.offset_picture(
            offsets, largest, scale, generator.offset_resize
        )
        shown.append(tensors.to_levels(colours)[:, :height, :width])
    return tf.concat(shown, axis=2)

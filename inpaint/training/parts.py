"""An update on a batch in parts, one after the other: gradient accumulation.

    for part in the parts of the batch:
        networks' state ← as it was        # batch statistics, spectral norms' u
        gradients += ∂ total(part) / parts
    networks' state ← mean of what the parts made of it
    optimizer.apply_gradients(gradients)

Where a loss is a mean over a batch's pictures this is an update on the whole batch, to
rounding: its gradients are the mean of the parts'. Batch normalisation normalises each
part by its own statistics. State that follows from the weights alone, as the spectral
norms' u, is moved on once, as one batch moves it.
"""

import tensorflow as tf

from inpaint.models.network import tf_variable
from inpaint.training import steps


class InParts:
    """An update as a function of a batch that is `parts` times as large.

    Args:
      strategy: a tf.distribute.Strategy.
      update: an `Update`.
      optimizer: its own, built.
      clip: see `steps.clipped`, or None.
      parts: how many, at least 2.
      state: the networks' variables that are not trained.
    """

    def __init__(self, strategy, update, optimizer, clip, parts, state):
        self._strategy = strategy
        self._update = update
        self._optimizer = optimizer
        self._clip = clip
        self._parts = parts
        self._state = [tf_variable(variable) for variable in state]
        # Functions of their own, so that each is traced once however many parts there
        # are.
        self._gradients = tf.function(self._of_part, autograph=False)
        self._add = tf.function(self._added, autograph=False)
        self._move = tf.function(self._moved, autograph=False)

    def __call__(self, batch):
        """Train once.

        Args:
          batch: a `Batch`, distributed.

        Returns:
          Scalars by tag, each replica's.
        """
        before = [tf.convert_to_tensor(variable) for variable in self._state]
        sums, done = None, tf.constant(0.0)
        after = [tf.zeros_like(value) for value in before]
        for number in range(self._parts):
            for variable, value in zip(self._state, before):
                variable.assign(value)
            found, done = self._gradients(batch, tf.constant(number), done)
            sums = found if sums is None else self._add(sums, found)
            after = [x + tf.convert_to_tensor(v) for x, v in zip(after, self._state)]
        for variable, value in zip(self._state, after):
            variable.assign(value / self._parts)
        gradients, scalars = sums
        self._move(gradients)
        return scalars

    def _of_part(self, batch, number, done):
        return self._strategy.run(self._of_replicas_part, (batch, number, done))

    def _of_replicas_part(self, batch, number, done):
        part = part_of(batch, number, self._parts)
        # Not beside the part before: that would take the memory of both.
        with tf.control_dependencies([done]):
            gradients, scalars = steps.gradients(self._update, part, self._parts)
            scalars = {tag: value / self._parts for tag, value in scalars.items()}
        with tf.control_dependencies([x for x in gradients if x is not None]):
            done = tf.constant(0.0) + done
        return (gradients, scalars), done

    def _added(self, sums, found):
        def of_replica(sums, found):
            return tf.nest.map_structure(
                lambda x, y: None if x is None else x + y, sums, found
            )

        return self._strategy.run(of_replica, (sums, found))

    def _moved(self, gradients):
        def of_replica(gradients):
            # Copies: arguments of a function lie on no device, and strategies of
            # several machines ask for the gradients' one.
            gradients = tf.nest.map_structure(
                lambda x: None if x is None else tf.identity(x), gradients
            )
            steps.move(self._update, self._optimizer, gradients, self._clip)

        self._strategy.run(of_replica, (gradients,))


def part_of(batch, number, parts):
    """One of the equal parts of a `Batch`; what all of its pictures share stays.

    Example:
      >>> from inpaint.models.base import Batch
      >>> part = part_of(Batch(tf.range(6), tf.ones([1])), 1, parts=3)
      >>> part.images.numpy().tolist(), part.masks.numpy().tolist()
      ([2, 3], [1.0])
    """
    if parts == 1:
        return batch
    size = batch.images.shape[0]
    count = size // parts

    def cut(x):
        if x is None or x.shape[0] != size:
            return x
        part = x[number * count : (number + 1) * count]
        return tf.ensure_shape(part, [count, *x.shape[1:]])

    return tf.nest.map_structure(cut, batch)

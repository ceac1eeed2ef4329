"""One update of a training, as one replica computes it, and its optimizers.

An iteration is the updates of its phase, one after the other ("Free-Form Image
Inpainting with Gated Convolution", arXiv 1806.03589, §3.4; "Generative Image Inpainting
with Contextual Attention", arXiv 1801.07892, algorithm 1). To be called inside
`strategy.run`.
"""

import tensorflow as tf


def build_optimizers(model):
    """The model's optimizers by key, each built for all that it ever trains.

    Args:
      model: an `InpaintingModel`.

    Returns:
      (optimizers by key, the variables of each by key, in the optimizer's order).
    """
    optimizers, trained = model.optimizers(), {}
    for phase in model.phases():
        for update in phase.updates:
            known = trained.setdefault(update.optimizer, {})
            known.update((id(variable), variable) for variable in update.variables())
    variables = {key: list(known.values()) for key, known in trained.items()}
    for key, found in variables.items():
        optimizers[key].build(found)
    return {key: optimizers[key] for key in variables}, variables


def apply(update, optimizer, batch, clip=None):
    """Train once.

    Args:
      update: an `Update`.
      optimizer: its own, built.
      batch: this replica's `Batch`.
      clip: see `clipped`; None leaves the gradients as they are.

    Returns:
      Scalars by tag.
    """
    found, scalars = gradients(update, batch)
    move(update, optimizer, found, clip)
    return scalars


def gradients(update, batch, parts=1):
    """This replica's share of an update's gradients.

    Args:
      update: an `Update`.
      batch: this replica's `Batch`, or one of its parts.
      parts: of the batch.

    Returns:
      (tensors in the variables' order, scalars by tag).
    """
    # The optimizer adds up the replicas' gradients; their mean is wanted.
    shares = tf.distribute.get_strategy().num_replicas_in_sync * parts
    with tf.GradientTape() as tape:
        total, scalars = update.losses(batch)
        share = total / shares
    return tape.gradient(share, update.variables()), scalars


def move(update, optimizer, gradients, clip=None):
    """Train with this replica's share of the gradients; arguments as of `apply`."""
    if clip is not None:
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        context = tf.distribute.get_replica_context()
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        gradients = [clipped(x, clip) / replicas for x in gradients]
    optimizer.apply_gradients(zip(gradients, update.variables()))


def clipped(gradient, most):
    """A gradient whose average norm, ‖gradient‖₂ / its size, is `most` at most."""
    average = tf.norm(gradient) / tf.size(gradient, gradient.dtype)
    return gradient * (most / tf.maximum(average, most))

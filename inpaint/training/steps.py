"""The two updates of adversarial training, as one replica computes them.

An iteration is `model.critic_updates` updates of the critics and then one of the
generator, each on its own batch ("Free-Form Image Inpainting with Gated Convolution",
arXiv 1806.03589, §3.4; "Generative Image Inpainting with Contextual Attention", arXiv
1801.07892, algorithm 1). To be called inside `strategy.run`.
"""

import keras
import tensorflow as tf


def build_adam(model, learning_rate=1e-4, beta_1=0.5, beta_2=0.999):
    """The one Adam of all networks; its step count advances with either's update.

    Args:
      model: an `InpaintingModel`.
      learning_rate, beta_1, beta_2: of Adam; ε is 1e-8.
    """
    adam = keras.optimizers.Adam(learning_rate, beta_1, beta_2, epsilon=1e-8)
    adam.build(model.critic_variables + model.generator_variables)
    return adam


def critic_update(model, optimizer, batch, clip=None):
    """Train the critics once.

    Args:
      model: an `InpaintingModel`.
      optimizer: see `build_adam`.
      batch: this replica's `Batch`.
      clip: see `clipped`; None leaves the gradients as they are.

    Returns:
      Scalars by tag.
    """
    return _update(optimizer, model.critic_losses, batch, model.critic_variables, clip)


def generator_update(model, optimizer, batch, clip=None):
    """Train the generator once; arguments and result as of `critic_update`."""
    return _update(
        optimizer, model.generator_losses, batch, model.generator_variables, clip
    )


def _update(optimizer, losses, batch, variables, clip):
    # The optimizer adds up the replicas' gradients; their mean is wanted.
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.GradientTape() as tape:
        total, scalars = losses(batch)
        share = total / replicas
    gradients = tape.gradient(share, variables)
    if clip is not None:
        context = tf.distribute.get_replica_context()
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        gradients = [clipped(x, clip) / replicas for x in gradients]
    optimizer.apply_gradients(zip(gradients, variables))
    return scalars


def clipped(gradient, most):
    """A gradient whose average norm, ‖gradient‖₂ / its size, is `most` at most."""
    average = tf.norm(gradient) / tf.size(gradient, gradient.dtype)
    return gradient * (most / tf.maximum(average, most))

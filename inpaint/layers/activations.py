"""Activations that Keras does not have as the networks need them."""

import keras
import tensorflow as tf


@tf.custom_gradient
def leaky_relu(x):
    """x where positive, 0.2·x elsewhere.

    The gradient is read off the output, which has the input's sign: so the input need
    not be kept, and convolution, bias and activation can be computed as one.

    Example:
      >>> leaky_relu(tf.constant([-5.0, 2.0])).numpy().tolist()
      [-1.0, 2.0]
    """
    y = tf.nn.leaky_relu(x, alpha=0.2)

    def gradient(dy):
        return tf.raw_ops.LeakyReluGrad(gradients=dy, features=y, alpha=0.2)

    return y, gradient


@keras.utils.register_keras_serializable(package="inpaint")
def unit_clip(x):
    """x cut to [0, 1]."""
    return tf.clip_by_value(x, 0.0, 1.0)

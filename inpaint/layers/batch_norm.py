"""Batch normalisation as Torch computes it, on Keras 2.15 and Keras 3 alike.

"Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
Shift" (ICML 2015), Ioffe, Szegedy, arXiv 1502.03167. The running variance is of the
unbiased variances, as in Torch; Keras 3's own layer keeps the biased ones.
"""

import keras
import tensorflow as tf

from inpaint.layers.variables import KEEPS_DTYPE, MEAN_OF_REPLICAS


def channel_means(x):
    """Means over all but the channels, `[C]`.

    One axis after the other: a sum of all positions at once, in float32, loses digits
    that a deep stack of batch norms makes much of.
    """
    for axis in reversed(range(len(x.shape) - 1)):
        x = tf.reduce_mean(x, axis=axis)
    return x


def normalised(x, gamma, beta, epsilon):
    """γ·(x − mean)/√(variance + ε) + β by the batch's own statistics.

    The gradient keeps nothing but x.

    Args:
      x: `[B, H, W, C]` float.
      gamma, beta: `[C]` float32.
      epsilon: ε.

    Returns:
      (like x, mean, variance): `[C]` float32 each, the variance the biased one.
    """

    @tf.custom_gradient
    def computed(x, gamma, beta):
        wide = tf.cast(x, tf.float32)
        mean = channel_means(wide)
        variance = channel_means(tf.math.squared_difference(wide, mean))
        inverse = tf.math.rsqrt(variance + epsilon)
        scale = gamma * inverse

        def gradient(dy, *_):
            dy = tf.cast(dy, tf.float32)
            unit = (tf.cast(x, tf.float32) - mean) * inverse
            d_beta, d_gamma = channel_means(dy), channel_means(dy * unit)
            dx = scale * (dy - d_beta - unit * d_gamma)
            count = tf.cast(tf.size(x) // tf.size(gamma), tf.float32)
            return tf.cast(dx, x.dtype), d_gamma * count, d_beta * count

        y = wide * scale + (beta - mean * scale)
        return (tf.cast(y, x.dtype), mean, variance), gradient

    return computed(x, gamma, beta)


@keras.utils.register_keras_serializable(package="inpaint")
class BatchNorm(keras.layers.Layer):
    """γ·(x − mean)/√(variance + ε) + β, a mean and a variance for each channel.

    In training they are the batch's, and the running ones move on: running ←
    momentum·running + (1 − momentum)·batch. Otherwise, and where the layer is not
    `trainable`, they are the running ones. All four variables are float32 whatever the
    layer's dtype. Replicas normalise by their own batches; the running statistics are
    the mean of theirs.

    Args:
      momentum: share of the running statistics that stays; 1 − Torch's momentum.
      epsilon: ε.
      gamma_initializer: of γ; β begins at 0.

    Call arguments:
      inputs: `[B, H, W, C]` float.
      training: whether the statistics are the batch's.

    Returns:
      like `inputs`.

    Reference:
      Ioffe and Szegedy, ICML 2015, arXiv 1502.03167, algorithms 1 and 2.

    Example:
      >>> x = tf.constant([1.0, 3.0], shape=[1, 1, 2, 1])
      >>> BatchNorm()(x, training=True).numpy().ravel().round(3).tolist()
      [-1.0, 1.0]
    """

    def __init__(self, momentum=0.9, epsilon=1e-5, gamma_initializer="ones", **kwargs):
        super().__init__(**kwargs)
        for name, value in (("momentum", momentum), ("epsilon", epsilon)):
            if not 0 < value < 1:
                raise ValueError(f"`{name}` must lie in (0, 1). Received: {value!r}")
        self.momentum = momentum
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, input_shape):
        def add(name, initializer, **options):
            return self.add_weight(
                name=name,
                shape=(input_shape[-1],),
                initializer=initializer,
                dtype="float32",
                **KEEPS_DTYPE,
                **options,
            )

        running = {"trainable": False, **MEAN_OF_REPLICAS}
        self.gamma = add("gamma", self.gamma_initializer)
        self.beta = add("beta", "zeros")
        self.moving_mean = add("moving_mean", "zeros", **running)
        self.moving_variance = add("moving_variance", "ones", **running)
        self.built = True

    def call(self, inputs, training=None):
        if not (training and self.trainable):
            scale, shift = (tf.cast(x, inputs.dtype) for x in self.scale_and_shift())
            return inputs * scale + shift
        gamma, beta = (tf.convert_to_tensor(x) for x in (self.gamma, self.beta))
        normal, mean, variance = normalised(inputs, gamma, beta, self.epsilon)
        count = tf.cast(tf.size(inputs) // self.gamma.shape[0], tf.float32)
        unbiased = variance * count / tf.maximum(count - 1.0, 1.0)
        for running, batch in (
            (self.moving_mean, mean),
            (self.moving_variance, unbiased),
        ):
            stays = tf.convert_to_tensor(running) * self.momentum
            running.assign(stays + batch * (1.0 - self.momentum))
        return normal

    def scale_and_shift(self):
        """(a, b) of a·x + b, which is what the running statistics come to: `[C]` each.

        So a convolution before it can do it too: with a kernel a·W and a bias a·c + b.
        """
        variance = tf.convert_to_tensor(self.moving_variance)
        scale = tf.convert_to_tensor(self.gamma) / tf.sqrt(variance + self.epsilon)
        mean = tf.convert_to_tensor(self.moving_mean)
        return scale, tf.convert_to_tensor(self.beta) - mean * scale

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update(
            momentum=self.momentum,
            epsilon=self.epsilon,
            gamma_initializer=keras.initializers.serialize(self.gamma_initializer),
        )
        return config

"""The channel-wise fully-connected layer of "Context Encoders" §3.1 (CVPR 2016)."""

import keras
import tensorflow as tf


@keras.utils.register_keras_serializable(package="inpaint")
class ChannelwiseDense(keras.layers.Layer):
    """Every position of a map sees all positions of it, but no other map.

    y[c] = x[c]·W[c] + b[c], the map x[c] a row of its H·W positions, row by row. It has
    C·(H·W)² weights where a dense layer has C²·(H·W)²: 331,776 for 256 maps of 6×6. A
    1×1 convolution after it carries on across the maps.

    Args:
      use_bias: whether there is b.
      kernel_initializer: of W.

    Call arguments:
      inputs: `[B, H, W, C]` float, H and W known and always the same.

    Returns:
      like `inputs`.

    Reference:
      Pathak et al., CVPR 2016, arXiv 1604.07379, §3.1.

    Example:
      >>> print(ChannelwiseDense()(tf.zeros([1, 6, 6, 8])).shape)
      (1, 6, 6, 8)
    """

    def __init__(self, use_bias=True, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        _, height, width, channels = input_shape
        if height is None or width is None:
            raise ValueError(
                "`inputs` must have a known height and width. "
                f"Received: shape {tuple(input_shape)}"
            )
        positions = height * width
        self.kernel = self.add_weight(
            name="kernel",
            shape=(channels, positions, positions),
            initializer=self.kernel_initializer,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(channels, positions), initializer="zeros"
            )
        self.built = True

    def call(self, inputs):
        _, height, width, channels = inputs.shape
        x = tf.reshape(inputs, [-1, height * width, channels])
        x = tf.transpose(x, [2, 0, 1])  # [C, B, H·W]
        x = tf.matmul(x, tf.cast(tf.convert_to_tensor(self.kernel), x.dtype))
        if self.bias is not None:
            bias = tf.cast(tf.convert_to_tensor(self.bias), x.dtype)
            x += bias[:, tf.newaxis]
        x = tf.transpose(x, [1, 2, 0])
        return tf.reshape(x, [-1, height, width, channels])

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        config = super().get_config()
        config.update(
            use_bias=self.use_bias,
            kernel_initializer=keras.initializers.serialize(self.kernel_initializer),
        )
        return config

"""Global&Local's completion network; see `inpaint.models.global_local`.

Iizuka, Simo-Serra, Ishikawa, ACM Transactions on Graphics 36(4) 107, 2017, §3.
"""

import keras
import tensorflow as tf

from inpaint.fastpath import cropped
from inpaint.layers import NormConv2D, NormConv2DTranspose, unit_clip
from inpaint.models.base import Generator

PLACES2_MEAN = (0.45603489875793, 0.44721376895905, 0.41546452045441)  # as released
_OUTPUTS = {"sigmoid": "sigmoid", "clipped": unit_clip}


@keras.utils.register_keras_serializable(package="inpaint")
class GlobalLocalGenerator(Generator):
    """The completion network (§3).

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      activation_first: ReLU before batch norm, as a port that trains the network from
        scratch has it, not after it, as released.
      subtract_mean: the mean colour is taken off the input, as released; a port only
        fills the hole with it.
      output_activation: "sigmoid", as released, or "clipped" to [0, 1], as a
        port has it.
    """

    scope = "completion_network"
    size_multiple = 4  # it halves twice

    def __init__(
        self,
        base_filters=64,
        activation_first=False,
        subtract_mean=True,
        output_activation="sigmoid",
        name="global_local",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if base_filters < 2 or base_filters % 2:
            raise ValueError(
                "`base_filters` must be a positive multiple of 2. "
                f"Received: {base_filters!r}"
            )
        if output_activation not in _OUTPUTS:
            raise ValueError(
                f"`output_activation` must be one of {tuple(_OUTPUTS)}. "
                f"Received: {output_activation!r}"
            )
        self.base_filters = n = base_filters
        self.activation_first = activation_first
        self.subtract_mean = subtract_mean
        self.output_activation = output_activation

        common = {"activation_first": activation_first, "dtype": self.dtype_policy}

        def conv(number, filters, kernel_size=3, **options):
            options = {**common, **options}
            return NormConv2D(filters, kernel_size, name=f"conv{number}", **options)

        def deconv(number, filters):
            return NormConv2DTranspose(filters, name=f"deconv{number}", **common)

        self.encoder = self._part(
            "encoder",
            4,
            [
                conv(1, n, 5),
                conv(2, 2 * n, strides=2),
                conv(3, 2 * n),
                conv(4, 4 * n, strides=2),
                conv(5, 4 * n),
                conv(6, 4 * n),
                *(conv(7 + i, 4 * n, dilation_rate=2 << i) for i in range(4)),
            ],
        )
        self.decoder = self._part(
            "decoder",
            4 * n,
            [
                conv(11, 4 * n),
                conv(12, 4 * n),
                deconv(13, 2 * n),
                conv(14, 2 * n),
                deconv(15, n),
                conv(16, n // 2),
                conv(17, 3, norm=False, activation=_OUTPUTS[output_activation]),
            ],
        )
        self.mean_color = self.add_weight(
            name="mean_color",
            shape=(3,),
            initializer=keras.initializers.Constant(PLACES2_MEAN),
            trainable=False,
        )
        self.build()

    @staticmethod
    def _part(name, channels, layers):
        return keras.Sequential(
            [keras.Input((None, None, channels)), *layers], name=name
        )

    def call(self, inputs, training=None):
        x = self.first_input(inputs["image"], inputs["hole"])
        x = self.encoder(x, training=training)
        return {"painted": self.decoder(x, training=training)}

    def first_input(self, image, hole):
        """The picture less the mean colour, and the hole: `[B, H, W, 4]`."""
        hole = tf.cast(hole, image.dtype) * tf.ones_like(image[..., :1])
        if self.subtract_mean:
            image -= self._mean(image.dtype)
        return tf.concat([image, hole], axis=-1)

    def complete(self, inputs):
        layers = [*self.encoder.layers, *self.decoder.layers]
        return cropped.complete_stack(self, layers, inputs)

    def to_network(self, levels):
        return tf.cast(levels, tf.float32) / 255.0

    def to_levels(self, picture):
        return tf.cast(picture, tf.float32) * 255.0

    def rounded(self, levels):
        """Cut off, as released."""
        return tf.floor(levels)

    def incomplete(self, pictures, hole):
        """The hole has the mean colour."""
        return pictures * (1.0 - hole) + self._mean(pictures.dtype) * hole

    def _mean(self, dtype):
        return tf.cast(tf.convert_to_tensor(self.mean_color), dtype)

    def get_config(self):
        config = super().get_config()
        config.update(
            base_filters=self.base_filters,
            activation_first=self.activation_first,
            subtract_mean=self.subtract_mean,
            output_activation=self.output_activation,
        )
        return config

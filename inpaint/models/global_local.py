"""Global&Local, "Globally and Locally Consistent Image Completion" (SIGGRAPH 2017).

Iizuka, Simo-Serra, Ishikawa, ACM Transactions on Graphics 36(4) 107. One network of
seventeen convolutions completes the picture (§3.2, table 1); two discriminators, one of
the whole picture and one of the part around the hole, are joined by one dense layer
(§3.3, tables 2 and 3).

* Pictures are `[B, H, W, 3]` RGB in [0, 1], H and W multiples of 4. The hole has the
  training pictures' mean colour, which is a weight of the network, and the network
  takes this colour off its input, not off its output.
* The network sees the hole as a fourth channel, 1 in the hole.
* It completes the picture in one stage, `painted`: `[B, H, W, 3]` in [0, 1].
* At `base_filters` 64 it has 6,072,131 trainable values, the discriminators 45,063,681
  for pictures of 256×256 and patches of 128×128.

As released: convolution, batch norm, ReLU, in this order; zeros are as many before as
after, at strides of 2 too, which is not TensorFlow's "SAME".
"""

import math

import keras
import tensorflow as tf

from inpaint import losses
from inpaint.fastpath import cropped
from inpaint.layers import NormConv2D, NormConv2DTranspose
from inpaint.models.base import Generator, Network

PLACES2_MEAN = (0.45603489875793, 0.44721376895905, 0.41546452045441)  # as released


@keras.utils.register_keras_serializable(package="inpaint")
class GlobalLocalGenerator(Generator):
    """The completion network (§3.2, table 1).

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      activation_first: ReLU before batch norm, as a port that trains the network from
        scratch has it, not after it, as released.
    """

    scope = "completion_network"
    size_multiple = 4  # it halves twice

    def __init__(
        self, base_filters=64, activation_first=False, name="global_local", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        if base_filters < 2 or base_filters % 2:
            raise ValueError(
                "`base_filters` must be a positive multiple of 2. "
                f"Received: {base_filters!r}"
            )
        self.base_filters = n = base_filters
        self.activation_first = activation_first

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
                conv(17, 3, norm=False, activation="sigmoid"),
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
        return tf.concat([image - self._mean(image.dtype), hole], axis=-1)

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
            base_filters=self.base_filters, activation_first=self.activation_first
        )
        return config


@keras.utils.register_keras_serializable(package="inpaint")
class GlobalLocalCritic(Network):
    """The discriminators of the whole picture and of a patch, joined (§3.3).

    Convolutions of strides of 2 and a dense layer of 16·`filters` each; the two are
    joined by a dense layer of one value.

    Args:
      image_size, local_size: (height, width) of the pictures and of the patches.
      filters: of the first convolutions; all others scale with it.
      convolutions: (of the pictures, of the patches); None: as many as bring a side
        down to 5 pixels, which is six of 256 pixels and five of 128.
      activation_first: see `GlobalLocalGenerator`.

    Call arguments:
      inputs: dict of `whole`, `[B, *image_size, 3]`, and `local`,
        `[B, *local_size, 3]`, RGB in [0, 1].
      training: see `BatchNorm`.

    Returns:
      `[B, 1]` float32: logits of how likely the picture is a real one.
    """

    scope = "discriminators"

    def __init__(
        self,
        image_size=(256, 256),
        local_size=(128, 128),
        filters=64,
        convolutions=None,
        activation_first=False,
        name="discriminators",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.image_size = tuple(image_size)
        self.local_size = tuple(local_size)
        self.filters = filters
        self.convolutions = convolutions and tuple(convolutions)
        self.activation_first = activation_first
        of_whole, of_patches = self.convolutions or (None, None)
        self.local_part = self._tower("local", self.local_size, of_patches)
        self.global_part = self._tower("global", self.image_size, of_whole)
        self.joint = keras.layers.Dense(1, name="joint", dtype=self.dtype_policy)
        self.joint.build((None, 32 * filters))
        self.build()

    def _tower(self, name, size, count):
        if count is None:
            count = max(math.ceil(math.log2(max(size) / 5)), 1)
        convolutions = [
            NormConv2D(
                min(2**i, 8) * self.filters,
                kernel_size=5,
                strides=2,
                activation_first=self.activation_first,
                name=f"conv{i + 1}",
                dtype=self.dtype_policy,
            )
            for i in range(count)
        ]
        flatten = keras.layers.Flatten(name="flatten")
        dense = keras.layers.Dense(
            16 * self.filters, "relu", name="dense", dtype=self.dtype_policy
        )
        inputs = keras.Input((*size, 3))
        return keras.Sequential([inputs, *convolutions, flatten, dense], name=name)

    def call(self, inputs, training=None):
        features = [
            self.local_part(inputs["local"], training=training),
            self.global_part(inputs["whole"], training=training),
        ]
        return tf.cast(self.joint(tf.concat(features, axis=-1)), tf.float32)

    def get_config(self):
        config = super().get_config()
        config.update(
            image_size=self.image_size,
            local_size=self.local_size,
            filters=self.filters,
            convolutions=self.convolutions,
            activation_first=self.activation_first,
        )
        return config


def reconstruction(images, painted, masks):
    """mean (M·(C(x, M) − x))², over everything (equation 2, of which it is the mean).

    Args:
      images, painted: `[B, H, W, 3]` in [0, 1].
      masks: `[1 or B, H, W, 1]`, 1 in the hole.
    """
    return tf.reduce_mean((masks * (painted - images)) ** 2)


def discriminator_loss(real, completed):
    """−mean log D(x) − mean log(1 − D(C(x))) (equation 3)."""
    return losses.real_cross_entropy(real) + losses.false_cross_entropy(completed)


def completion_loss(reconstructed, completed, alpha):
    """The joint loss L + α·GAN (equation 4), its adversarial part −mean log D(C(x))."""
    return reconstructed + alpha * losses.real_cross_entropy(completed)

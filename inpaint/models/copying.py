"""Weights for a training of gated networks to start from: a generator that copies.

With fresh weights each gated layer halves its signal and mixes it anew, 17 layers in a
row: a training spends thousands of steps on learning to hand a picture through. Here
the gates begin open, and layers that keep size and channels as the identity, with some
noise (as Yu and Koltun start their dilated convolutions, ICLR 2016, arXiv 1511.07122,
§3). The other layers are scaled, in the network's order, so that their features on a
batch of pictures have a mean and a standard deviation of their own (as Mishkin and
Matas, ICLR 2016, arXiv 1511.06422): most of them lie where ELU is straight.
"""

import numpy as np
import tensorflow as tf

from inpaint import tensors

PICTURES = 16  # to measure features on
GATE = 2.0  # bias of the gates: they begin at σ(2) = 0.88
QUIET = 0.1  # what remains of random kernels beside the identity, and of the gates'
MEAN, DEVIATION = 1.0, 0.7  # of the features
PAINTED = 0.3  # standard deviation of a painted picture, which has to be in [−1, 1]


def start(generator, inputs):
    """Give a generator the weights to start with, layer after layer.

    Args:
      generator: a `CoarseToFineGenerator` of gated layers, with fresh weights.
      inputs: of its `call`: some pictures of those that it is to be trained on.
    """
    image, hole = inputs["image"], inputs["hole"]
    planes = generator.stage1_input(image, hole, inputs.get("edge"))
    coarse = generator.to_range(_started(generator.coarse, planes))
    completed = tensors.composite(tf.cast(coarse, image.dtype), image, hole)
    stage2 = generator.stage2_input(completed, hole)
    features = _started(generator.conv_branch, stage2)
    attended = _started(generator.attention_encoder, stage2)
    small = tensors.resize_nearest(hole, *attended.shape[1:3])
    attended, _ = generator.attention(attended, attended, small, training=True)
    attended = _started(generator.attention_decoder, attended)
    # The decoder begins with the dilated branch's features alone.
    both = tf.concat([features, attended], axis=-1)
    _started(generator.decoder, both, first_copies=True)


def _started(part, x, first_copies=False):
    """What a part makes of features, each of its layers given its values on the way."""
    for index, layer in enumerate(part.layers):
        keeps = (
            getattr(layer, "strides", None) == 1
            and layer.kernel.shape[2] == layer.output_channels
        )
        _give(layer, x, keeps or (first_copies and index == 0))
        x = layer(x)
    return x


def _give(layer, x, copies):
    """Give a layer its values, by its features where it does not copy them."""
    convolution = getattr(layer, "convolution", layer)

    def output():
        return tf.cast(layer(x), tf.float32)

    if not convolution.gated:
        scale = PAINTED / tf.math.reduce_std(output())
        convolution.kernel.assign(tf.convert_to_tensor(convolution.kernel) * scale)
        convolution.bias.assign(-tf.reduce_mean(output(), [0, 1, 2]))
        return
    kernel, bias = convolution.kernel.numpy(), convolution.bias.numpy()
    channels, centre = convolution.output_channels, kernel.shape[0] // 2
    kernel[..., channels:] *= QUIET
    bias[channels:] = GATE
    if copies:
        kernel[..., :channels] *= QUIET
        same = (1 + np.exp(-GATE)) * np.eye(channels)
        kernel[centre, centre, :channels, :channels] += same
    convolution.kernel.assign(kernel)
    convolution.bias.assign(bias)
    if not copies:
        _scale_features(convolution, output)


def _scale_features(convolution, output):
    """Bring each feature's mean and deviation about where they are wanted."""
    others = tf.ones([convolution.output_channels])  # the gates
    for _ in range(3):  # activations are not linear
        found = tf.math.reduce_std(output(), [0, 1, 2])
        scale = tf.clip_by_value(DEVIATION / (found + 1e-6), 0.1, 10.0)
        kernel = tf.convert_to_tensor(convolution.kernel)
        convolution.kernel.assign(kernel * tf.concat([scale, others], 0))
        shift = MEAN - tf.reduce_mean(output(), [0, 1, 2])
        convolution.bias.assign_add(tf.concat([shift, 0 * others], 0))

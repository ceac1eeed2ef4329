"""Makes weights for a training to start from: a generator of version 2 that copies.

    python examples/copying_start.py --config bundled \
        --data data/bundled/train start
    python train.py ... --init_from start

With fresh weights each gated layer halves its signal and mixes it anew, 17 layers in a
row: a training spends thousands of steps on learning to hand a picture through. Here
the gates begin open, and layers that keep size and channels as the identity, with some
noise (as Yu and Koltun start their dilated convolutions, ICLR 2016, arXiv 1511.07122,
§3). The other layers are scaled, in the network's order, so that their features on a
batch of pictures have a mean and a standard deviation of their own (as Mishkin and
Matas, ICLR 2016, arXiv 1511.06422): most of them lie where ELU is straight.
"""

import argparse
import functools
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from inpaint import checkpoints, config, masks, tensors
from inpaint.data import training_dataset
from inpaint.errors import InputError
from inpaint.layers import GatedConv2D
from inpaint.models import build_generator
from inpaint.pictures.lists import find_pictures

PICTURES = 16
GATE = 2.0  # bias of the gates: they begin at σ(2) = 0.88
QUIET = 0.1  # what remains of random kernels beside the identity, and of the gates'
MEAN, DEVIATION = 1.0, 0.7  # of the features
PAINTED = 0.3  # standard deviation of a painted picture, which has to be in [−1, 1]


def copies(part, generator):
    """The layers of a part that begin as the identity.

    The decoder's first layer begins with the dilated branch's features alone.
    """
    return [
        layer
        for layer in part.layers
        if (
            getattr(layer, "gated", False)
            and layer.strides == 1
            and layer.kernel.shape[2] == layer.output_channels
        )
        or layer is generator.decoder.layers[0]
    ]


def started(layer, copying):
    """`layer.call` that first gives the layer the values to start with."""
    call, convolution = layer.call, getattr(layer, "convolution", layer)

    @functools.wraps(call)
    def first(inputs, training=None):
        def output():
            return call(inputs, training)

        if not convolution.gated:
            scale = PAINTED / tf.math.reduce_std(output())
            convolution.kernel.assign(convolution.kernel * scale)
            convolution.bias.assign(-tf.reduce_mean(output(), [0, 1, 2]))
            return output()
        kernel, bias = convolution.kernel.numpy(), convolution.bias.numpy()
        channels, centre = convolution.output_channels, kernel.shape[0] // 2
        kernel[..., channels:] *= QUIET
        bias[channels:] = GATE
        if copying:
            kernel[..., :channels] *= QUIET
            same = (1 + np.exp(-GATE)) * np.eye(channels)
            kernel[centre, centre, :channels, :channels] += same
        convolution.kernel.assign(kernel)
        convolution.bias.assign(bias)
        if not copying:
            scale_features(convolution, output)
        return output()

    return first


def scale_features(convolution, output):
    """Brings each feature's mean and deviation about where they are wanted."""
    others = tf.ones([convolution.output_channels])  # the gates
    for _ in range(3):  # activations are not linear
        found = tf.math.reduce_std(output(), [0, 1, 2])
        scale = tf.clip_by_value(DEVIATION / (found + 1e-6), 0.1, 10.0)
        convolution.kernel.assign(convolution.kernel * tf.concat([scale, others], 0))
        shift = MEAN - tf.reduce_mean(output(), [0, 1, 2])
        convolution.bias.assign_add(tf.concat([shift, 0 * others], 0))


def batch(settings, pictures):
    """(images, masks) as a training sees them."""
    size = tuple(settings.img_shapes[:2])
    found = training_dataset(
        pictures,
        size=size,
        batch_size=PICTURES,
        seed=0,
        random_crop=settings.random_crop,
        edge_threshold=settings.edge_threshold,
        threads=2,
    )
    images = tensors.to_network(next(iter(found))["images"])
    drawn = masks.draw_masks(
        masks.rng(0, 0), *size, masks.box_of(settings), count=PICTURES
    )
    return images, tf.constant(drawn.masks)


def start(settings, pictures):
    """A generator whose weights are those to start with.

    Raises:
      InputError: its layers are not gated.
    """
    images, holes = batch(settings, pictures)
    keras.utils.set_random_seed(0)
    generator = build_generator(settings)
    if not isinstance(generator.decoder.layers[0], GatedConv2D):
        raise InputError(f"{settings.model}: expected a network with gated layers")
    for part in generator.layers:
        copying = copies(part, generator) if hasattr(part, "layers") else []
        for layer in getattr(part, "layers", ()):
            if hasattr(layer, "kernel") or hasattr(layer, "convolution"):
                layer.call = started(layer, layer in copying)
    generator({"image": images * (1.0 - holes), "hole": holes}, training=True)
    return generator


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--data", required=True)
    parser.add_argument("folder", type=Path, help="of the checkpoint to write")
    arguments = parser.parse_args()
    try:
        settings = config.override(config.load(arguments.config), arguments.set)
        generator = start(settings, find_pictures(arguments.data))
    except InputError as error:
        raise SystemExit(f"copying_start: error: {error}") from None
    checkpoints.save_original(generator, arguments.folder)
    print(
        f"{settings.model}, {generator.count_params():,} values in {arguments.folder}"
    )


if __name__ == "__main__":
    main()

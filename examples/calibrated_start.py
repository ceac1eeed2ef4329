"""Makes weights for a training to start from: signals that keep their strength.

    python examples/calibrated_start.py --config configs/bundled.yml \
        --data data/bundled/train start
    python train.py ... --init_from start

Fresh weights let each gated layer halve what it hands on, and after two stages of
17 layers hardly anything is left: a training spends its first thousands of steps on
making up for it. Here each layer's kernel is scaled, in the network's order, so that
its output on a batch of pictures has a standard deviation of 1 (layer-sequential
unit-variance initialization: Mishkin and Matas, ICLR 2016, arXiv 1511.06422).
"""

import argparse
import functools
from pathlib import Path

import keras
import tensorflow as tf

from inpaint import checkpoints, config, masks, tensors
from inpaint.data import training_dataset
from inpaint.flists import find_pictures
from inpaint.models import build_generator
from inpaint.training.feed import box_of

PICTURES = 16
PAINTED = 0.3  # standard deviation of a painted picture, which has to be in [−1, 1]


def calibrated(layer, call):
    """`call` that first scales the layer's kernel."""
    convolution = getattr(layer, "convolution", layer)

    @functools.wraps(call)
    def first(inputs, training=None):
        wanted = PAINTED if convolution.filters == 3 else 1.0
        for _ in range(4):  # activations are not linear
            found = float(tf.math.reduce_std(call(inputs, training)))
            convolution.kernel.assign(convolution.kernel * (wanted / found))
        return call(inputs, training)

    return first


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
        masks.generator(0, 0), *size, box_of(settings), count=PICTURES
    )
    return images, tf.constant(drawn.masks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("folder", type=Path, help="of the checkpoint to write")
    arguments = parser.parse_args()
    settings = config.load(arguments.config)
    images, holes = batch(settings, find_pictures(arguments.data))
    keras.utils.set_random_seed(0)
    generator = build_generator(settings)
    for part in generator.layers:
        for layer in getattr(part, "layers", ()):
            if hasattr(layer, "kernel") or hasattr(layer, "convolution"):
                layer.call = calibrated(layer, layer.call)
    generator(images * (1.0 - holes), holes, training=True)
    checkpoints.save_original(generator, arguments.folder)
    print(
        f"{settings.model}, {generator.count_params():,} values in {arguments.folder}"
    )


if __name__ == "__main__":
    main()

"""Makes weights whose attention copies, from trained ones whose attention is idle.

    python recipes/bundled/attention_start.py logs/20 logs/copies --data data/train

A network that was trained on the ℓ1 loss alone paints by its other branch: the decoder
is handed next to nothing by the attention's, so that no texture is copied. Here the
attention's branch learns, all else fixed and without the attention, to give the
features of the other one. Then the decoder takes them from there: known pixels come
through as before, and holes are filled with what the attention copies. The other branch
falls silent: what it gives is 0, and so is what reads it, so that no gradient wakes it.
A training goes on from it.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from inpaint import checkpoints
from inpaint.data import training_dataset
from inpaint.errors import InputError
from inpaint.filling import EDGE_THRESHOLD
from inpaint.pictures.lists import find_pictures

SIDE, BATCH = 96, 8
RATE, WARM_UP = 1e-3, 30
PICTURE = 4.0  # weight of the painted picture's ℓ1 beside the features' ℓ2


def meet(generator, pictures):
    """Has the decoder take from the attention's branch what it took from the other.

    Args:
      generator: of version 2; its weights are changed.
      pictures: `[B, H, W, 3]` in [−1, 1], over which the attention's branch is
        averaged: what it added to the decoder goes on as a bias.
    """
    layer = generator.decoder.layers[0]
    values = layer.kernel.numpy()
    half = values.shape[2] // 2
    idle = generator.attention_decoder(generator.attention_encoder(pictures))
    mean = tf.reduce_mean(idle, axis=[0, 1, 2]).numpy()
    added = np.einsum("hwio,i->o", values[:, :, half:], mean)
    layer.bias.assign(layer.bias.numpy() + added)
    taken = values[:, :, :half]
    layer.kernel.assign(np.concatenate([np.zeros_like(taken), taken], axis=2))


def teach(generator, batches, steps, say=print):
    """Has the attention's branch learn the other's features.

    Args:
      generator: after `meet`.
      batches: iterator of `[B, H, W, 3]` in [−1, 1].
      steps: Adam's, whose rate falls from `RATE` to 0.

    Returns:
      the last step's mean |painted − picture|.
    """
    learning = [generator.attention_encoder, generator.attention_decoder]
    variables = [v for part in learning for v in part.trainable_variables]
    adam = keras.optimizers.Adam(RATE, beta_2=0.99)

    @tf.function
    def step(pictures, rate):
        wanted = tf.stop_gradient(generator.conv_branch(pictures))
        with tf.GradientTape() as tape:
            found = learning[1](learning[0](pictures))
            apart = tf.reduce_mean((found - wanted) ** 2) / tf.reduce_mean(wanted**2)
            both = tf.concat([wanted, found], axis=-1)
            painted = generator.to_range(generator.decoder(both))
            l1 = tf.reduce_mean(tf.abs(painted - pictures))
            loss = apart + PICTURE * l1
        gradients = tape.gradient(loss, variables)
        adam.learning_rate.assign(rate)
        adam.apply_gradients(zip(tf.clip_by_global_norm(gradients, 1.0)[0], variables))
        return l1

    for number in range(steps):
        fall = 0.5 + 0.5 * np.cos(np.pi * number / steps)
        rate = RATE * min(1.0, (number + 1) / WARM_UP) * fall
        l1 = float(step(next(batches), tf.constant(rate, tf.float32)))
        if number % 50 == 49:
            say(f"step {number + 1} of {steps}: ℓ1 {l1:.4f}")
    return l1


def silence(generator):
    """Has the convolutions' branch give 0."""
    last = generator.conv_branch.layers[-1]
    for variable in (last.kernel, last.bias):
        values = variable.numpy()
        values[..., : values.shape[-1] // 2] = 0.0  # features; behind them, gates
        variable.assign(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trained", help="folder or prefix of a checkpoint")
    parser.add_argument("folder", type=Path, help="of the checkpoint to write")
    parser.add_argument("--data", required=True, help="pictures to learn on")
    parser.add_argument("--steps", type=int, default=600)
    arguments = parser.parse_args()
    try:
        generator = checkpoints.load_generator(arguments.trained)
        dataset = training_dataset(
            find_pictures(arguments.data),
            size=(SIDE, SIDE),
            batch_size=BATCH,
            seed=0,
            random_crop=True,
            edge_threshold=EDGE_THRESHOLD,
            threads=2,
        )
    except InputError as error:
        raise SystemExit(f"attention_start: error: {error}") from None
    batches = (generator.to_network(batch["images"]) for batch in dataset)
    meet(generator, next(batches))
    teach(generator, batches, arguments.steps)
    silence(generator)
    checkpoints.save_original(generator, arguments.folder)
    print(f"{generator.name} whose attention copies in {arguments.folder}")


if __name__ == "__main__":
    main()

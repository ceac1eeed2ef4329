"""Has the convolutions' branch mend the rims of holes that the attention fills.

    python recipes/bundled/rim.py logs/copies logs/mended --data data/train

After `attention_start.py`, and trainings in which the convolutions' branch is silent,
the decoder paints what the attention copies. Copies continue textures, but an edge or
a shade of the surroundings ends at the hole's rim. Here that branch begins at silence
and learns to correct the fill within `RIM` pixels of known ones, on the ℓ1 loss, and to
stay silent elsewhere; all else is fixed. So it cannot paint a pattern of its own in
the depth of a hole, which it does when the texture loss reaches it.
"""

import argparse
from pathlib import Path

import holes
import keras
import numpy as np
import tensorflow as tf

from inpaint import checkpoints
from inpaint.data import training_dataset
from inpaint.errors import InputError
from inpaint.filling import EDGE_THRESHOLD
from inpaint.pictures.lists import find_pictures
from inpaint.tensors import resize_nearest

RIM = 12  # pixels
SIDE, BATCH = 128, 8
RATE, WARM_UP = 5e-4, 30
SILENCE = 0.1  # weight of the branch's power where it is to be silent


def rims(masks):
    """1 on the pixels of holes that are at most `RIM` from a known one, on squares.

    Args:
      masks: `[B, H, W, 1]`, 1 in holes.
    """
    return masks * tf.nn.max_pool2d(1.0 - masks, 2 * RIM + 1, 1, "SAME")


def hear(generator):
    """Has the decoder read the silent branch as it reads the other."""
    kernel = generator.decoder.layers[0].kernel
    values = kernel.numpy()
    half = values.shape[2] // 2
    kernel.assign(np.concatenate([values[:, :, half:]] * 2, axis=2))


def attended(generator, pictures, masks):
    """(the second stage's input, what the attention's branch makes of it)."""
    known = pictures * (1.0 - masks)
    completed = known + masks * generator.first_stage(known, masks)
    stage2 = generator.stage2_input(completed, masks)
    features = generator.attention_encoder(stage2)
    small = resize_nearest(masks, features.shape[1], features.shape[2])
    copied, _ = generator.attention(features, features, small, training=True)
    return stage2, generator.attention_decoder(copied)


def teach(generator, batches, steps, say=print):
    """Trains the convolutions' branch alone, after `hear`.

    Args:
      generator: of version 2.
      batches: iterator of (pictures `[B, H, W, 3]` in [−1, 1], masks `[B, H, W, 1]`).
      steps: Adam's, whose rate falls from `RATE` to 0.

    Returns:
      the last step's ℓ1 in the rims.
    """
    variables = generator.conv_branch.trainable_variables
    adam = keras.optimizers.Adam(RATE, beta_2=0.99)

    @tf.function
    def step(pictures, masks, rate):
        stage2, copied = attended(generator, pictures, masks)
        rim = rims(masks)
        near = tf.nn.max_pool2d(rim, 12, 4, "SAME")  # at a quarter of the size
        with tf.GradientTape() as tape:
            found = generator.conv_branch(stage2)
            both = tf.concat([found, copied], axis=-1)
            painted = generator.to_range(generator.decoder(both))
            apart = tf.reduce_sum(rim * tf.abs(painted - pictures))
            l1 = apart / (3.0 * tf.maximum(tf.reduce_sum(rim), 1.0))
            power = tf.reduce_mean((1.0 - near) * found**2)
            loss = l1 + SILENCE * power / tf.reduce_mean(copied**2)
        gradients = tape.gradient(loss, variables)
        adam.learning_rate.assign(rate)
        adam.apply_gradients(zip(tf.clip_by_global_norm(gradients, 1.0)[0], variables))
        return l1

    for number in range(steps):
        fall = 0.5 + 0.5 * np.cos(np.pi * number / steps)
        rate = RATE * min(1.0, (number + 1) / WARM_UP) * fall
        l1 = float(step(*next(batches), tf.constant(rate, tf.float32)))
        if number % 50 == 49:
            say(f"step {number + 1} of {steps}: ℓ1 {l1:.4f}")
    return l1


def with_holes(pictures, rng):
    """Batches of pictures, with a batch of holes each."""
    for batch in pictures:
        drawn = [holes.hole(rng, SIDE) for _ in range(BATCH)]
        yield batch, tf.constant(np.stack(drawn)[..., np.newaxis] / np.float32(255))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trained", help="folder or prefix of a checkpoint")
    parser.add_argument("folder", type=Path, help="of the checkpoint to write")
    parser.add_argument("--data", required=True, help="pictures to learn on")
    parser.add_argument("--steps", type=int, default=1200)
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
        raise SystemExit(f"rim: error: {error}") from None
    hear(generator)
    pictures = (generator.to_network(batch["images"]) for batch in dataset)
    teach(generator, with_holes(pictures, np.random.default_rng(0)), arguments.steps)
    checkpoints.save_original(generator, arguments.folder)
    print(f"{generator.name} whose rims are mended in {arguments.folder}")


if __name__ == "__main__":
    main()

"""What every update of a training is computed on, by number: pictures, masks, draws.

An iteration of a model with k critic updates takes k + 1 batches, each with masks of
its own. All follow from the seed and their number alone, so a run can go on from any
step.
"""

import numpy as np
import tensorflow as tf

from inpaint import masks, tensors
from inpaint.data import readers, training_dataset
from inpaint.models.base import Batch


def box_of(config):
    """The boxes that a Config asks for."""
    return masks.Box(*(getattr(config, field) for field in masks.Box._fields))


def require_room(config):
    """Raises InputError if the boxes do not fit into the pictures."""
    height, width, _ = config.img_shapes
    masks.random_rectangle(masks.generator(0, 0), height, width, box_of(config))


def update_batches(
    config,
    pictures,
    seed,
    updates,
    first_step,
    first_batch,
    shard,
    unreadable,
    distances=False,
):
    """One replica's batches, without end.

    Args:
      config: a Config.
      pictures: flists.Pictures.
      seed: int, of pictures' order and masks.
      updates: batches in an iteration.
      first_step: iteration to begin with.
      first_batch: number of the first batch of pictures.
      shard: (this replica, number of replicas).
      unreadable: data.Unreadable.
      distances: whether `Batch.distances` is needed, where strokes are drawn.

    Returns:
      tf.data.Dataset of dicts with the fields of `Batch`; those that there are not are
      missing.
    """
    height, width, _ = config.img_shapes
    box = box_of(config)
    count = config.batch_size if config.mask_per_sample else 1

    specifications = {
        "masks": tf.TensorSpec([count, height, width, 1], tf.float32),
        "boxes": tf.TensorSpec([count, 4], tf.int32),
        "alphas": tf.TensorSpec([config.batch_size, 2], tf.float32),
    }
    distances = distances and config.brush_strokes
    if distances:
        specifications["distances"] = specifications["masks"]

    def draw(number):
        step, phase = divmod(int(number), updates)
        with readers.inside():
            rng = masks.generator(seed, step, phase, shard[0])
            found = masks.draw_masks(
                rng, height, width, box, count, config.brush_strokes
            )._asdict()
            found["alphas"] = rng.random((config.batch_size, 2)).astype(np.float32)
            if distances:
                found["distances"] = masks.distances(found["masks"])
            return [found[name] for name in specifications]

    def drawn(number):
        types = [spec.dtype for spec in specifications.values()]
        found = tf.numpy_function(draw, [number], types, stateful=False)
        return {
            name: tf.ensure_shape(x, spec.shape)
            for x, (name, spec) in zip(found, specifications.items())
        }

    def batch(example, found):
        found["images"] = tensors.to_network(example["images"])
        if "edges" in example:
            found["edges"] = tf.cast(example["edges"], tf.float32)
        return found

    images = training_dataset(
        pictures,
        size=(height, width),
        batch_size=config.batch_size,
        seed=seed,
        start=first_batch,
        shard=shard,
        random_crop=config.random_crop,
        edge_threshold=config.edge_threshold,
        max_pixels=config.max_pixels,
        threads=config.num_cpus_per_job,
        unreadable=unreadable,
    )
    numbers = tf.data.Dataset.counter(first_step * updates)
    draws = numbers.map(drawn, num_parallel_calls=2, deterministic=True)
    return tf.data.Dataset.zip((images, draws)).map(batch).prefetch(updates)


def to_batch(found):
    """`Batch` of a dict that `update_batches` gives."""
    return Batch(**found)

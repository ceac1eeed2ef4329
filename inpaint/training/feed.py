"""What every update of a training is computed on: pictures and masks, by number.

An iteration of a model with k critic updates takes k + 1 batches, each with masks of
its own. Both follow from the seed and their number alone, so a run can go on from any
step.
"""

import tensorflow as tf

from inpaint import masks, readers, tensors
from inpaint.data import training_dataset
from inpaint.models.base import Batch


def box_of(config):
    """The boxes that a Config asks for."""
    return masks.Box(*(getattr(config, field) for field in masks.Box._fields))


def update_batches(
    config, pictures, seed, updates, first_step, first_batch, shard, unreadable
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

    Returns:
      tf.data.Dataset of `Batch`es (`edges` is missing where there are none), float32.
    """
    height, width, _ = config.img_shapes
    box = box_of(config)
    count = config.batch_size if config.mask_per_sample else 1

    def draw(number):
        step, phase = divmod(int(number), updates)
        with readers.inside():
            rng = masks.generator(seed, step, phase, shard[0])
            return masks.draw_masks(rng, height, width, box, count)

    def drawn(number):
        mask = tf.numpy_function(draw, [number], tf.float32, stateful=False)
        return tf.ensure_shape(mask, [count, height, width, 1])

    def batch(example, mask):
        found = {"images": tensors.to_network(example["images"]), "masks": mask}
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
        threads=config.num_cpus_per_job,
        unreadable=unreadable,
    )
    numbers = tf.data.Dataset.counter(first_step * updates)
    drawn_masks = numbers.map(drawn, num_parallel_calls=2, deterministic=True)
    return tf.data.Dataset.zip((images, drawn_masks)).map(batch).prefetch(updates)


def to_batch(found):
    """`Batch` of a dict that `update_batches` gives."""
    return Batch(found["images"], found["masks"], found.get("edges"))

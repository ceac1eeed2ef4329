"""Training batches, addressable by step: pictures, masks and the model's extras.

An iteration takes one batch or more, each with masks of its own. All follow from the
seed, the step and the batch's number in it alone, so a run can go on from any step.
"""

import tensorflow as tf

from inpaint import masks
from inpaint.data import readers, training_dataset
from inpaint.models.base import Batch


def require_room(config, sampler):
    """Raises InputError if the holes cannot be drawn, or do not fit the pictures."""
    height, width, _ = config.img_shapes
    sampler.draw(masks.rng(0, 0), 1, height, width)


def update_batches(
    config, model, pictures, seed, batches, first_step, first_batch, shard, unreadable
):
    """One replica's batches, without end.

    Args:
      config: a Config.
      model: the `InpaintingModel`, whose sampler draws and whose generator says what
        it wants of a picture.
      pictures: lists.Pictures.
      seed: int, of pictures' order and masks.
      batches: in an iteration.
      first_step: iteration to begin with.
      first_batch: number of the first batch of pictures.
      shard: (this replica, number of replicas).
      unreadable: data.Unreadable.

    Returns:
      tf.data.Dataset of dicts: `images`, `masks`, `edges` where guided, and the
      sampler's other draws.
    """
    height, width, _ = config.img_shapes
    count = config.batch_size if config.mask_per_sample else 1
    like = model.sampler.draw(masks.rng(0, 0), count, height, width)

    def draw(number):
        step, index = divmod(int(number), batches)
        with readers.inside():
            rng = masks.rng(seed, step, index, shard[0])
            found = model.sampler.draw(rng, count, height, width)
            return [found[name] for name in like]

    def drawn(number):
        types = [value.dtype for value in like.values()]
        found = tf.numpy_function(draw, [number], types, stateful=False)
        return {
            name: tf.ensure_shape(x, value.shape)
            for x, (name, value) in zip(found, like.items())
        }

    def batch(example, found):
        found["images"] = model.generator.to_network(example["images"])
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
    numbers = tf.data.Dataset.counter(first_step * batches)
    draws = numbers.map(drawn, num_parallel_calls=2, deterministic=True)
    return tf.data.Dataset.zip((images, draws)).map(batch).prefetch(batches)


def distributed(strategy, count, unreadable, **arguments):
    """Yields each iteration's batches, without end: `count` values of the strategy's.

    Args:
      strategy: a tf.distribute.Strategy.
      count: batches in an iteration.
      unreadable: data.Unreadable; what it holds back is raised here.
      **arguments: see `update_batches`.
    """
    replicas, feeds = strategy.num_replicas_in_sync, {}

    def next_of(context):
        replica = context.replica_id_in_sync_group
        if replica not in feeds:
            shard = replica, replicas
            feeds[replica] = iter(
                update_batches(
                    batches=count, shard=shard, unreadable=unreadable, **arguments
                )
            )
        return Batch.of(**next(feeds[replica]))

    while True:
        with unreadable.raised():
            taken = [
                strategy.experimental_distribute_values_from_function(next_of)
                for _ in range(count)
            ]
        yield taken


def every_picture(config, pictures, seed, unreadable):
    """Yields uint8 RGB batches `[B, H, W, 3]`: each picture about once, made as asked.

    Args:
      config, pictures, seed, unreadable: see `update_batches`.

    Raises:
      InputError: if a picture cannot be read and is not skipped.
    """
    height, width, _ = config.img_shapes
    images = training_dataset(
        pictures,
        size=(height, width),
        batch_size=config.batch_size,
        seed=seed,
        random_crop=config.random_crop,
        edge_threshold=config.edge_threshold,
        max_pixels=config.max_pixels,
        threads=config.num_cpus_per_job,
        unreadable=unreadable,
    )
    examples = iter(images)
    for _ in range(-(-len(pictures) // config.batch_size)):
        with unreadable.raised():
            example = next(examples)
        yield example["images"].numpy()

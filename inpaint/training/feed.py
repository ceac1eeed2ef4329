"""Training batches, addressable by step: pictures, masks and the model's extras.

An iteration takes one batch or more, each with masks of its own. All follow from the
seed, the step and the batch's number in it alone, so a run can go on from any step.
"""

import numpy as np
import tensorflow as tf

from inpaint import masks
from inpaint.data import readers, training_dataset
from inpaint.errors import InputError
from inpaint.models.base import Batch


def require_room(config, sampler):
    """Raises InputError if the holes cannot be drawn, or do not fit the pictures."""
    height, width, _ = config.img_shapes
    sampler.draw(masks.rng(0, 0), 1, height, width)


def require_own(sampler, own):
    """Raises InputError if a model's sampler cannot take the pictures' own masks."""
    kind = type(sampler)
    draws_all = kind.draw is not masks.Sampler.draw
    if own and draws_all and kind.with_masks is masks.Sampler.with_masks:
        raise InputError(
            f"masks_by_name: {kind.__name__} draws all that its model needs together, "
            "and takes no given masks"
        )


def drawn(config, sampler, rng, own=None, valid=None):
    """What goes with a batch of pictures: NumPy arrays by name.

    Args:
      config: a Config.
      sampler: the model's.
      rng: NumPy generator.
      own: the pictures' own masks, `[B, H, W, 1]` in {0, 1}, or None.
      valid: likewise, where their truth is known.

    Returns:
      what `Sampler.draw` does, and `valid`, float32, where there is one.
    """
    height, width, _ = config.img_shapes
    if own is None:
        count = config.batch_size if config.mask_per_sample else 1
        found = sampler.draw(rng, count, height, width)
    else:
        moves = masks.moves_of(config)
        planes = masks.masks_of_pictures(rng, own, sampler, moves, config.mask_share)
        found = sampler.with_masks(rng, planes)
    if valid is None:
        return found
    valid = valid.astype(np.float32)
    return {**sampler.hidden(found, 1 - valid), "valid": valid}


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
      tf.data.Dataset of dicts: `images`, `masks`, `edges` where guided, `valid` where
      pictures say what is known, and the sampler's other draws.
    """
    height, width, _ = config.img_shapes
    require_own(model.sampler, pictures.masks is not None)
    given = {"own": pictures.masks, "valid": pictures.valid}
    given = [name for name, paths in given.items() if paths is not None]
    ones = np.ones((config.batch_size, height, width, 1), np.uint8)
    like = drawn(
        config, model.sampler, masks.rng(0, 0), **{name: ones for name in given}
    )

    def draw(number, *planes):
        step, index = divmod(int(number), batches)
        with readers.inside():
            rng = masks.rng(seed, step, index, shard[0])
            found = drawn(config, model.sampler, rng, **dict(zip(given, planes)))
            return [found[name] for name in like]

    def batch(example, number):
        planes = [example["masks" if name == "own" else name] for name in given]
        types = [value.dtype for value in like.values()]
        found = tf.numpy_function(draw, [number, *planes], types, stateful=False)
        found = {
            name: tf.ensure_shape(x, value.shape)
            for x, (name, value) in zip(found, like.items())
        }
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
        mask_threshold=config.mask_threshold,
        threads=config.num_cpus_per_job,
        unreadable=unreadable,
        value_range=model.generator.value_range,
    )
    numbers = tf.data.Dataset.counter(first_step * batches)
    return (
        tf.data.Dataset.zip((images, numbers))
        .map(batch, num_parallel_calls=2, deterministic=True)
        .prefetch(batches)
    )


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

    Where a picture's truth is unknown it has the mean colour of what is known of it.

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
        value_range=config.value_range if config.channels == 1 else None,
    )
    examples = iter(images)
    for _ in range(-(-len(pictures) // config.batch_size)):
        with unreadable.raised():
            example = next(examples)
        levels = example["images"].numpy()
        if "valid" in example:
            levels = _with_mean(levels, example["valid"].numpy())
        yield levels


def _with_mean(levels, valid):
    """uint8 `[B, H, W, C]`, the mean colour where `valid` (`[B, H, W, 1]`) is 0."""
    count = np.maximum(valid.sum(axis=(1, 2), keepdims=True), 1)
    mean = (levels * np.float64(valid)).sum(axis=(1, 2), keepdims=True) / count
    return np.where(valid > 0, levels, np.rint(mean).astype(levels.dtype))

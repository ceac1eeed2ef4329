"""Trains small models twice: on one device, and on two with half the batch each.

python two_replicas.py MODEL…

Run as a process of its own, since TensorFlow's devices are set up once: prints, as
JSON and by model, how far the two are apart.
"""

import json
import os
import sys

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import stand_in
import tensorflow as tf
from eager import eagerly
from updates import adam_of, critic_update, generator_update

from inpaint.config import from_dict
from inpaint.models import build_model
from inpaint.models.base import Batch

ITERATIONS, BATCH, SIZE, BOX = 2, 4, 64, 32
CLIP = {"deepfill_v2": None, "deepfill_v1": 1e-3}  # about half of v1's gradients


def batches():
    rng = np.random.default_rng(0)
    for _ in range(2 * ITERATIONS):
        images = rng.uniform(-1, 1, (BATCH, SIZE, SIZE, 3)).astype(np.float32)
        masks = np.zeros((BATCH, SIZE, SIZE, 1), np.float32)
        boxes = np.full((BATCH, 4), BOX, np.int32)
        boxes[:, :2] = rng.integers(0, SIZE - BOX, (BATCH, 2))
        for mask, (top, left, height, width) in zip(masks, boxes):
            mask[top : top + height, left : left + width] = 1
        alphas = rng.random((BATCH, 2)).astype(np.float32)
        yield Batch.of(images, masks, boxes=boxes, alphas=alphas)


def train(strategy, name):
    """(losses of every update, variables by name, copies of the critics' states)."""
    replicas = strategy.num_replicas_in_sync
    settings = {"model": name, "base_filters": 8, "discriminator_filters": 8}
    settings |= {"img_shapes": [SIZE, SIZE, 3], "height": BOX, "width": BOX}
    # With version 1's 0.9 a gradient that is rounding alone moves a weight as far as
    # any other.
    settings["adam_beta2"] = 0.999
    with strategy.scope():
        model = build_model(from_dict(settings, "a test"))
        optimizer = adam_of(model)
    for variable_name, variable in model.variables_by_name().items():
        shape = tuple(variable.shape)
        variable.assign(stand_in.value(variable_name, shape, name))

    def shares(batch):
        def part(context):
            i, size = context.replica_id_in_sync_group, BATCH // replicas
            return tf.nest.map_structure(
                lambda x: (
                    None if x is None else tf.constant(x[i * size : (i + 1) * size])
                ),
                batch,
            )

        return strategy.experimental_distribute_values_from_function(part)

    @tf.function(autograph=False)
    def iteration(for_critic, for_generator):
        shared = (model, optimizer)
        d = strategy.run(critic_update, (*shared, for_critic, CLIP[name]))
        g = strategy.run(generator_update, (*shared, for_generator, CLIP[name]))
        mean = tf.distribute.ReduceOp.MEAN
        return [
            {tag: strategy.reduce(mean, value, None) for tag, value in found.items()}
            for found in (d, g)
        ]

    given, losses = batches(), []
    for _ in range(ITERATIONS):
        for found in iteration(shares(next(given)), shares(next(given))):
            losses += [float(value) for value in found.values()]
    assert optimizer.iterations.numpy() == 2 * ITERATIONS
    values = {k: v.numpy() for k, v in model.variables_by_name().items()}
    copies = []
    for critic in model.critics:
        for u in critic.non_trainable_variables:
            u = u if isinstance(u, tf.Variable) else u.value
            copies.append([v.numpy() for v in strategy.experimental_local_results(u)])
    return np.array(losses), values, copies


def compared(two, name):
    """The report on a model."""
    with eagerly():  # of graphs on two devices test_train_workers.py tells
        losses, values, _ = train(tf.distribute.get_strategy(), name)
        two_losses, two_values, copies = train(two, name)
    errors = {name: two_values[name] - value for name, value in values.items()}
    start = {k: stand_in.value(k, value.shape, name) for k, value in values.items()}
    report = {
        "losses": np.abs(losses - two_losses).max(),
        "weights": max(np.abs(error).max() for error in errors.values()),
        "weights_rms": max(np.sqrt(np.mean(error**2)) for error in errors.values()),
        "trained_rms": min(
            np.sqrt(np.mean((values[k] - start[k]) ** 2))
            for k in values
            if not k.endswith("_fc/bias")  # which differences of scores do not know
        ),
        "copies": max((np.abs(x - y).max() for x, y in copies), default=0.0),
        "states": len(copies),
        "replicas": two.num_replicas_in_sync,
    }
    return {name: float(value) for name, value in report.items()}


def main(names):
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    print(json.dumps({name: compared(two, name) for name in names}))


if __name__ == "__main__":
    main(sys.argv[1:])

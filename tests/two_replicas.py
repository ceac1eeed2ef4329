"""Trains a small model twice: on one device, and on two with half the batch each.

Run as a process of its own, since TensorFlow's devices are set up once: prints, as
JSON, how far the two are apart.
"""

import json
import os

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import stand_in
import tensorflow as tf

from inpaint.config import Config
from inpaint.models import build_model
from inpaint.models.base import Batch
from inpaint.training import steps

ITERATIONS, BATCH, SIZE = 3, 4, 64


def batches():
    rng = np.random.default_rng(0)
    for _ in range(2 * ITERATIONS):
        images = rng.uniform(-1, 1, (BATCH, SIZE, SIZE, 3)).astype(np.float32)
        masks = np.zeros((BATCH, SIZE, SIZE, 1), np.float32)
        for mask in masks:
            top, left = rng.integers(0, 32, 2)
            mask[top : top + 32, left : left + 32] = 1
        yield Batch(images, masks)


def train(strategy):
    """(losses of every update, variables by name, copies of each critic's u)."""
    replicas = strategy.num_replicas_in_sync
    with strategy.scope():
        model = build_model(Config(base_filters=8, discriminator_filters=8))
        optimizer = steps.build_adam(model)
    for name, variable in model.variables_by_name().items():
        variable.assign(stand_in.value(name, tuple(variable.shape)))

    def shares(batch):
        def part(context):
            i, size = context.replica_id_in_sync_group, BATCH // replicas
            cut = [array[i * size : (i + 1) * size] for array in batch[:2]]
            return Batch(*map(tf.constant, cut))

        return strategy.experimental_distribute_values_from_function(part)

    @tf.function
    def iteration(for_critic, for_generator):
        d = strategy.run(steps.critic_update, (model, optimizer, for_critic))
        g = strategy.run(steps.generator_update, (model, optimizer, for_generator))
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
    assert iteration.experimental_get_tracing_count() == 1
    values = {k: v.numpy() for k, v in model.variables_by_name().items()}
    copies = []
    for convolution in model.critics[0].convolutions:
        u = (
            convolution.u
            if isinstance(convolution.u, tf.Variable)
            else convolution.u.value
        )
        copies.append([v.numpy() for v in strategy.experimental_local_results(u)])
    return np.array(losses), values, copies


def main():
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * 2,
    )
    losses, values, _ = train(tf.distribute.get_strategy())
    two_losses, two_values, copies = train(
        tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    )
    errors = {name: two_values[name] - value for name, value in values.items()}
    start = {name: stand_in.value(name, value.shape) for name, value in values.items()}
    report = {
        "losses": np.abs(losses - two_losses).max(),
        "weights": max(np.abs(error).max() for error in errors.values()),
        "weights_rms": max(np.sqrt(np.mean(error**2)) for error in errors.values()),
        "trained_rms": min(
            np.sqrt(np.mean((values[name] - start[name]) ** 2)) for name in values
        ),
        "copies_of_u": max(np.abs(one - two).max() for one, two in copies),
        "replicas": len(copies[0]),
    }
    print(json.dumps({name: float(value) for name, value in report.items()}))


if __name__ == "__main__":
    main()

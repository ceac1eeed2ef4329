"""Where a training runs: one device, several GPUs, or several machines."""

import os

import tensorflow as tf

from inpaint.errors import InputError


def make_strategy(gpus):
    """The tf.distribute strategy that the machine and the settings ask for.

    Where TF_CONFIG names a cluster, MultiWorkerMirroredStrategy; with `gpus` above 1,
    MirroredStrategy over that many; otherwise the one device, a GPU if there is one.

    Args:
      gpus: `num_gpus_per_job`.

    Raises:
      InputError: if there are fewer GPUs than asked for.
    """
    if os.environ.get("TF_CONFIG"):
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"TF_CONFIG: does not describe a cluster: {error}"
            ) from None
    present = tf.config.list_physical_devices("GPU")
    if gpus > 1 and len(present) < gpus:
        raise InputError(
            f"num_gpus_per_job is {gpus}, but TensorFlow finds {len(present)} GPUs"
        )
    if gpus > 1:
        return tf.distribute.MirroredStrategy([f"GPU:{i}" for i in range(gpus)])
    return tf.distribute.get_strategy()


def describe(strategy):
    """One line on the strategy and its devices."""
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices()
    kind = devices[0].device_type
    replicas = strategy.num_replicas_in_sync
    resolver = strategy.cluster_resolver
    name = type(strategy).__name__.lstrip("_")
    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        name = "MultiWorkerMirroredStrategy"  # the class has an older name
    line = f"{name.replace('Default', 'Default ')}: {replicas} × {kind}"
    if resolver is not None and resolver.task_type:
        line += f", here {resolver.task_type} {resolver.task_id}"
    return line


def is_chief(strategy):
    """Whether this process is the one that writes checkpoints and summaries."""
    resolver = strategy.cluster_resolver
    return (
        resolver is None
        or resolver.task_type in (None, "", "chief")
        or (resolver.task_type == "worker" and resolver.task_id == 0)
    )

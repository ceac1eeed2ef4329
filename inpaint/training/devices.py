"""Where a training runs: one device, several GPUs, or several machines."""

import contextlib
import os

import tensorflow as tf

from inpaint.errors import InputError
from inpaint.training import cluster
from inpaint.training.interrupts import deadly_signals


def make_strategy(gpus, say=print):
    """The tf.distribute strategy that the machine and the settings ask for.

    Where TF_CONFIG names a cluster, MultiWorkerMirroredStrategy, once all its workers
    are there; with `gpus` above 1, MirroredStrategy over that many; with 1, the first
    GPU if there is one; with 0, the CPU. TensorFlow sees those GPUs alone, and takes
    their memory as it needs it.

    Args:
      gpus: `num_gpus_per_job`.
      say: function of one line of text.

    Raises:
      InputError: if there are fewer GPUs than asked for.
      RunError: if a worker does not come, see `cluster.meet`.
    """
    if os.environ.get("TF_CONFIG"):
        cluster.meet(say)
        take(gpus)
        try:
            with deadly_signals():  # it may still block, and no handler would run
                return tf.distribute.MultiWorkerMirroredStrategy()
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"TF_CONFIG: does not describe a cluster: {error}"
            ) from None
    take(gpus)
    if gpus > 1:
        return tf.distribute.MirroredStrategy([f"GPU:{i}" for i in range(gpus)])
    return tf.distribute.get_strategy()


def take(gpus):
    """Makes the first `gpus` GPUs visible to TensorFlow, and no others.

    Raises:
      InputError: if there are fewer, above 1, or TensorFlow uses others already.
    """
    present = tf.config.list_physical_devices("GPU")
    if gpus > 1 and len(present) < gpus:
        raise InputError(
            f"num_gpus_per_job is {gpus}, but TensorFlow finds {len(present)} GPUs"
        )
    taken = present[:gpus]
    if not present:
        return
    try:
        tf.config.set_visible_devices(taken, "GPU")
        for gpu in taken:
            tf.config.experimental.set_memory_growth(gpu, True)
    except RuntimeError as error:  # devices are chosen before the first is used
        if tf.config.get_visible_devices("GPU") != taken:
            raise InputError(f"num_gpus_per_job: {gpus}: {error}") from None


@contextlib.contextmanager
def scope(strategy):
    """`strategy.scope()`, in which all replicas' variables are alike after a step.

    Keras 2 has its batch statistics summed over the workers when they are read. Then
    none can look at its network alone, as the chief does that validates.
    """
    with strategy.scope(), tf.variable_creator_scope(_alike):
        yield


def _alike(create, **arguments):
    if arguments.get("synchronization") == tf.VariableSynchronization.ON_READ:
        arguments["synchronization"] = tf.VariableSynchronization.AUTO
    return create(**arguments)


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

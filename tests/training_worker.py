"""A small training in this process: one worker of a cluster, or two replicas.

python training_worker.py LOG_DIR PICTURES MODEL            a worker, by TF_CONFIG
python training_worker.py LOG_DIR PICTURES MODEL mirrored   two logical CPUs instead
"""

import sys

import tensorflow as tf
from training_runs import MODELS, SMALL

from inpaint import config, flists
from inpaint.training import devices
from inpaint.training.trainer import Trainer


def main(log_dir, pictures, model, how="worker"):
    if how == "mirrored":
        cpu = tf.config.list_physical_devices("CPU")[0]
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(cpu, two)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    else:
        strategy = devices.make_strategy(1)
    small = {**SMALL, **MODELS[model], "log_dir": log_dir, "max_iters": 2}
    settings = config.from_dict(small, "test")
    tf.keras.utils.set_random_seed(7)
    trainer = Trainer(settings, strategy, flists.find_pictures(pictures))
    assert trainer.batch_size == 4
    trainer.run()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""train.py on two logical CPUs of this process.

python train_on_two_cpus.py ARGUMENTS…    train.py's
"""

import sys

import tensorflow as tf

from inpaint.cli import train
from inpaint.training import devices


def main(argv):
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    devices.make_strategy = lambda gpus, say: strategy
    return train.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

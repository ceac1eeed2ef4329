"""train.py on two logical CPUs of this process, as often as it is asked to.

A line of standard input is a list of its arguments, as JSON; [its exit code, what it
said] is the answer, a line of standard output. Knows tests/toy_paper.py.
"""

import contextlib
import io
import json
import sys

import tensorflow as tf
import toy_paper  # noqa: F401 (registers "toy")

from inpaint.cli import train
from inpaint.training import devices


def main():
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    devices.make_strategy = lambda gpus, say: strategy
    for line in sys.stdin:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = train.main(json.loads(line))
        print(json.dumps([code, said.getvalue()]), flush=True)


if __name__ == "__main__":
    main()

"""Stand-in weights: random numbers in place of a trained network's.

    python examples/stand_in.py FOLDER [--guided]

writes a checkpoint in the original's format. Whatever writes or reads such a
checkpoint agrees on every number, since a variable's values follow from its name and
shape: the golden files of the tests were computed with these weights.
"""

import argparse
import zlib

import numpy as np

from inpaint import checkpoints
from inpaint.models import GENERATORS

KERNEL_GAIN = 2.3  # keeps the signal's size through DeepFill v2's gated layers
BIAS_SCALE = 0.1


def value(name, shape):
    """The stand-in values of one variable.

    Args:
      name: in the checkpoint, such as "inpaint_net/conv1/kernel".
      shape: of the variable.

    Returns:
      float32 normal numbers, seeded with the name: a kernel's have the standard
      deviation gain/√(inputs of one output), a bias's 0.1, others' 1.
    """
    normal = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    if name.endswith("/kernel"):
        normal *= KERNEL_GAIN / np.sqrt(np.prod(shape[:-1]))
    elif name.endswith("/bias"):
        normal *= BIAS_SCALE
    return normal.astype(np.float32)


def write_checkpoint(folder, guided=False, base_filters=48):
    """Write DeepFill v2 with stand-in weights; returns the checkpoint's prefix."""
    generator = GENERATORS["deepfill_v2"](base_filters=base_filters, guided=guided)
    for name, variable in generator.variables_by_name().items():
        variable.assign(value(name, tuple(variable.shape)))
    return checkpoints.save_original(generator, folder)


def main():
    parser = argparse.ArgumentParser(description="Writes a checkpoint of stand-ins.")
    parser.add_argument("folder", help="is made if it does not exist")
    parser.add_argument("--guided", action="store_true", help="a network with a sketch")
    arguments = parser.parse_args()
    print(write_checkpoint(arguments.folder, arguments.guided))


if __name__ == "__main__":
    main()

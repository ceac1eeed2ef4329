"""Stand-in weights: random numbers in place of a trained network's.

    python examples/stand_in.py FOLDER [--guided] [--model deepfill_v1]

writes a checkpoint in the original's format. Whatever writes or reads such a
checkpoint agrees on every number, since a variable's values follow from its name and
shape: the golden files of the tests were computed with these weights.
"""

import argparse
import zlib

import numpy as np

from inpaint import checkpoints
from inpaint.models import registry

# Keeps the signal's size through v2's gated layers, through v1's plain ones.
KERNEL_GAIN = {"deepfill_v2": 2.3, "deepfill_v1": 1.2, "deepfill_v1_baseline": 1.2}
BIAS_SCALE = 0.1


def value(name, shape, model="deepfill_v2"):
    """The stand-in values of one variable.

    Args:
      name: in the checkpoint, such as "inpaint_net/conv1/kernel".
      shape: of the variable.
      model: that the variable is of.

    Returns:
      float32 normal numbers, seeded with the name: a kernel's have the standard
      deviation gain/√(inputs of one output), a bias's 0.1, others' 1.
    """
    normal = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    if name.endswith("/kernel"):
        normal *= KERNEL_GAIN[model] / np.sqrt(np.prod(shape[:-1]))
    elif name.endswith("/bias"):
        normal *= BIAS_SCALE
    return normal.astype(np.float32)


def write_checkpoint(folder, model="deepfill_v2", **arguments):
    """Write a generator with stand-in weights; returns the checkpoint's prefix.

    Args:
      folder: is made if it does not exist.
      model: its name in the registry.
      arguments: of the generator, such as `guided` and `base_filters`.
    """
    generator = registry.paper(model).generator(**arguments)
    for name, variable in generator.variables_by_name().items():
        variable.assign(value(name, tuple(variable.shape), model))
    return checkpoints.save_original(generator, folder)


def main():
    parser = argparse.ArgumentParser(description="Writes a checkpoint of stand-ins.")
    parser.add_argument("folder", help="is made if it does not exist")
    parser.add_argument("--guided", action="store_true", help="a network with a sketch")
    parser.add_argument("--model", choices=registry.names(), default="deepfill_v2")
    arguments = parser.parse_args()
    print(write_checkpoint(arguments.folder, arguments.model, guided=arguments.guided))


if __name__ == "__main__":
    main()

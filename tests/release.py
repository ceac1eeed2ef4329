"""Checkpoints as the original release has them, made without the code under test.

Names and shapes come from golden/variables_v2.txt, values from the stand-in recipe.
"""

import json
import re
from pathlib import Path

import numpy as np
import stand_in
import tensorflow as tf

_LISTED = re.findall(
    r"^(\S+) (\[.*\])",
    (Path(__file__).parent / "golden" / "variables_v2.txt").read_text(),
    re.MULTILINE,
)


def generator_shapes(base_filters=48, guided=False):
    """Shapes by name; the list's widths are those of 48 base filters."""
    shapes = {}
    for name, text in _LISTED:
        if name.startswith("inpaint_net/"):
            shapes[name] = [
                size if size in (3, 5) else size * base_filters // 48
                for size in json.loads(text)
            ]
    if guided:
        shapes["inpaint_net/conv1/kernel"][2] = 6
    return shapes


def critic_shapes():
    """The critic's shapes by name, those of its spectral norm included."""
    return {
        name: json.loads(text) for name, text in _LISTED if name.startswith("discrimin")
    }


def values(shapes):
    """Stand-in values by name."""
    return {name: stand_in.value(name, shape) for name, shape in shapes.items()}


def training_extras(base_filters):
    """What a training run saves beside the generator, by name."""
    rng = np.random.default_rng(0)
    extras = {
        "beta1_power": np.float32(0.5),
        "beta2_power": np.float32(0.999),
        "beta1_power_1": np.float32(0.5),
        "lr": np.float32(1e-4),
        "global_step": np.int64(7),
        "discriminator/sn_patch_gan/conv1/kernel": rng.random((5, 5, 4, 8), np.float32),
        "discriminator/sn_patch_gan/conv1/kernel_sn/u": rng.random((1, 8), np.float32),
    }
    for name, shape in generator_shapes(base_filters).items():
        extras[f"{name}/Adam"] = np.zeros(shape, np.float32)
        extras[f"{name}/Adam_1"] = np.ones(shape, np.float32)
    return extras


def write(folder, variables, name="snap-0", index="checkpoint"):
    """A folder with a checkpoint `name`; `index` names it, unless None.

    Returns:
      The folder as a pathlib.Path.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tf.raw_ops.SaveV2(
        prefix=str(folder / name),
        tensor_names=list(variables),
        shape_and_slices=[""] * len(variables),
        tensors=[tf.constant(value) for value in variables.values()],
    )
    if index:
        (folder / index).write_text(
            f'model_checkpoint_path: "{name}"\nall_model_checkpoint_paths: "{name}"\n'
        )
    return folder

"""Checkpoints as the original release has them, made without the code under test.

Names and shapes come from golden/variables_v1.txt and variables_v2.txt, values from
the stand-in recipe.
"""

import json
import re
from pathlib import Path

import numpy as np
import stand_in
import tensorflow as tf

MODELS = ("deepfill_v1", "deepfill_v1_baseline", "deepfill_v2")
_WIDTHS = {"v1": 32, "v2": 48}
_LISTED = {
    version: re.findall(
        r"^(\S+) (\[.*\])",
        (Path(__file__).parent / "golden" / f"variables_{version}.txt").read_text(),
        re.MULTILINE,
    )
    for version in _WIDTHS
}


def _version(model):
    return model.split("_")[1]


def generator_shapes(base_filters=None, guided=False, model="deepfill_v2"):
    """Shapes by name; `base_filters` is the release's where it is None."""
    version = _version(model)
    listed = _WIDTHS[version]
    shapes = {}
    for name, text in _LISTED[version]:
        if name.startswith("inpaint_net/"):
            shapes[name] = [
                size if size in (3, 5) else size * (base_filters or listed) // listed
                for size in json.loads(text)
            ]
    if guided:
        shapes["inpaint_net/conv1/kernel"][2] = 6
    if model == "deepfill_v1_baseline":  # the decoder's other branch alone
        shapes = {k: v for k, v in shapes.items() if not k.startswith("inpaint_net/pm")}
        shapes["inpaint_net/allconv11/kernel"][2] //= 2
    return shapes


def critic_shapes(model="deepfill_v2"):
    """The critics' shapes by name, those of a spectral norm included."""
    return {
        name: json.loads(text)
        for name, text in _LISTED[_version(model)]
        if name.startswith("discrimin")
    }


def values(shapes, model="deepfill_v2"):
    """Stand-in values by name."""
    return {name: stand_in.value(name, shape, model) for name, shape in shapes.items()}


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

"""Writing checkpoints of the release's form, which `stored` reads."""

import os

import tensorflow as tf

from inpaint.errors import InputError
from inpaint.files import atomic_folder
from inpaint.models import building, registry


def save_original(generator, folder, name="snap-0"):
    """Write a generator as a checkpoint of the release, which reads back bit for bit.

    The files are written beside their place and renamed, `checkpoint` last.

    Args:
      generator: a `Generator`.
      folder: is made if it does not exist.
      name: of the checkpoint in the folder.

    Returns:
      The checkpoint's prefix.

    Raises:
      InputError: if such a checkpoint could not tell what network it is of.
    """
    variables = generator.variables_by_name()
    _require_told(generator, variables, folder)
    with atomic_folder(folder) as temporary:
        tf.raw_ops.SaveV2(
            prefix=os.path.join(temporary, name),
            tensor_names=list(variables),
            shape_and_slices=[""] * len(variables),
            tensors=[tf.convert_to_tensor(v) for v in variables.values()],
        )
        with open(os.path.join(temporary, "checkpoint"), "w", encoding="utf-8") as file:
            file.write(f'model_checkpoint_path: "{name}"\n')
            file.write(f'all_model_checkpoint_paths: "{name}"\n')
        for file in (f"{name}.data-00000-of-00001", f"{name}.index", "checkpoint"):
            os.replace(os.path.join(temporary, file), os.path.join(folder, file))
    return os.path.join(folder, name)


def _require_told(generator, variables, folder):
    """A checkpoint of the release is told by its variables, and nothing else."""
    told = building.recognise({k: list(v.shape) for k, v in variables.items()})
    if told is None or told[0] != registry.name_of(type(generator)):
        problem = f"is {generator.name}"
    elif generator.stride_padding != "same":
        problem = f"has stride_padding {generator.stride_padding}"
    else:
        return
    raise InputError(
        f"{folder}: a checkpoint of the release could not tell that the network "
        f"{problem}: write .weights.h5"
    )

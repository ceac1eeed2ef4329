"""Checkpoints of the original release ↔ Keras weights, and `.weights.h5` files.

A checkpoint of the release is a folder with `checkpoint` (often renamed to
`checkpoint.txt` by a file host), `snap-0.index` and `snap-0.data-00000-of-00001`.
Variable names are those that `Generator.variables_by_name` gives. Restoring is
strict, unlike the original's, which passed over what did not fit.
"""

import glob
import os
import re
import tempfile

import tensorflow as tf

from inpaint import weights_h5
from inpaint.errors import InputError
from inpaint.models import GENERATORS, recognise
from inpaint.models.base import Generator

# What a training run stores beside the generator: critics, Adam's slots, counters.
_TRAINING_ONLY = re.compile(
    r"discriminator/|.*/(Adam|Adam_1)$|(.*/)?(beta[12]_power(_\d+)?|lr|global_step)$"
)


def locate(path):
    """The prefix of the checkpoint that a path means.

    Args:
      path: a folder with `checkpoint` or `checkpoint.txt`, or with a single .index
        file and neither; or a prefix such as `model_logs/release/snap-0`.

    Raises:
      InputError: if there is no checkpoint, or more than one to choose from.
    """
    path = os.fspath(path)
    if not os.path.isdir(path):
        prefix = path[: -len(".index")] if path.endswith(".index") else path
        if not os.path.exists(f"{prefix}.index"):
            raise InputError(
                f"{path}: no such checkpoint: expected a folder with a 'checkpoint' "
                f"file, or a prefix with {os.path.basename(prefix)}.index beside it"
            )
        return prefix
    for name in ("checkpoint", "checkpoint.txt"):
        if os.path.isfile(os.path.join(path, name)):
            return _named_prefix(path, name)
    indices = sorted(glob.glob(os.path.join(glob.escape(path), "*.index")))
    if len(indices) != 1:
        found = ", ".join(map(os.path.basename, indices)) or "none"
        raise InputError(
            f"{path}: no checkpoint here: expected a file 'checkpoint' or "
            f"'checkpoint.txt', or a single .index file; .index files found: {found}"
        )
    return indices[0][: -len(".index")]


def _named_prefix(folder, name):
    """The prefix that a `checkpoint` file names, in its own folder if it was moved."""
    source = os.path.join(folder, name)
    try:
        with open(source, encoding="utf-8") as file:
            match = re.search(r'^model_checkpoint_path: "(.+)"', file.read(), re.M)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{source}: cannot be read: {error}") from None
    if match is None:
        raise InputError(f'{source}: expected a line model_checkpoint_path: "snap-0"')
    named = os.path.join(folder, match[1])
    moved = os.path.join(folder, os.path.basename(match[1]))
    for prefix in (named, moved):
        if os.path.exists(f"{prefix}.index"):
            return prefix
    raise InputError(f"{source}: names {match[1]}, but {moved}.index does not exist")


def load_generator(path, padding="same"):
    """A generator with the weights of a checkpoint or `.weights.h5` file.

    What network it is (guided or not, its width) is read from the variables.

    Args:
      path: see `locate`; or a `.weights.h5` file.
      padding: of the convolutions, which a checkpoint of the release does not tell.

    Raises:
      InputError: if it cannot be read, is of another network, or lacks variables.
    """
    path = os.fspath(path)
    if path.endswith(weights_h5.SUFFIX):
        values, description = weights_h5.read(path)
        padding = description["padding"]
        shapes = {name: list(value.shape) for name, value in values.items()}
        source = path
        get = values.__getitem__
    else:
        source = locate(path)
        reader = _open(source)
        shapes = reader.get_variable_to_shape_map()
        get = reader.get_tensor
    generator = _build(source, shapes, padding)
    _assign(generator, source, shapes, get)
    return generator


def restore(generator, path):
    """Set a generator's weights from a checkpoint of the release; see `locate`.

    Raises:
      InputError: if variables are missing, unexpected or of another shape: one
        error names them all.
    """
    prefix = locate(path)
    reader = _open(prefix)
    shapes = reader.get_variable_to_shape_map()
    _assign(generator, prefix, shapes, reader.get_tensor)


def _open(prefix):
    try:
        return tf.train.load_checkpoint(prefix)
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise _unreadable(prefix, error) from None


def _unreadable(prefix, error):
    detail = getattr(error, "message", None) or str(error)
    return InputError(
        f"{prefix}: damaged or not a TensorFlow checkpoint: {' '.join(detail.split())}"
    )


def _build(source, shapes, padding):
    found = recognise(shapes)
    if found is None:
        scope = Generator.scope
        first = {
            name: shapes.get(f"{scope}/{name}/kernel")
            for name in ("conv1", "conv2_downsample")
        }
        raise InputError(
            f"{source}: not a checkpoint of {' or '.join(GENERATORS)}: {scope} has "
            + ", ".join(f"{name}/kernel {shape}" for name, shape in first.items())
            + f" among {len(shapes)} variables"
        )
    name, arguments = found
    return GENERATORS[name](padding=padding, **arguments)


def _assign(generator, source, shapes, get):
    ignore = [name for name in shapes if _TRAINING_ONLY.match(name)]
    try:
        generator.assign_by_name(shapes, get, source, ignore)
    except (tf.errors.OpError, RuntimeError) as error:
        raise _unreadable(source, error) from None


def save_original(generator, folder, name="snap-0"):
    """Write a generator as a checkpoint of the release, which reads back bit for bit.

    The files are written beside their place and renamed, `checkpoint` last.

    Args:
      generator: a `Generator`.
      folder: is made if it does not exist.
      name: of the checkpoint in the folder.

    Returns:
      The checkpoint's prefix.
    """
    os.makedirs(folder, exist_ok=True)
    variables = generator.variables_by_name()
    with tempfile.TemporaryDirectory(dir=folder, prefix=".saving-") as temporary:
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

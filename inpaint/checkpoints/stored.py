"""Checkpoints of the original release and of our trainer, exports, `.weights.h5`.

A checkpoint of the release is a folder with `checkpoint` (often renamed to
`checkpoint.txt` by a file host), `snap-0.index` and `snap-0.data-00000-of-00001`.
Variable names are those that `Generator.variables_by_name` gives. Restoring is
strict, unlike the original's, which passed over what did not fit.
"""

import glob
import os
import re
import tempfile
from typing import Callable, NamedTuple, Optional

import tensorflow as tf

from inpaint import config
from inpaint.checkpoints import exports, foreign, hub
from inpaint.errors import InputError
from inpaint.models import GENERATORS, recognise, weights_h5
from inpaint.models.base import Generator
from inpaint.models.precision import of_new_layers
from inpaint.weights import bundled

# What a training run stores beside the generator: critics, Adam's slots, counters.
_TRAINING_ONLY = re.compile(
    r"discriminator/|.*/(Adam|Adam_1)$|(.*/)?(beta[12]_power(_\d+)?|lr|global_step)$"
)

# Keys of tf.train.Checkpoint, which the trainer and exports write.
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"

# IndexError: the data file ends too early.
_DAMAGED = (tf.errors.OpError, ValueError, RuntimeError, IndexError)


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
    moved = os.path.join(folder, re.split(r"[/\\]+", match[1])[-1])
    for prefix in (named, moved):
        if os.path.exists(f"{prefix}.index"):
            return prefix
    raise InputError(f"{source}: names {match[1]}, but {moved}.index does not exist")


class Stored(NamedTuple):
    """What a checkpoint or weights file holds, by the release's variable names."""

    source: str  # for messages
    shapes: dict  # name → list of int
    get: Callable  # name → array
    # Where the file tells:
    padding: Optional[str]  # of the convolutions
    edge_threshold: Optional[float] = None  # share of 255, of sketches
    stride_padding: str = "same"  # of the convolutions with strides
    # Of a foreign file: which network it is of, arguments of its constructor, licence.
    model: Optional[str] = None
    arguments: Optional[dict] = None
    licence: Optional[str] = None


def open_stored(path=None):
    """Open a checkpoint of the release or of our trainer, an export, a weights file.

    Args:
      path: see `locate`; a training folder is a folder with checkpoints. For exports
        see `exports.find`, for other systems' files `foreign`, for hf://USER/REPO
        `hub`. None: the weights that come with the package.

    Raises:
      InputError: if it cannot be read.
    """
    path = bundled.path() if path is None else os.fspath(path)
    if path.startswith(hub.PREFIX):
        path = hub.fetch(path)
    if path.endswith(weights_h5.SUFFIX):
        values, description = weights_h5.read(path)
        shapes = {name: list(value.shape) for name, value in values.items()}
        settings = exports.Description(
            description.get("padding"), None, description.get("stride_padding", "same")
        )
        settings = exports.check(settings, path)
        return Stored(path, shapes, values.__getitem__, *settings)
    if os.path.isfile(path) and not _has_index(path):
        found = foreign.open_file(path)
        return Stored(
            path,
            {name: value.shape for name, value in found.values.items()},
            lambda name: found.values[name].read(),
            found.arguments.get("padding"),
            stride_padding=found.arguments.get("stride_padding", "same"),
            model=found.model,
            arguments=found.arguments,
            licence=found.licence,
        )
    exported = exports.find(path)
    if exported:
        prefix, settings = exports.weights(exported), exports.describe(exported)
    else:
        prefix = locate(path)
        settings = _trained_settings(prefix)
    try:
        reader = tf.train.load_checkpoint(prefix)
    except _DAMAGED as error:
        raise _unreadable(prefix, error) from None
    shapes = reader.get_variable_to_shape_map()
    keys = {name: name for name in shapes}
    if _OBJECT_GRAPH in shapes:
        keys = {_snapshot_name(key): key for key in shapes if _is_weight(key)}

    def get(name):
        try:
            return reader.get_tensor(keys[name])
        except _DAMAGED as error:
            raise _unreadable(prefix, error) from None

    shapes = {name: shapes[key] for name, key in keys.items()}
    return Stored(prefix, shapes, get, *settings)


def _has_index(path):
    return path.endswith(".index") or os.path.exists(f"{path}.index")


def load_generator(path, padding="same"):
    """A generator with the weights of a checkpoint or `.weights.h5` file.

    What network it is (guided or not, its width) is read from the variables.

    Args:
      path: see `open_stored`.
      padding: of the convolutions, where the file does not tell: a checkpoint of the
        release does not.

    Raises:
      InputError: if it cannot be read, is of another network, or lacks variables.
    """
    return generator_from(open_stored(path), padding)


def generator_from(stored, padding="same", precision="float32"):
    """`load_generator` of what `open_stored` gave, in a precision of `models`."""
    name, arguments = _network_of(stored, padding)
    with of_new_layers(precision):
        generator = GENERATORS[name](**arguments)
    restore(generator, stored)
    return generator


def _network_of(stored, padding):
    """(name in the registry, arguments of its constructor)."""
    if stored.model is not None:
        if stored.model not in GENERATORS:
            raise InputError(
                f"{stored.source}: weights of {stored.model}, which is not one of "
                f"{', '.join(GENERATORS)}"
            )
        return stored.model, stored.arguments
    found = recognise(stored.shapes)
    if found is None:
        raise _unknown(stored)
    paddings = {
        "padding": (stored.padding or padding).lower(),
        "stride_padding": stored.stride_padding,
    }
    return found[0], {**found[1], **paddings}


def restore(generator, stored):
    """Set a generator's weights, all or none.

    Raises:
      InputError: if variables are missing, unexpected or of another shape: one
        error names them all.
    """
    ignore = [name for name in stored.shapes if _TRAINING_ONLY.match(name)]
    generator.assign_by_name(stored.shapes, stored.get, stored.source, ignore)


def _is_weight(key):
    return key.startswith("weights/") and key.endswith(_VALUE)


def _snapshot_name(key):
    """The variable's name in the key that tf.train.Checkpoint made of it."""
    name = key[len("weights/") : -len(_VALUE)]
    return name.replace(".S", "/").replace("..", ".")


def _trained_settings(prefix):
    """What the config.yml says that the trainer wrote beside its checkpoints."""
    path = os.path.join(os.path.dirname(prefix), "config.yml")
    if not os.path.isfile(path):
        return exports.Description(None, None)
    settings = config.load(path)
    return exports.Description(
        settings.padding.lower(),
        settings.edge_threshold,
        settings.stride_padding.lower(),
    )


def _unreadable(prefix, error):
    detail = getattr(error, "message", None) or str(error)
    return InputError(
        f"{prefix}: damaged or not a TensorFlow checkpoint: {' '.join(detail.split())}"
    )


def _unknown(stored):
    scope = Generator.scope
    first = (f"{name}/kernel" for name in ("conv1", "conv2_downsample"))
    return InputError(
        f"{stored.source}: not a checkpoint of {' or '.join(GENERATORS)}: {scope} has "
        + ", ".join(f"{name} {stored.shapes.get(f'{scope}/{name}')}" for name in first)
        + f" among {len(stored.shapes)} variables"
    )


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
      InputError: if the network pads as such a checkpoint could not tell.
    """
    if generator.stride_padding != "same":
        raise InputError(
            f"{folder}: a checkpoint of the release could not tell that the network "
            f"has stride_padding {generator.stride_padding}: write .weights.h5"
        )
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

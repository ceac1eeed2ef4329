"""Checkpoints of the release and of our trainer, exports, files of weights.

A checkpoint of the release is a folder with `checkpoint` (often renamed to
`checkpoint.txt` by a file host), `snap-0.index` and `snap-0.data-00000-of-00001`.
Variable names are those that `Generator.variables_by_name` gives. Restoring is
strict, unlike the original's, which passed over what did not fit.
"""

import glob
import os
import re
from typing import Callable, NamedTuple, Optional

import tensorflow as tf

from inpaint import config
from inpaint.checkpoints import exports, foreign, hub
from inpaint.errors import InputError
from inpaint.files import require_local
from inpaint.models import building, registry, weights_h5
from inpaint.models.precision import of_new_layers
from inpaint.weights import bundled

# What a training run stores beside the generator: critics, Adam's slots, counters.
_TRAINING_ONLY = re.compile(
    r"discriminator/|.*/(Adam|Adam_1)$|(.*/)?(beta[12]_power(_\d+)?|lr|global_step)$"
)

# Keys of tf.train.Checkpoint, which the trainer and exports write.
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_WEIGHTS = ("weights/", "ema/")  # averages stand for the weights that have one

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
    description: exports.Description  # what the file says of its network
    licence: Optional[str] = None  # of the weights, where the file's kind tells

    @property
    def edge_threshold(self):
        """Share of 255 above which a sketch's pixel is an edge, where the file says."""
        return self.description.edge_threshold


def open_stored(path=None, mean_color=None):
    """Open a checkpoint of the release or of our trainer, an export, a weights file.

    Args:
      path: see `locate`; a training folder is a folder with checkpoints. For exports
        see `exports.find`, for other systems' files `foreign`, for hf://USER/REPO
        `hub`. None, or a name: the weights that come with the package, see `bundled`.
      mean_color: see `foreign.open_file`.

    Raises:
      InputError: if it cannot be read.
    """
    path = bundled.path(path) if bundled.is_meant(path) else os.fspath(path)
    if path.startswith(hub.PREFIX):
        path = hub.fetch(path)
    require_local(path)
    ours = path.endswith(weights_h5.SUFFIX)
    if os.path.isfile(path) and not ours and not _has_index(path):
        return _foreign(path, mean_color)
    if mean_color is not None:
        raise InputError(f"{path}: needs no mean colour: leave --mean_color out")
    if ours:
        values, description = weights_h5.read(path)
        shapes = {name: list(value.shape) for name, value in values.items()}
        return Stored(path, shapes, values.__getitem__, _of_h5(description, path))
    exported = exports.find(path)
    prefix = exports.weights(exported) if exported else locate(path)
    try:
        reader = tf.train.load_checkpoint(prefix)
    except _DAMAGED as error:
        raise _unreadable(prefix, error) from None
    shapes = reader.get_variable_to_shape_map()
    keys = {name: name for name in shapes}
    trained = _OBJECT_GRAPH in shapes
    if trained:
        keys = {
            _snapshot_name(key, scope): key
            for scope in _WEIGHTS
            for key in shapes
            if key.startswith(scope) and key.endswith(_VALUE)
        }

    def get(name):
        try:
            return reader.get_tensor(keys[name])
        except _DAMAGED as error:
            raise _unreadable(prefix, error) from None

    shapes = {name: shapes[key] for name, key in keys.items()}
    if exported:
        return Stored(prefix, shapes, get, exports.describe(exported))
    return Stored(prefix, shapes, get, _trained(prefix, trained))


def _has_index(path):
    return path.endswith(".index") or os.path.exists(f"{path}.index")


def _foreign(path, mean_color):
    found = foreign.open_file(path, mean_color)
    return Stored(
        path,
        {name: value.shape for name, value in found.values.items()},
        lambda name: found.values[name].read(),
        exports.Description(model=found.model, arguments=found.arguments),
        found.licence,
    )


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
    name, arguments = network_of(stored)
    if name is None:
        raise _unknown(stored)
    if "padding" in arguments and arguments["padding"] is None:
        arguments["padding"] = padding.lower()
    with of_new_layers(precision):
        generator = building.from_description(name, arguments, stored.source)
    restore(generator, stored)
    return generator


def network_of(stored):
    """(name, constructor arguments) of the network that a file holds.

    As the file says; where it does not, as its variables tell, `padding` None where
    these do not either. (None, None) of variables that are nobody's.
    """
    description = stored.description
    if description.model is not None:
        return description.model, dict(description.arguments)
    found = building.recognise(stored.shapes)
    if found is None:
        return None, None
    return found[0], {**found[1], "padding": description.padding}


def restore(generator, stored):
    """Set a generator's weights, all or none.

    Raises:
      InputError: if variables are missing, unexpected or of another shape: one
        error names them all.
    """
    scope = f"{generator.name_scope_of_weights()}/"
    trained = stored.description.model is not None  # and critics beside it
    ignore = [
        name
        for name in stored.shapes
        if _TRAINING_ONLY.match(name) or (trained and not name.startswith(scope))
    ]
    generator.assign_by_name(stored.shapes, stored.get, stored.source, ignore)


def _snapshot_name(key, scope):
    """The variable's name in the key that tf.train.Checkpoint made of it."""
    name = key[len(scope) : -len(_VALUE)]
    return name.replace(".S", "/").replace("..", ".")


def _of_h5(found, path):
    """The Description in a `.weights.h5` file; older ones lack the model's name."""
    described = exports.Description(
        model=found.get("model"),
        arguments=found.get("arguments"),
        padding=found.get("padding"),
    )
    return exports.check(described, path)


def _trained(prefix, ours):
    """What the config.yml says that the trainer wrote beside its checkpoints.

    Args:
      ours: whether the trainer wrote the checkpoint; beside one of the release the
        file only tells what the variables do not.
    """
    path = os.path.join(os.path.dirname(prefix), "config.yml")
    if not os.path.isfile(path):
        return exports.Description()
    settings = config.load(path)
    if not ours:
        return exports.Description(
            settings.edge_threshold, padding=settings.padding.lower()
        )
    return exports.Description(
        settings.edge_threshold,
        settings.model,
        building.generator_arguments(settings),
    )


def _unreadable(prefix, error):
    detail = getattr(error, "message", None) or str(error)
    return InputError(
        f"{prefix}: damaged or not a TensorFlow checkpoint: {' '.join(detail.split())}"
    )


def _unknown(stored):
    scope = "inpaint_net"
    first = (f"{name}/kernel" for name in ("conv1", "conv2_downsample"))
    return InputError(
        f"{stored.source}: does not say what network it is of, and is not a checkpoint "
        f"of {' or '.join(registry.names())}: {scope} has "
        + ", ".join(f"{name} {stored.shapes.get(f'{scope}/{name}')}" for name in first)
        + f" among {len(stored.shapes)} variables"
    )

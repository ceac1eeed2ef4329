"""Exports generators as SavedModels that TensorFlow Serving serves.

    path = inpaint.export.saved_model.export(generator, "serving/models/inpaint")

writes the next version, such as `serving/models/inpaint/1`. What it answers is
described in `signatures`, its folder in `exports`; docs/serving.md leads from here to
a request.
"""

import os
from collections.abc import Sequence
from typing import Optional, Union

import numpy as np
import tensorflow as tf

from inpaint.checkpoints import exports
from inpaint.errors import InputError, RunError, one_line
from inpaint.export.signatures import signatures
from inpaint.export.warmup import FILE, MOST_RECORDS, requests, write_requests
from inpaint.filling import EDGE_THRESHOLD
from inpaint.models.base import Generator
from inpaint.models.network import tf_variable

_SMOKE_SIZE = (45, 70)  # no multiples of 8


class SmokeError(RunError):
    """A finished export does not answer as it should; it was not kept."""


def export(
    generator: Generator,
    export_dir: Union[str, os.PathLike],
    version: Optional[int] = None,
    warmup: Sequence[tuple[int, int]] = (),
    smoke: bool = False,
    edge_threshold: float = EDGE_THRESHOLD,
) -> str:
    """Write a new version of a served model, whole or not at all.

    Args:
      generator: an `inpaint.models.base.Generator`.
      export_dir: folder of all versions; its name is taken for the model's.
      version: integer from 1; None takes the next free one.
      warmup: pairs (height, width), sizes that a server shall try before it serves.
      smoke: run each signature once on the finished export, before it gets its name.
      edge_threshold: share of 255 above which a sketch's pixel is an edge.

    Returns:
      The version's folder.

    Raises:
      InputError: if the version exists or is invalid, a size is invalid, or the
        folder cannot be written.
      SmokeError: if the smoke run fails.

    Example:
      >>> from inpaint.models import registry
      >>> generator = registry.paper("deepfill_v2").generator(base_filters=4)
      >>> export(generator, "models/inpaint")  # doctest: +SKIP
      'models/inpaint/1'
    """
    if version is not None:
        exports.check_new(export_dir, version)
    functions = signatures(generator, edge_threshold)
    warmup = _checked_sizes(warmup, len(functions))

    def save(folder):
        tf.saved_model.save(_module(generator), folder, signatures=functions)
        if warmup:
            model_name = os.path.basename(os.path.abspath(export_dir))
            write_requests(
                os.path.join(folder, exports.EXTRA, FILE),
                model_name,
                requests(functions, warmup),
            )
        if smoke:
            size = generator.fixed_size or _SMOKE_SIZE
            for name, inputs in requests(functions, [size]):
                run_smoke(folder, name, inputs)

    description = exports.Description(edge_threshold, **generator.description())
    return exports.write(export_dir, version, description, save)


def _module(generator):
    """What a SavedModel holds beside its signatures: the bare variables.

    The Keras model itself would bring its training functions along, and a Keras 3
    model is saved so that only Python can restore its variables
    (tensorflow/serving#2250).
    """
    module = tf.Module()
    module.weights = {
        name: tf_variable(v) for name, v in generator.variables_by_name().items()
    }
    return module


def _checked_sizes(sizes, signature_count):
    sizes = [tuple(size) for size in sizes]
    for size in sizes:
        if len(size) != 2 or not all(isinstance(x, int) and x > 0 for x in size):
            raise InputError(f"warm-up: expected (height, width), got {size}")
    if len(sizes) * signature_count > MOST_RECORDS:
        most = MOST_RECORDS // signature_count
        raise InputError(f"warm-up: expected at most {most} sizes, got {len(sizes)}")
    return sizes


def run_smoke(folder, name, inputs):
    """Ask a finished export for one answer, in a session, as a server does.

    Loading it in Python would not do: that restores what a server cannot.

    Args:
      folder: of the version.
      name: of the signature.
      inputs: tensors by name, the image first.

    Raises:
      SmokeError: if it cannot be loaded, fails, or changes known pixels.
    """
    image, mask = list(inputs.values())[:2]
    feeds = {key: tensor.numpy() for key, tensor in inputs.items()}
    try:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            loaded = tf.compat.v1.saved_model.load(session, ["serve"], folder)
            signature = loaded.signature_def[name]
            (output,) = signature.outputs.values()
            (answer,) = session.run(
                [output.name],
                {signature.inputs[key].name: value for key, value in feeds.items()},
            )
    except (tf.errors.OpError, ValueError) as error:
        raise SmokeError(f"{name}: {one_line(error)}") from error
    if image.dtype == tf.string:
        image, mask, answer = (
            tf.io.decode_png(x[0]).numpy()[np.newaxis] for x in (image, mask, answer)
        )
    else:
        image, mask = image.numpy(), mask.numpy()
    known = mask[..., 0] == 0
    if answer.shape != image.shape or (answer[known] != image[known]).any():
        raise SmokeError(f"{name}: the answer's known pixels are not the image's")

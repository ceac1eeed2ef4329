"""Exports generators for other runtimes: LiteRT (TensorFlow Lite) and ONNX.

    path = inpaint.export.portable.export(generator, "models", "onnx", (256, 256))

For one picture of one size, with operations that every runtime has: attention in its
portable form, without loops and branches, and nothing left out around the hole. So it
takes as long wherever the hole is.
"""

import os
from typing import Union

import tensorflow as tf

from inpaint.errors import InputError, RunError, first_line
from inpaint.files import atomic_file
from inpaint.filling import EDGE_THRESHOLD, prepared
from inpaint.models import precision
from inpaint.models.base import Generator

_LEVELS = 255.0


def export(
    generator: Generator,
    export_dir: Union[str, os.PathLike],
    file_format: str,
    size: tuple[int, int],
    edge_threshold: float = EDGE_THRESHOLD,
) -> str:
    """Write `EXPORT_DIR/NAME_HEIGHTxWIDTH.FORMAT`, whole or not at all.

    Its inputs are `image` uint8 RGB `[1, H, W, 3]`, `mask` uint8 `[1, H, W, 1]` (hole
    above 127) and, for guided models, `edge` uint8 `[1, H, W, 1]`; its output is
    `completed` uint8 RGB `[1, H, W, 3]`.

    Args:
      generator: an `inpaint.models.base.Generator`.
      export_dir: is made if it does not exist.
      file_format: "tflite" or "onnx".
      size: (height, width), any.
      edge_threshold: share of 255 above which a sketch's pixel is an edge.

    Returns:
      The file's path.

    Raises:
      InputError: if the file exists or cannot be written, or a package is missing.
      RunError: if the converter fails.

    Example:
      >>> from inpaint.models import registry
      >>> generator = registry.paper("deepfill_v2").generator(base_filters=4)
      >>> export(generator, "models", "tflite", (64, 64))  # doctest: +SKIP
      'models/deepfill_v2_64x64.tflite'
    """
    if generator.channels != 3:
        raise InputError(
            f"{file_format}: a network of one channel is exported as a SavedModel only"
        )
    height, width = size
    name = f"{generator.name}_{height}x{width}.{file_format}"
    path = os.path.join(export_dir, name)
    try:
        os.makedirs(export_dir, exist_ok=True)
        if os.path.lexists(path):
            raise InputError(f"{path}: exists already and is not written over")
        content = FORMATS[file_format](filling(generator, size, edge_threshold))
        with atomic_file(path) as part, open(part, "xb") as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def filling(generator, size, edge_threshold=EDGE_THRESHOLD):
    """The tf.function to convert; inputs and output as `export` says."""
    generator = precision.in_float32(generator)
    names = ["mask", "edge"] if generator.takes_edge else ["mask"]
    levels = [0.5, edge_threshold]

    def filled(image, *planes):
        # In float32 to the end: LiteRT compares and selects no uint8.
        planes = [
            tf.cast(tf.cast(plane, tf.float32) > _LEVELS * level, tf.float32)
            for plane, level in zip(planes, levels)
        ]
        inputs = prepared(generator, image, *planes)
        painted = generator.to_levels(generator.complete_portably(inputs))
        painted = painted[:, : size[0], : size[1]]
        painted = generator.rounded(tf.clip_by_value(painted, 0.0, _LEVELS))
        known = tf.cast(image, tf.float32)
        completed = tf.where(planes[0] > 0.5, painted, known)
        return {"completed": tf.cast(completed, tf.uint8)}

    specs = [tf.TensorSpec([1, *size, 3], tf.uint8, "image")]
    specs += [tf.TensorSpec([1, *size, 1], tf.uint8, name) for name in names]
    return tf.function(filled, input_signature=specs, autograph=False)


def _to_tflite(function):
    concrete = function.get_concrete_function()
    module = tf.Module()  # with it, inputs and output keep their names
    module.weights = concrete.variables
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)
    # An operation that LiteRT lacks is an error, not a call of TensorFlow.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        return converter.convert()
    except Exception as error:
        raise _failed("the TensorFlow Lite converter", error) from error


def _to_onnx(function):
    try:
        import tf2onnx
    except ImportError as error:
        raise InputError(
            f"onnx needs tf2onnx ({error}): pip install tf2onnx 'onnx!=1.19.0' "
            "onnxruntime"
        ) from None
    try:
        model, _ = tf2onnx.convert.from_function(
            function, input_signature=function.input_signature
        )
    except Exception as error:
        raise _failed("tf2onnx", error) from error
    return model.SerializeToString()


def _failed(converter, error):
    return RunError(f"{converter} failed: {first_line(error)}")


FORMATS = {"tflite": _to_tflite, "onnx": _to_onnx}

"""The signatures of a served model: readable errors of requests, holes filled.

| signature         | inputs                                | output                |
|-------------------|---------------------------------------|-----------------------|
| `serving_default` | `image` uint8 RGB `[B, H, W, 3]`,     | `completed`, like     |
|                   | `mask` uint8 `[B, H, W, 1]`           | `image`               |
| `bytes`           | `image_bytes`, `mask_bytes`: `[B]`    | `completed_bytes`:    |
|                   | strings, the bytes of picture files   | `[B]` PNG files       |

Guided models take `edge` or `edge_bytes` as well, shaped like the mask. A mask is a
hole above 127, an edge above the threshold; of a mask's or edge's file the blue
channel counts, as everywhere. The pictures of one `bytes` request may differ in size.
Wrong requests fail with INVALID_ARGUMENT.

A model of one channel takes `image` float32 `[B, H, W, 1]`, values of its value range,
which in the hole may be no numbers, and has no `bytes`.
"""

import math
from functools import partial

import tensorflow as tf

from inpaint.export.decoding import decode, require
from inpaint.filling import EDGE_THRESHOLD, fill

ARRAYS, BYTES = "serving_default", "bytes"

_HOLE_LEVEL = 127


def signatures(generator, edge_threshold=EDGE_THRESHOLD):
    """The signatures by name, as functions to save.

    They keep the generator out of what they return but for its variables: a Keras 3
    model that is reachable from a saved module breaks the SavedModel outside Python.

    Args:
      generator: an `inpaint.models.base.Generator`.
      edge_threshold: share of 255 above which a sketch's pixel is an edge.
    """
    names = ["mask", "edge"] if generator.takes_edge else ["mask"]
    levels = [_HOLE_LEVEL, math.floor(255 * edge_threshold)][: len(names)]
    kind = tf.uint8 if generator.channels == 3 else tf.float32
    pictures = tf.TensorSpec([None, None, None, generator.channels], kind)
    holes = tf.TensorSpec([None, None, None, 1], tf.bool)
    # One function for both signatures: its graph is in the export once.
    filled = tf.function(
        partial(fill, generator),
        input_signature=[pictures] + [holes] * len(names),
        autograph=False,
    )

    def serving_default(image, mask, edge=None):
        image = _pictures("image", image, generator.channels)
        planes = [mask] if edge is None else [mask, edge]
        planes = [
            _planes(name, plane, tf.shape(image)) > level
            for name, plane, level in zip(names, planes, levels)
        ]
        return {"completed": filled(image, *planes)}

    def completed_bytes(image_bytes, mask_bytes, edge_bytes=None):
        files = {"image_bytes": image_bytes, "mask_bytes": mask_bytes}
        if edge_bytes is not None:
            files["edge_bytes"] = edge_bytes
        files = _strings(files)

        def one(index_and_files):
            index, *contents = index_and_files
            labels = [
                tf.strings.join([name, "[", tf.strings.as_string(index), "]"])
                for name in files
            ]
            image, *planes = map(decode, contents, files, labels)
            checked = [
                _level(name, _same_size(plane, label, image, labels[0])[None]) > level
                for name, plane, label, level in zip(names, planes, labels[1:], levels)
            ]
            return tf.io.encode_png(filled(image[None], *checked)[0])

        contents = tuple(files.values())
        # One after the other: a picture keeps all cores busy, and memory bounded.
        encoded = tf.map_fn(
            one,
            (tf.range(tf.size(contents[0])), *contents),
            fn_output_signature=tf.TensorSpec([], tf.string),
            parallel_iterations=1,
        )
        return {"completed_bytes": encoded}

    images = [tf.TensorSpec(pictures.shape, kind, "image")] + [
        tf.TensorSpec([None, None, None, 1], tf.uint8, name) for name in names
    ]
    files = [
        tf.TensorSpec([None], tf.string, f"{name}_bytes") for name in ("image", *names)
    ]
    found = {
        ARRAYS: tf.function(serving_default, input_signature=images, autograph=False)
    }
    if generator.channels == 3:
        found[BYTES] = tf.function(
            completed_bytes, input_signature=files, autograph=False
        )
    return found


def _level(name, plane):
    """What counts of a plane's file: a mask's brightest channel, a sketch's blue."""
    if name == "mask":
        return tf.reduce_max(plane, axis=-1, keepdims=True)
    return plane[..., 2:]


def _as_received(x):
    """An input without its declared shape.

    A server does not compare requests with the declared shapes, but TensorFlow's
    optimiser believes these: it would drop our own checks as always true.
    """
    return tf.raw_ops.PlaceholderWithDefault(input=x, shape=tf.TensorShape(None))


def _text(shape):
    return tf.strings.format("{}", shape)


def _pictures(name, x, channels):
    """Checks that `x` is `[B, H, W, channels]`."""
    received = _as_received(x)
    shape = tf.shape(received)
    padded = tf.concat([shape, tf.zeros(4, tf.int32)], axis=0)
    fits = require(
        (tf.size(shape) == 4) & (padded[3] == channels) & (tf.reduce_prod(shape) > 0),
        f"{name}: expected {'RGB ' * (channels == 3)}pictures, [batch height width "
        f"{channels}]; received ",
        _text(shape),
    )
    with tf.control_dependencies([fits]):
        return tf.ensure_shape(received, [None, None, None, channels])


def _planes(name, x, shape):
    """Checks that `x` is `[B, H, W, 1]`, of the image's batch and size."""
    received = _as_received(x)
    expected = tf.concat([shape[:3], [1]], axis=0)
    fits = require(
        tf.reduce_all(tf.shape(received) == expected),
        f"{name}: expected one channel and the batch, height and width of the image, ",
        _text(expected),
        "; received ",
        _text(tf.shape(received)),
    )
    with tf.control_dependencies([fits]):
        return tf.reshape(received, expected)


def _strings(inputs):
    """Checks that all inputs, tensors by name, are vectors of one length."""
    received = {name: _as_received(x) for name, x in inputs.items()}
    first = next(iter(received))
    expected = tf.shape(received[first])
    checks = [
        require(
            tf.size(expected) == 1,
            f"{first}: expected a list of files, [batch]; received ",
            _text(expected),
        )
    ]
    checks += [
        require(
            tf.reduce_all(tf.shape(x) == expected),
            f"{name}: expected as many as of {first}, ",
            _text(expected),
            "; received ",
            _text(tf.shape(x)),
        )
        for name, x in received.items()
    ]
    with tf.control_dependencies(checks):
        return {name: tf.ensure_shape(x, [None]) for name, x in received.items()}


def _same_size(plane, label, image, image_label):
    """Checks that a decoded mask or edge, `[H, W, 3]`, has the image's size."""
    sizes = tf.shape(plane)[:2], tf.shape(image)[:2]
    fits = require(
        tf.reduce_all(sizes[0] == sizes[1]),
        label,
        ": expected the height and width of ",
        image_label,
        ", ",
        _text(sizes[1]),
        "; received ",
        _text(sizes[0]),
    )
    with tf.control_dependencies([fits]):
        return tf.identity(plane)

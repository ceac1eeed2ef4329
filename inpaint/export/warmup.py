"""Warm-up requests, which TensorFlow Serving sends itself before it serves a version.

The first request of a signature or of a picture size takes longer than later ones.
A server replays `assets.extra/tf_serving_warmup_requests`, TFRecords of PredictionLog
(tensorflow_serving/apis/prediction_log.proto), and takes requests when all are done.
"""

import numpy as np
import tensorflow as tf

FILE = "tf_serving_warmup_requests"

MOST_RECORDS = 1000  # a server refuses more


def requests(signatures, sizes):
    """One request of each signature for each size.

    Args:
      signatures: tf.functions by name, as of `signatures.signatures`.
      sizes: pairs (height, width).

    Yields:
      (signature's name, {input's name: tensor}): a batch of one grey picture with a
      hole of half its height and width.
    """
    for height, width in sizes:
        image = tf.fill([height, width, 3], np.uint8(127))
        hole = np.zeros([height, width, 1], np.uint8)
        hole[height // 4 : -(-3 * height // 4), width // 4 : -(-3 * width // 4)] = 255
        hole = tf.constant(hole)
        for name, function in signatures.items():
            inputs = {}
            for spec in function.input_signature:
                pixels = image if spec.name.startswith("image") else hole
                if spec.dtype == tf.float32:  # a picture of one channel
                    pixels = tf.zeros([height, width, 1])
                if spec.dtype == tf.string:
                    pixels = tf.io.encode_png(pixels)
                inputs[spec.name] = pixels[tf.newaxis]
            yield name, inputs


def write_requests(path, model_name, made):
    """Write requests as warm-up records.

    Args:
      path: of the file.
      model_name: that the requests name.
      made: iterable of (signature's name, {input's name: tensor}).
    """
    with tf.io.TFRecordWriter(path) as writer:
        for signature, inputs in made:
            writer.write(record(model_name, signature, inputs))


def record(model_name, signature, inputs):
    """A serialised PredictionLog of a PredictRequest.

    Encoded here, as its messages are not TensorFlow's: an export must not need
    tensorflow-serving-api. The numbers are those of the messages' fields.
    """
    spec = _field(1, model_name.encode()) + _field(3, signature.encode())
    request = _field(1, spec)  # model_spec
    for name, tensor in inputs.items():
        content = tf.make_tensor_proto(tensor).SerializeToString()
        request += _field(2, _field(1, name.encode()) + _field(2, content))
    return _field(6, _field(1, request))  # predict_log, its request


def _field(number, content):
    """A field of a protobuf message: string, bytes or message."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value):
    encoded = bytearray()
    while value >= 128:
        encoded.append(value & 127 | 128)
        value >>= 7
    return bytes([*encoded, value])

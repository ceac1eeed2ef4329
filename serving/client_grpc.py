"""Fills a hole through TensorFlow Serving's gRPC interface.

    pip install 'tensorflow-serving-api>=2.15,<2.22'
    python serving/client_grpc.py --image photo.jpg --mask mask.png --output filled.png

By default the files are sent as they are (signature `bytes`, PNG back). --arrays
sends pixels (signature `serving_default`): for callers that have them decoded, and
for batches of pictures of one size. See docs/serving.md.
"""

import argparse
import sys
from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

# The client refuses answers above 4 MiB otherwise: about 1000×1000 pixels.
CHANNEL_OPTIONS = [("grpc.max_receive_message_length", -1)]


def predict(server, model, signature, inputs, version=None, timeout=60):
    """Outputs by name.

    Args:
      server: host:port.
      model: name, as in models.config.
      signature: `bytes` or `serving_default`.
      inputs: arrays by name, or lists of bytes.
      version: integer; None is the newest.
      timeout: in seconds; the server stops working on the request then, too.

    Raises:
      grpc.RpcError: with the server's status code and reason.
    """
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    with grpc.insecure_channel(server, options=CHANNEL_OPTIONS) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        response = stub.Predict(request, timeout=timeout)
    return {name: tf.make_ndarray(value) for name, value in response.outputs.items()}


def fill_files(server, model, files):
    """bytes of a PNG file, from the files' bytes by `image`, `mask` and `edge`."""
    inputs = {f"{name}_bytes": [content] for name, content in files.items()}
    return predict(server, model, "bytes", inputs)["completed_bytes"][0]


def fill_arrays(server, model, image, mask, edge=None):
    """`[B, H, W, 3]` uint8 RGB from the same and `[B, H, W, 1]` uint8 mask and edge."""
    inputs = {"image": image, "mask": mask}
    if edge is not None:
        inputs["edge"] = edge
    return predict(server, model, "serving_default", inputs)["completed"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", type=Path, required=True)
    parser.add_argument("--mask", type=Path, required=True, help="hole where white")
    parser.add_argument("--edge", type=Path, help="sketch, for guided models")
    parser.add_argument("--output", type=Path, default="output.png", help="a PNG file")
    parser.add_argument("--server", default="localhost:8500", help="host:port")
    parser.add_argument("--model", default="inpaint", help="name in models.config")
    parser.add_argument("--arrays", action="store_true", help="send pixels, not files")
    arguments = parser.parse_args()
    paths = {name: getattr(arguments, name) for name in ("image", "mask", "edge")}
    target = arguments.server, arguments.model
    try:
        files = {name: path.read_bytes() for name, path in paths.items() if path}
        if arguments.arrays:
            pixels = {name: decode(content) for name, content in files.items()}
            planes = {k: v[..., 2:] for k, v in pixels.items() if k != "image"}
            completed = fill_arrays(*target, pixels["image"], **planes)
            content = tf.io.encode_png(completed[0]).numpy()
        else:
            content = fill_files(*target, files)
        arguments.output.write_bytes(content)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
    except (OSError, tf.errors.InvalidArgumentError) as error:
        sys.exit(str(error))


def decode(content):
    """`[1, H, W, 3]` uint8 RGB."""
    image = tf.io.decode_image(content, channels=3, expand_animations=False)
    return image.numpy()[np.newaxis]


if __name__ == "__main__":
    main()

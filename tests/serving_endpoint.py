"""TensorFlow Serving's wire formats over any `predict` function: a contract check.

It is not TensorFlow Serving: request and answer have the form that the server's
sources describe (tensorflow_serving/util/json_tensor.cc, model_servers/http_server.cc,
apis/predict.proto), nothing more. It is there so that clients can be run.
"""

import base64
import json
import re
import threading
from concurrent import futures
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import tensorflow as tf
from served_model import FAILED_PRECONDITION, INVALID_ARGUMENT, ServedError
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

_HTTP_CODES = {INVALID_ARGUMENT: 400, FAILED_PRECONDITION: 400}
_GRPC_CODES = {code.value[0]: code for code in grpc.StatusCode}


@contextmanager
def rest(predict, model="inpaint"):
    """The URL of the model.

    Args:
      predict: function (signature, **inputs) → {output: array}, which may raise
        ServedError; strings are lists of bytes.
      model: its name.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = self.rfile.read(int(self.headers["Content-Length"]))
            code, answer = _answer(predict, model, self.path, content)
            answer = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/models/{model}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(predict, model, path, content):
    match = re.fullmatch(r"/v1/models/([^/:]+)(?:/versions/(\d+))?:predict", path)
    if not match:
        return 400, {"error": f"Malformed request: POST {path}"}
    if match[1] != model:
        return 404, {"error": f"Servable not found for request: Latest({match[1]})"}
    body = json.loads(content)
    try:
        # One of the two, in row or in columnar form.
        (form,) = {"instances", "inputs"} & set(body)
        columns = _columns(body[form]) if form == "instances" else body[form]
        inputs = {name: _value(column) for name, column in columns.items()}
        outputs = predict(body.get("signature_name", "serving_default"), **inputs)
    except (KeyError, ValueError) as error:
        return 400, {"error": f"JSON Value not formatted correctly: {error}"}
    except ServedError as error:
        return _HTTP_CODES.get(error.code, 500), {"error": error.message}
    named = {name: _json(name, value) for name, value in outputs.items()}
    if form == "inputs":
        return 200, {"outputs": named if len(named) > 1 else next(iter(named.values()))}
    if len(named) > 1:
        rows = [dict(zip(named, row)) for row in zip(*named.values())]
    else:
        (rows,) = named.values()
    return 200, {"predictions": rows}


def _columns(instances):
    """Lists by name from a list of dicts, all with the same names."""
    names = list(instances[0])
    if any(set(instance) != set(names) for instance in instances):
        raise ValueError("instances with different inputs")
    return {name: [instance[name] for instance in instances] for name in names}


def _value(column):
    """uint8 array, or a list of bytes."""
    if isinstance(column[0], dict):
        return [base64.b64decode(value["b64"], validate=True) for value in column]
    if isinstance(column[0], str):
        return [value.encode() for value in column]
    return np.array(column, np.uint8)


def _json(name, value):
    if value.dtype != object:
        return value.tolist()
    if name.endswith("_bytes"):
        return [{"b64": base64.b64encode(x).decode()} for x in value]
    return [x.decode() for x in value]


class _Predictions(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, predict, model):
        self._predict, self._model = predict, model

    def Predict(self, request, context):  # the service's own name
        if request.model_spec.name != self._model:
            name = request.model_spec.name
            context.abort(grpc.StatusCode.NOT_FOUND, f"Servable not found: {name}")
        inputs = {}
        for name, proto in request.inputs.items():
            value = tf.make_ndarray(proto)
            inputs[name] = value.tolist() if value.dtype == object else value
        signature = request.model_spec.signature_name or "serving_default"
        try:
            outputs = self._predict(signature, **inputs)
        except ServedError as error:
            context.abort(_GRPC_CODES[error.code], error.message)
        response = predict_pb2.PredictResponse()
        response.model_spec.CopyFrom(request.model_spec)
        for name, value in outputs.items():
            response.outputs[name].CopyFrom(_as_fields(value))
        return response


def _as_fields(value):
    """A TensorProto with a field for each value, as the server answers.

    Not `tensor_content`: a uint8 above 127 takes two bytes so.
    """
    proto = tf.make_tensor_proto(value)
    if value.dtype == np.uint8:
        proto.ClearField("tensor_content")
        proto.int_val[:] = value.ravel().tolist()
    return proto


@contextmanager
def serving_grpc(predict, model="inpaint"):
    """host:port of a server that answers with `predict`; arguments as of `rest`."""
    server = grpc.server(
        futures.ThreadPoolExecutor(2),
        options=[("grpc.max_receive_message_length", -1)],
    )
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        _Predictions(predict, model), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()

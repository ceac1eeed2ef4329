"""A SavedModel served by TensorFlow's C API, in a process without Python's TensorFlow.

TensorFlow Serving loads and runs models through the same library. What it needs from
Python (Keras, Python functions, the code that made the model) is missing here too,
and XLA is off, as its default is. It is not TensorFlow Serving: neither its batching
nor its network side are here.
"""

import ctypes
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

INVALID_ARGUMENT, FAILED_PRECONDITION = 3, 9  # TF_Code

_DTYPES = {1: "float32", 3: "int32", 4: "uint8", 7: "bytes", 9: "int64", 10: "bool"}
_STRING = 7
_STRING_BYTES = 24  # of a TF_TString
_SMALL, _LARGE, _VIEW = 0, 1, 3  # kinds of it, the lowest two bits


class ServedError(Exception):
    """TensorFlow's status code and message."""

    def __init__(self, code, message):
        super().__init__(code, message)
        self.code, self.message = code, message


class ServedModel:
    """A version's folder, loaded by a child process; use it in a `with` statement.

    Attributes:
      signatures: by name, ({input: tensor's name}, {output: tensor's name}).

    Args:
      folder: of the version.
      library: folder of a tensorflow package with the library to use; None is the
        installed one's.
      optimised: whether TensorFlow's optimiser rewrites the graph, as in a server; if
        not, then neither that of functions in it: see `eager.unoptimised`.
    """

    def __init__(self, folder, library=None, optimised=True):
        # Here and not above: the child must do without.
        import tensorflow as tf
        from tensorflow.core.protobuf import saved_model_pb2

        saved_model = saved_model_pb2.SavedModel()
        saved_model.ParseFromString(Path(folder, "saved_model.pb").read_bytes())
        self.signatures = {
            name: tuple(
                {key: info.name for key, info in ends.items()}
                for ends in (signature.inputs, signature.outputs)
            )
            for name, signature in saved_model.meta_graphs[0].signature_def.items()
            if not name.startswith("__")
        }
        library = Path(library or Path(tf.__file__).parent) / "libtensorflow_cc.so.2"
        config = tf.compat.v1.ConfigProto()
        config.graph_options.rewrite_options.disable_meta_optimizer = not optimised
        config = config.SerializeToString().hex()
        self._child = subprocess.Popen(
            [sys.executable, __file__, library, folder, config],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.stdin.close()
        self._child.wait()
        self._child.stdout.close()

    def predict(self, signature="serving_default", **inputs):
        """Outputs by name.

        Args:
          signature: name.
          inputs: arrays by name; lists of bytes for strings.

        Raises:
          ServedError: as TensorFlow answers.
        """
        names, outputs = self.signatures[signature]
        assert set(inputs) == set(names), f"{signature} takes {sorted(names)}"
        feeds = {names[key]: value for key, value in inputs.items()}
        pickle.dump((feeds, list(outputs.values())), self._child.stdin)
        self._child.stdin.flush()
        return dict(zip(outputs, self._answer()))

    def _answer(self):
        try:
            answer = pickle.load(self._child.stdout)
        except EOFError:
            code = self._child.wait()
            raise RuntimeError(f"the serving process ended with {code}") from None
        if isinstance(answer, ServedError):
            raise answer
        return answer


class _Output(ctypes.Structure):
    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


class _Session:
    """A SavedModel in a session of TensorFlow's C API."""

    def __init__(self, library, folder, config):
        self._library = ctypes.CDLL(library)
        self._status = self._call("TF_NewStatus")
        options = self._call("TF_NewSessionOptions")
        length = ctypes.c_size_t(len(config))
        self._call("TF_SetConfig", options, config, length, self._status)
        self._check()
        self._graph = self._call("TF_NewGraph")
        # As tensorflow_model_server does; there is no C function for it.
        self._call("_ZN10tensorflow21DisableXlaCompilationEv")
        self._session = self._call(
            "TF_LoadSessionFromSavedModel",
            options,
            None,
            folder.encode(),
            (ctypes.c_char_p * 1)(b"serve"),
            ctypes.c_int(1),
            self._graph,
            None,
            self._status,
        )
        self._check()

    def run(self, feeds, fetches):
        """Arrays of the fetched tensors.

        Args:
          feeds: arrays, or lists of bytes, by the tensor's name.
          fetches: names of tensors.
        """
        tensors = [self._to_tensor(value) for value in feeds.values()]
        results = (ctypes.c_void_p * len(fetches))()
        self._call(
            "TF_SessionRun",
            self._session,
            None,
            self._outputs(feeds),
            (ctypes.c_void_p * len(tensors))(*tensors),
            ctypes.c_int(len(tensors)),
            self._outputs(fetches),
            results,
            ctypes.c_int(len(fetches)),
            None,
            ctypes.c_int(0),
            None,
            self._status,
        )
        for tensor in tensors:
            self._call("TF_DeleteTensor", tensor)
        self._check()
        return [self._to_array(result) for result in results]

    def _call(self, name, *arguments, returns=ctypes.c_void_p):
        function = getattr(self._library, name)
        function.restype = returns
        return function(
            *(ctypes.c_void_p(x) if isinstance(x, int) else x for x in arguments)
        )

    def _check(self):
        code = self._call("TF_GetCode", self._status, returns=ctypes.c_int)
        if code:
            message = self._call("TF_Message", self._status, returns=ctypes.c_char_p)
            raise ServedError(code, message.decode())

    def _outputs(self, names):
        outputs = (_Output * len(names))()
        for output, name in zip(outputs, names):
            operation, index = name.split(":")
            output.operation = self._call(
                "TF_GraphOperationByName", self._graph, operation.encode()
            )
            output.index = int(index)
        return outputs

    def _to_tensor(self, value):
        if isinstance(value, list):
            dtype, shape = _STRING, [len(value)]
            # They point into `value`, which lives until the run is over.
            content = b"".join(
                struct.pack(
                    "<QQQ",
                    len(item) << 2 | _VIEW,
                    ctypes.cast(ctypes.c_char_p(item), ctypes.c_void_p).value,
                    0,
                )
                for item in value
            )
        else:
            codes = {name: code for code, name in _DTYPES.items()}
            dtype, shape, content = (
                codes[value.dtype.name],
                value.shape,
                value.tobytes(),
            )
        tensor = self._call(
            "TF_AllocateTensor",
            ctypes.c_int(dtype),
            (ctypes.c_int64 * len(shape))(*shape),
            ctypes.c_int(len(shape)),
            ctypes.c_size_t(len(content)),
        )
        ctypes.memmove(self._call("TF_TensorData", tensor), content, len(content))
        return tensor

    def _to_array(self, tensor):
        rank = self._call("TF_NumDims", tensor, returns=ctypes.c_int)
        shape = [
            self._call("TF_Dim", tensor, ctypes.c_int(axis), returns=ctypes.c_int64)
            for axis in range(rank)
        ]
        dtype = self._call("TF_TensorType", tensor, returns=ctypes.c_int)
        size = self._call("TF_TensorByteSize", tensor, returns=ctypes.c_size_t)
        address = self._call("TF_TensorData", tensor)
        content = ctypes.string_at(address, size) if size else b""
        if dtype == _STRING:
            places = range(0, len(content), _STRING_BYTES)
            strings = [_string(content[i : i + _STRING_BYTES]) for i in places]
            array = np.array(strings, object).reshape(shape)
        else:
            array = np.frombuffer(content, _DTYPES[dtype]).reshape(shape)
        self._call("TF_DeleteTensor", tensor)
        return array


def _string(record):
    """The content of a TF_TString."""
    kind = record[0] & 3
    if kind == _SMALL:
        return record[1 : 1 + (record[0] >> 2)]
    size, second, third = struct.unpack("<QQQ", record)
    return ctypes.string_at({_LARGE: third, _VIEW: second}[kind], size >> 2)


def _serve(library, folder, config):
    """Answer what comes on standard input until it ends."""
    session = None
    while True:
        try:
            if session is None:
                session = _Session(library, folder, bytes.fromhex(config))
                answer = None
            else:
                answer = session.run(*pickle.load(sys.stdin.buffer))
        except EOFError:
            return
        except ServedError as error:
            answer = error
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.flush()


if __name__ == "__main__":
    # Under its own name, so that the parent finds the error's class again.
    import served_model

    served_model._serve(*sys.argv[1:])
    assert "tensorflow" not in sys.modules

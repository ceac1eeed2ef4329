"""When a function of tensors runs operation by operation, and when as one graph."""

import threading

import tensorflow as tf


class FirstEagerly:
    """A function of tensors that runs eagerly when first called, then as a graph.

    On CPUs the graph is run as it was traced: TensorFlow's optimisers of graphs take
    some 2 seconds for a network's, and its calls are no faster for it. Where TensorFlow
    is told to run functions eagerly (`tf.config.run_functions_eagerly`) it makes none.

    A first argument of another type than the signature's has a graph of its own.

    Args:
      function: of tensors, to a nest of tensors.
      signature: a list of `tf.TensorSpec`, one per argument.
    """

    def __init__(self, function, signature):
        self._function, self._signature = function, signature
        self._of_other_types = {}
        self._first = threading.Lock()  # taken by the first call, for good
        self.graph = tf.function(function, signature, autograph=False)

    def __call__(self, *arrays):
        tensors = [tf.convert_to_tensor(x) for x in arrays]
        if tensors[0].dtype != self._signature[0].dtype:
            return self._of_type(tensors[0].dtype)(*tensors)
        eagerly = tf.config.functions_run_eagerly()
        if self._first.acquire(blocking=False) or eagerly:
            return self._function(*tensors)
        if tf.config.list_physical_devices("GPU"):
            return self.graph(*tensors)
        return _as_traced(self.graph.get_concrete_function(), tensors)

    def trace(self):
        """Makes the graph now; the next call uses it."""
        if tf.config.functions_run_eagerly():
            return
        self._first.acquire(blocking=False)
        self.graph.get_concrete_function()

    def _of_type(self, dtype):
        first, *others = self._signature
        signature = [tf.TensorSpec(first.shape, dtype), *others]
        return self._of_other_types.setdefault(
            dtype, FirstEagerly(self._function, signature)
        )


def _as_traced(graph, tensors):
    """What a concrete function returns, its graph not rewritten before it runs."""
    leaves = tf.nest.flatten(graph.structured_outputs)
    outputs = iter(
        tf.raw_ops.StatefulPartitionedCall(
            args=[*tensors, *graph.captured_inputs],
            Tout=[x.dtype for x in leaves if x is not None],
            f=graph,
            config_proto=_NOT_REWRITTEN,
        )
    )
    return tf.nest.pack_sequence_as(
        graph.structured_outputs, [x if x is None else next(outputs) for x in leaves]
    )


def _not_rewritten():
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config.SerializeToString()


_NOT_REWRITTEN = _not_rewritten()

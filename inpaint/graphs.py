"""When a function of tensors runs operation by operation, and when as one graph."""

import threading

import tensorflow as tf

GRAPH_PIXELS = 1_500_000  # of a picture; more are worth a graph at once
WORTH_A_GRAPH = 8  # calls in a row; fewer are over sooner than a graph is made


class FirstEagerly:
    """A function of tensors that runs eagerly when first called, then as a graph.

    On CPUs only fusion is left of TensorFlow's optimisers of graphs: all of them take a
    second or two for a network's, and its calls are no faster for the others. Where
    TensorFlow is told to run functions eagerly (`tf.config.run_functions_eagerly`) it
    makes none.
    Large pictures never do: a graph takes less time than it saves there, and lets go of
    whole pictures that Python would hold.

    Arguments of another type than the signature's first, where that has it, have a
    graph of their own.

    Args:
      function: of tensors, to a nest of tensors.
      signature: a list of `tf.TensorSpec`, one per argument.

    Attributes:
      traced: whether there is a graph.
    """

    def __init__(self, function, signature):
        self._function, self._signature = function, tuple(signature)
        self._of_other_types = {}
        self._first = threading.Lock()  # taken by the first call, for good
        self._never_eagerly = False
        self.graph = tf.function(function, signature, autograph=False)
        self.traced = False

    def __call__(self, *arrays):
        tensors = [tf.convert_to_tensor(x) for x in arrays]
        if tensors[0].dtype != self._signature[0].dtype:
            return self._of_type(tensors[0].dtype)(*tensors)
        first = self._first.acquire(blocking=False)
        if tf.config.functions_run_eagerly() or (first and not _is_large(tensors[0])):
            return self._function(*tensors)
        self.traced = True
        if tf.config.list_physical_devices("GPU"):
            return self.graph(*tensors)
        return _fused(self.graph.get_concrete_function(), tensors)

    def eagerly(self, *arrays):
        """Without a graph, and without counting as the first call."""
        return self._function(*map(tf.convert_to_tensor, arrays))

    def in_a_row(self, calls):
        """The function for so many calls; if they are the first, all run eagerly."""
        if calls >= WORTH_A_GRAPH:
            self.trace()
        elif self._first.acquire(blocking=False):
            return self.eagerly
        return self

    def trace(self):
        """Makes the graph now; the next call uses it."""
        if tf.config.functions_run_eagerly():
            return
        self._first.acquire(blocking=False)
        self.graph.get_concrete_function()
        self.traced = True

    def never_eagerly(self):
        """The first call makes a graph too; so what is first makes no difference."""
        self._never_eagerly = True
        self._first.acquire(blocking=False)
        for other in self._of_other_types.values():
            other.never_eagerly()

    def _of_type(self, dtype):
        """The same for arguments of another type than the signature's first."""
        replaced = self._signature[0].dtype
        signature = [
            tf.TensorSpec(x.shape, dtype) if x.dtype == replaced else x
            for x in self._signature
        ]
        made = FirstEagerly(self._function, signature)
        if self._never_eagerly:
            made.never_eagerly()
        return self._of_other_types.setdefault(dtype, made)


def _is_large(tensor):
    """Whether it is a batch of large pictures."""
    return tensor.shape.rank == 4 and tensor.shape[1] * tensor.shape[2] > GRAPH_PIXELS


def _fused(graph, tensors):
    """What a concrete function returns, of its graph's rewriting only the fusion."""
    leaves = tf.nest.flatten(graph.structured_outputs)
    outputs = iter(
        tf.raw_ops.StatefulPartitionedCall(
            args=[*tensors, *graph.captured_inputs],
            Tout=[x.dtype for x in leaves if x is not None],
            f=graph,
            config_proto=_FUSING,
        )
    )
    return tf.nest.pack_sequence_as(
        graph.structured_outputs, [x if x is None else next(outputs) for x in leaves]
    )


def _fusing():
    """TensorFlow's rewriting of graphs, of which only fusion is left.

    It joins convolutions with what follows them, which is all that a warm call gains.
    """
    config = tf.compat.v1.ConfigProto()
    options = config.graph_options.rewrite_options
    for name in _OTHER_REWRITING:
        setattr(options, name, type(options).OFF)
    options.remapping = type(options).ON
    options.memory_optimization = type(options).NO_MEM_OPT
    options.meta_optimizer_iterations = type(options).ONE
    options.disable_model_pruning = True
    return config.SerializeToString()


_OTHER_REWRITING = (
    "arithmetic_optimization",
    "auto_mixed_precision",
    "common_subgraph_elimination",
    "constant_folding",
    "debug_stripper",
    "dependency_optimization",
    "function_optimization",
    "implementation_selector",
    "layout_optimizer",
    "loop_optimization",
    "pin_to_host_optimization",
    "scoped_allocator_optimization",
    "shape_optimization",
)
_FUSING = _fusing()

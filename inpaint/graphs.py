"""When a function of tensors runs operation by operation, and when as one graph."""

import threading

import tensorflow as tf

EAGER_PIXELS = 3_000_000  # of a picture; more are not put through a graph


class FirstEagerly:
    """A function of tensors that runs eagerly when first called, then as a graph.

    Large pictures always run eagerly: Python sees a Ctrl-C from operation to operation.
    """

    def __init__(self, function, signature):
        self._function = function
        self._first = threading.Lock()  # taken by the first call, for good
        self.graph = tf.function(function, signature, autograph=False)

    def __call__(self, *arrays):
        height, width = arrays[0].shape[1:3]
        if self._first.acquire(blocking=False) or height * width > EAGER_PIXELS:
            return self._function(*map(tf.convert_to_tensor, arrays))
        return self.graph(*arrays)

    def trace(self):
        self._first.acquire(blocking=False)
        self.graph.get_concrete_function()

"""When a function of tensors runs operation by operation, and when as one graph."""

import threading

import tensorflow as tf

EAGER_PIXELS = 1_500_000  # of a picture; more are not put through a graph
WORTH_A_GRAPH = 12  # calls in a row; fewer are over sooner than a graph is made


class FirstEagerly:
    """A function of tensors that runs eagerly when first called, then as a graph.

    Large pictures always run eagerly: Python sees a Ctrl-C from operation to operation.

    Attributes:
      traced: whether there is a graph.
    """

    def __init__(self, function, signature):
        self._function = function
        self._first = threading.Lock()  # taken by the first call, for good
        self.graph = tf.function(function, signature, autograph=False)
        self.traced = False

    def __call__(self, *arrays):
        height, width = arrays[0].shape[1:3]
        if self._first.acquire(blocking=False) or height * width > EAGER_PIXELS:
            return self.eagerly(*arrays)
        self.traced = True
        return self.graph(*arrays)

    def eagerly(self, *arrays):
        """Without the graph, and without counting as the first call."""
        return self._function(*map(tf.convert_to_tensor, arrays))

    def in_a_row(self, calls):
        """The function for so many calls; if they are the first, all run eagerly."""
        if calls >= WORTH_A_GRAPH:
            self.trace()
        elif self._first.acquire(blocking=False):
            return self.eagerly
        return self

    def trace(self):
        """Make the graph now."""
        self._first.acquire(blocking=False)
        self.graph.get_concrete_function()
        self.traced = True

"""Functions of TensorFlow without their graphs, which take seconds to make."""

import contextlib

import tensorflow as tf


@contextlib.contextmanager
def eagerly():
    """Every `tf.function` runs operation by operation."""
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)

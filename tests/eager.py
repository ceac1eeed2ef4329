"""Without the graphs of TensorFlow's functions, or what takes long about them."""

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


@contextlib.contextmanager
def unoptimised():
    """Graphs run as they are traced; so do functions of an export that is made here.

    TensorFlow's optimiser takes longer to rewrite a network's graph than all else.
    """
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})

"""Picture files, lists of them, sketches: arrays in and out, without TensorFlow."""

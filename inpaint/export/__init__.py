"""SavedModel with signatures for TensorFlow Serving; LiteRT and ONNX."""

"""The one Keras backend this package runs on."""

import os

from inpaint.errors import InputError


def require_tensorflow():
    """Refuse any Keras backend but TensorFlow, before Keras is imported.

    Raises:
      InputError: if the environment variable KERAS_BACKEND names another one.
    """
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        raise InputError(
            f"KERAS_BACKEND is {backend!r}; inpaint runs on TensorFlow: "
            "unset it or set it to 'tensorflow'"
        )

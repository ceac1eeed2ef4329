"""The network as Beam's RunInference takes it."""

import numpy as np
from apache_beam.ml.inference.base import ModelHandler


class Handler(ModelHandler):
    """Fills pictures one by one with weights that a process loads once.

    Pictures are of any size, and what one of them is filled with must not depend on
    its bundle: no batches.

    Args:
      work: a `pipeline.Work`.
      attempt: function of a function and its arguments; see `stages.attempt`.
    """

    def __init__(self, work, attempt):
        self._work, self._attempt = work, attempt

    def batch_elements_kwargs(self):
        return {"max_batch_size": 1}

    def load_model(self):
        return self._work.load()

    def run_inference(self, batch, model, inference_args=None):
        """A list of the elements with what the last of each became: see `stages`."""
        return [
            (row, line, self._attempt("fill", self._work.fill, model, line, picture))
            for row, line, picture in batch
        ]

    def get_num_bytes(self, batch):
        """Beam's own pickles the pictures to count."""
        return sum(np.asarray(picture.image).nbytes for _, _, picture in batch)

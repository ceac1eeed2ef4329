"""The best checkpoint of a training, by a figure of the static views.

`LOG_DIR/best` is a folder like `LOG_DIR` itself, with one checkpoint and the settings:
weights to fill with, or a training to go on with. The figure lies in the checkpoint.
"""

import os

import tensorflow as tf

from inpaint import checkpoints
from inpaint import config as settings
from inpaint.training.folder import CheckpointFolder

_HIGHER = ("val/psnr", "val/ssim")  # is better; of all others lower is
_VALUE = "best/{}/.ATTRIBUTES/VARIABLE_VALUE"


class Best:
    """Keeps the checkpoint whose figure is the best so far.

    Args:
      config: a Config, with `keep_best`.
      state: what a checkpoint holds, see `Snapshots.state`.
      chief: see `CheckpointFolder`.
    """

    def __init__(self, config, state, chief=True):
        self.tag = config.keep_best
        self.folder = os.path.join(config.log_dir, "best")
        self._config, self._chief = config, chief
        self._best = None
        # By themselves, not in replicas: the chief's are those that are written.
        self._figure = {
            "value": tf.Variable(0.0, dtype=tf.float64),
            "tag": tf.Variable(self.tag),
        }
        state = tf.train.Checkpoint(**state, best=self._figure)
        self._checkpoints = CheckpointFolder(self.folder, state, 1, chief)

    def resume(self):
        """Go on from what lies in the folder, if anything does.

        Returns:
          The tag of another figure that it was chosen by, or None.

        Raises:
          InputError: it cannot be read.
        """
        if not os.path.isfile(os.path.join(self.folder, "checkpoint")):
            return None
        reader = tf.train.load_checkpoint(checkpoints.locate(self.folder))
        tag = reader.get_tensor(_VALUE.format("tag")).decode()
        if tag != self.tag:
            return tag
        self._best = float(reader.get_tensor(_VALUE.format("value")))
        return None

    def beaten_by(self, value):
        """Whether a figure is better than the best so far; one that is NaN is not."""
        if value != value:
            return False
        if self._best is None:
            return True
        return value > self._best if self.tag in _HIGHER else value < self._best

    def save(self, step, value):
        """Write the training as it is in place of the best so far.

        All workers call it; the chief's `value` is the one that counts.

        Raises:
          RunError: if it cannot be written: the one before stays.
        """
        if self._chief:
            os.makedirs(self.folder, exist_ok=True)
            settings.save(self._config, os.path.join(self.folder, "config.yml"))
        self._figure["value"].assign(value)
        self._checkpoints.save(step)
        self._best = value

"""The checkpoints in a folder: whole ones, the newest of them kept."""

import glob
import os
import shutil
import tempfile
import weakref

import tensorflow as tf

from inpaint.errors import RunError, one_line


class CheckpointFolder:
    """Writes `snap-STEP` into a folder, and takes older ones away.

    A checkpoint that is cut off leaves the ones before it as they are: the file
    `checkpoint`, which names the newest, is replaced once that is whole.

    Args:
      folder: made when the first is written.
      state: a tf.train.Checkpoint.
      max_to_keep: older ones are deleted.
      chief: whether this process writes them; the others must save along with it, and
        do so into a temporary folder.
    """

    def __init__(self, folder, state, max_to_keep, chief=True):
        self.folder = folder
        self._local = None
        if not chief:
            self._local = tempfile.mkdtemp(prefix="inpaint-worker-")
            weakref.finalize(self, shutil.rmtree, self._local, ignore_errors=True)
        self._manager = tf.train.CheckpointManager(
            state, self._local or folder, max_to_keep, checkpoint_name="snap"
        )

    def save(self, step):
        """Write `snap-STEP`.

        Raises:
          RunError: if it cannot be written (a full disk): the ones before it stay.
        """
        try:
            self._manager.save(checkpoint_number=step)
        except (tf.errors.OpError, OSError) as error:
            self._remove_partial(step)
            latest = self._manager.latest_checkpoint
            kept = f"{latest} is the newest" if latest else "there is none yet"
            raise RunError(
                f"{self.folder}: cannot save snap-{step}: {one_line(error)}; {kept}"
            ) from None
        if self._local:
            shutil.rmtree(self._local)
            os.makedirs(self._local)

    def _remove_partial(self, step):
        folder = glob.escape(self._local or self.folder)
        for path in glob.glob(os.path.join(folder, f"snap-{step}*")):
            rest = os.path.basename(path)[len(f"snap-{step}") :]
            if rest[:1] in (".", "_"):
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)

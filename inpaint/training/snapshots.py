"""Checkpoints of a training: everything it takes to go on bit for bit.

`LOG_DIR/snap-STEP` holds the weights (the spectral norms' u among them) and Adam's
moments by the release's variable names, the step, how many pictures were taken, and
the seed. `inpaint.checkpoints` reads the weights from it.
"""

import glob
import os
import random
import shutil
import tempfile
import weakref

import tensorflow as tf

from inpaint import checkpoints
from inpaint.errors import InputError, RunError


class Snapshots:
    """The checkpoints of one training folder.

    Args:
      folder: `log_dir`.
      model: an `InpaintingModel`.
      optimizer: its built Adam.
      seed: int, of the data and the masks; None draws one.
      max_to_keep: older ones are deleted.
      chief: whether this process writes them; the others must save along with it, and
        do so into a temporary folder.

    To be made inside the strategy's scope.
    """

    def __init__(self, folder, model, optimizer, seed, max_to_keep, chief=True):
        self.folder = folder
        self._chief = chief
        if seed is None:
            seed = random.SystemRandom().randrange(2**31)

        def counter(value):
            return tf.Variable(value, trainable=False, dtype=tf.int64)

        self.step, self.pictures, self.seed = counter(0), counter(0), counter(seed)
        names = {id(v): name for name, v in model.variables_by_name().items()}
        trained = model.critic_variables + model.generator_variables
        moments = {}
        for slot, values in (
            ("Adam", optimizer._momentums),
            ("Adam_1", optimizer._velocities),
        ):
            for variable, value in zip(trained, values):
                moments[f"{names[id(variable)]}/{slot}"] = _tf_variable(value)
        self._state = tf.train.Checkpoint(
            weights={
                name: _tf_variable(v) for name, v in model.variables_by_name().items()
            },
            moments=moments,
            updates=_tf_variable(optimizer.iterations),
            step=self.step,
            pictures=self.pictures,
            seed=self.seed,
        )
        self._local = None
        if not chief:
            self._local = tempfile.mkdtemp(prefix="inpaint-worker-")
            weakref.finalize(self, shutil.rmtree, self._local, ignore_errors=True)
        self._manager = tf.train.CheckpointManager(
            self._state, self._local or folder, max_to_keep, checkpoint_name="snap"
        )

    def save(self):
        """Write `snap-STEP`.

        Raises:
          RunError: if it cannot be written (a full disk): the ones before it stay.
        """
        step = int(self.step.numpy())
        try:
            self._manager.save(checkpoint_number=step)
        except (tf.errors.OpError, OSError) as error:
            self._remove_partial(step)
            latest = self._manager.latest_checkpoint
            kept = f"{latest} is the newest" if latest else "there is none yet"
            detail = " ".join((getattr(error, "message", None) or str(error)).split())
            raise RunError(
                f"{self.folder}: cannot save snap-{step}: {detail}; {kept}"
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

    def restore(self):
        """Set everything from the newest checkpoint of the folder.

        Raises:
          InputError: if there is none, it is damaged, or of another network.
        """
        prefix = checkpoints.locate(self.folder)
        self._require_same_shapes(prefix)
        try:
            self._state.read(prefix).assert_existing_objects_matched()
        except AssertionError:
            raise InputError(
                f"{prefix}: is not of this training: some of its variables are missing"
            ) from None
        except (tf.errors.OpError, ValueError) as error:
            detail = " ".join((getattr(error, "message", None) or str(error)).split())
            raise InputError(f"{prefix}: cannot be resumed: {detail}") from None
        return prefix

    def _require_same_shapes(self, prefix):
        stored = checkpoints.open_stored(prefix).shapes
        for name, variable in self._state.weights.items():
            if list(stored.get(name, ())) != list(variable.shape):
                raise InputError(
                    f"{prefix}: is of another network: {name} is "
                    f"{stored.get(name, 'missing')} instead of {list(variable.shape)}"
                )


def _tf_variable(variable):
    """The tf.Variable itself: Keras 3 wraps it."""
    return variable if isinstance(variable, tf.Variable) else variable.value

"""Checkpoints of a training: everything it takes to go on bit for bit.

`LOG_DIR/snap-STEP` holds the weights (batch statistics and the spectral norms' u among
them) by their names, the averages of the generator's where there are any, what each
optimizer keeps of them by the optimizer's key, the step, how many pictures were taken,
and the seed. `inpaint.checkpoints` reads the weights from it, averages before others.
"""

import random

import tensorflow as tf

from inpaint import checkpoints
from inpaint.errors import InputError, one_line
from inpaint.models.network import tf_variable
from inpaint.training.folder import CheckpointFolder
from inpaint.training.slots import slots

# TensorFlow 1's names of Adam's slots, in folders of version 0.1.
_MOMENTS = {"momentum": "Adam", "velocity": "Adam_1"}


class Snapshots:
    """The checkpoints of one training folder.

    Args:
      folder: `log_dir`.
      model: an `InpaintingModel`.
      optimizers, trained: see `steps.build_optimizers`.
      seed: int, of the data and the masks; None draws one.
      max_to_keep, chief: see `CheckpointFolder`.
      average: an `Average`.

    Attributes:
      state: what a checkpoint holds, for tf.train.Checkpoint.

    To be made inside the strategy's scope.
    """

    def __init__(
        self,
        folder,
        model,
        optimizers,
        trained,
        seed,
        max_to_keep,
        chief,
        average,
    ):
        self.folder = folder
        if seed is None:
            seed = random.SystemRandom().randrange(2**31)

        def counter(value):
            return tf.Variable(value, trainable=False, dtype=tf.int64)

        self.step, self.images_seen, self.seed = counter(0), counter(0), counter(seed)
        variables = model.variables_by_name()
        names = {id(v): name for name, v in variables.items()}
        nameless = [v for vs in trained.values() for v in vs if id(v) not in names]
        if nameless:
            raise ValueError(
                "what is trained must be a weight of the generator or a critic. "
                f"Received: {', '.join(v.name for v in nameless)}"
            )
        self._common = {
            "weights": {name: tf_variable(v) for name, v in variables.items()},
            "step": self.step,
            "pictures": self.images_seen,
            "seed": self.seed,
        }
        self._kept = {
            key: {
                (names[id(trained[key][index])], label): tf_variable(slot)
                for (index, label), slot in slots(optimizer, trained[key]).items()
            }
            for key, optimizer in optimizers.items()
        }
        self._updates = {k: tf_variable(o.iterations) for k, o in optimizers.items()}
        self._optimizers = {
            key: {
                "updates": self._updates[key],
                "slots": {f"{name}/{label}": v for (name, label), v in kept.items()},
            }
            for key, kept in self._kept.items()
        }
        self._average = {"ema": average.variables} if average.variables else {}
        self.state = {
            **self._common,
            **self._average,
            "optimizers": self._optimizers,
        }
        state = tf.train.Checkpoint(**self.state)
        self._checkpoints = CheckpointFolder(folder, state, max_to_keep, chief)

    def save(self):
        """Write `snap-STEP`.

        Raises:
          RunError: if it cannot be written (a full disk): the ones before it stay.
        """
        self._checkpoints.save(int(self.step.numpy()))

    def restore(self):
        """Set everything from the newest checkpoint of the folder.

        Averages that it does not hold stay as they are.

        Returns:
          (its prefix, whether it holds averages).

        Raises:
          InputError: if there is none, it is damaged, or of another network.
        """
        prefix = checkpoints.locate(self.folder)
        self._require_same_shapes(prefix)
        keys = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
        averaged = any(key.startswith("ema/") for key in keys)
        try:
            state = self._laid_out_as(prefix, keys, averaged)
            state.read(prefix).assert_existing_objects_matched()
        except AssertionError:
            raise InputError(
                f"{prefix}: is not of this training: some of its variables are missing"
            ) from None
        except (tf.errors.OpError, ValueError) as error:
            raise InputError(
                f"{prefix}: cannot be resumed: {one_line(error)}"
            ) from None
        return prefix, averaged

    def _laid_out_as(self, prefix, keys, averaged):
        """The Checkpoint to read with: version 0.1 wrote one Adam's moments."""
        if not any(key.startswith("moments/") for key in keys):
            average = self._average if averaged else {}
            return tf.train.Checkpoint(
                **self._common, **average, optimizers=self._optimizers
            )
        if list(self._kept) != ["adam"]:
            raise InputError(f"{prefix}: holds one Adam, not {', '.join(self._kept)}")
        return tf.train.Checkpoint(
            **self._common,
            moments={
                f"{name}/{_MOMENTS[label]}": slot
                for (name, label), slot in self._kept["adam"].items()
            },
            updates=self._updates["adam"],
        )

    def _require_same_shapes(self, prefix):
        stored = checkpoints.open_stored(prefix).shapes
        for name, variable in self._common["weights"].items():
            if list(stored.get(name, ())) != list(variable.shape):
                raise InputError(
                    f"{prefix}: is of another network: {name} is "
                    f"{stored.get(name, 'missing')} instead of {list(variable.shape)}"
                )

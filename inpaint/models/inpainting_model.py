"""How a generator is trained: batches, losses, updates, phases; see `base`."""

from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional

import keras
import tensorflow as tf

from inpaint import masks, tensors
from inpaint.errors import InputError
from inpaint.models.batch import Batch
from inpaint.models.rates import rate_at


class Losses(NamedTuple):
    """The losses of one batch.

    Example:
      >>> Losses(total=1.5, scalars={"losses/l1": 1.5}).total
      1.5
    """

    total: Any  # the scalar to minimise
    scalars: dict  # scalars by their tag in TensorBoard, the total among them


def score_pair(critic, real, completed, conditions=()):
    """A critic's scores of real and of completed pictures.

    One pass scores both, so that a spectral norm's estimate moves on once.

    Args:
      critic: a `Network` of one input, whose scores are `[2B, …]`.
      real, completed: `[B, H, W, 3]`.
      conditions: `[B, H, W, 1]` each, extra input channels (mask, sketch), the same for
        both.

    Example:
      >>> mean = lambda x, training: tf.reduce_mean(x, [1, 2, 3])
      >>> real, completed = tf.ones([1, 2, 2, 3]), tf.zeros([1, 2, 2, 3])
      >>> [float(scores[0]) for scores in score_pair(mean, real, completed)]
      [1.0, 0.0]
    """
    pictures = [tf.concat([x, *conditions], axis=-1) for x in (real, completed)]
    return tf.split(critic(tf.concat(pictures, axis=0), training=True), 2)


def require_loss(**weights):
    """Refuses to train on nothing.

    Args:
      **weights: of the generator's losses, by the setting that switches each on.

    Raises:
      InputError: if all are 0 or False.

    Example:
      >>> require_loss(l1_loss=1.0, gan_loss=0.0)  # there is one
    """
    if not any(weights.values()):
        raise InputError(
            f"no loss to train on: {', '.join(weights)} are all off, or of weight 0"
        )


class Update(NamedTuple):
    """One step of one optimizer.

    Example:
      >>> update = Update("critic", losses=lambda batch: None, variables=lambda: [])
      >>> update.optimizer
      'adam'
    """

    name: str  # an update of that name comes once or oftener in a phase
    losses: Callable[[Batch], Losses]
    variables: Callable[[], list]  # what it trains
    optimizer: str = "adam"  # key of `InpaintingModel.optimizers`
    # Which of the iteration's batches: two updates of one number share one; None: one
    # of its own.
    batch: Optional[int] = None


class Phase(NamedTuple):
    """A part of a training.

    Example:
      >>> update = Update("critic", losses=lambda batch: None, variables=lambda: [])
      >>> Phase("train", None, [update, update]).batches()
      [0, 1]
    """

    name: str
    steps: Optional[int]  # None: to the end
    updates: Sequence[Update]  # of an iteration, in order

    def batches(self):
        """The number of each update's batch, from 0."""
        given = {update.batch for update in self.updates} - {None}
        free = (i for i in range(len(self.updates)) if i not in given)
        numbers = [next(free) if u.batch is None else u.batch for u in self.updates]
        if sorted(set(numbers)) != list(range(len(set(numbers)))):
            raise ValueError(
                f"`batch` of the updates of phase {self.name!r} must number the "
                f"batches from 0. Received: {[u.batch for u in self.updates]}"
            )
        return numbers


class InpaintingModel:
    """A generator, its critics and what they are trained to do.

    Args:
      generator: a `Generator`.
      critics: `Network`s.
      frozen: Keras models whose features losses compare: never trained, never saved.
      sampler: a `masks.Sampler`; None: the release's holes.
      learning_rate: of the default optimizer: a number, or a schedule of `rates`.
      adam_beta1, adam_beta2: likewise.

    Example:
      >>> from inpaint.models import registry
      >>> generator = registry.paper("deepfill_v2").generator(base_filters=4)
      >>> model = InpaintingModel(generator, learning_rate=2e-4)
      >>> sorted(model.optimizers())
      ['adam']
    """

    critic_updates = 1  # before each update of the generator, in the default phase
    gradient_tags = ()  # (name, loss) whose gradient on the final picture is shown

    def __init__(
        self,
        generator,
        critics=(),
        frozen=(),
        sampler=None,
        learning_rate=1e-4,
        adam_beta1=0.5,
        adam_beta2=0.999,
    ):
        self.generator = generator
        self.critics = list(critics)
        self.frozen = list(frozen)
        for network in self.frozen:
            network.trainable = False
        self.sampler = sampler or masks.Release()
        self.learning_rate = learning_rate
        self.adam_beta1 = adam_beta1
        self.adam_beta2 = adam_beta2

    @classmethod
    def from_config(cls, generator, config):
        """The model that a Config describes, around its generator."""
        return cls(
            generator,
            sampler=masks.make(config.masks, config),
            learning_rate=config.learning_rate,
        )

    # How it is trained.

    def learning_rates(self):
        """The optimizers' learning rates by key: numbers or schedules of `rates`.

        The trainer sets those with a schedule before each step.
        """
        return {"adam": self.learning_rate}

    def optimizers(self):
        """The optimizers by the key that updates name, Keras's, not built.

        By default Adams of ε 1e-8, one for each of `learning_rates`: the release's one,
        whose step count advances with every update.
        """
        return {
            key: keras.optimizers.Adam(
                rate_at(rate, 0), self.adam_beta1, self.adam_beta2, epsilon=1e-8
            )
            for key, rate in self.learning_rates().items()
        }

    def phases(self):
        """The phases of a training, in order.

        By default one: `critic_updates` updates of the critics, then one of the
        generator, each on a batch of its own.
        """
        critic = Update("critic", self.critic_losses, lambda: self.critic_variables)
        generator = Update(
            "generator", self.generator_losses, lambda: self.generator_variables
        )
        updates = [*[critic] * self.critic_updates, generator]
        return [Phase("train", None, updates)]

    def prepare(self, images):
        """Called once before the first step of a training from fresh weights.

        For what is measured on the training pictures, such as their mean colour, and
        stored with the weights. By default nothing.

        Args:
          images: iterator of uint8 RGB `[B, H, W, 3]`, each picture about once.
        """

    def critic_losses(self, batch):
        """`Losses` of the critics; the generator's part carries no gradient."""
        raise NotImplementedError

    def generator_losses(self, batch, painted=None):
        """`Losses` of the generator, of what `paint` returned where that is at hand."""
        raise NotImplementedError

    # What losses are computed on.

    def paint(self, batch):
        """Complete a batch as in training.

        Pictures of a size that the generator does not take are padded for it, as they
        are for filling, and what it paints there is cut off: nothing else sees it.

        Returns:
          dict of what the generator returns and `incomplete` and `completed`
          pictures; all pictures are `[B, H, W, C]` float32, 0 where the truth is not
          known.
        """
        incomplete = self.generator.incomplete(batch.images, batch.masks)
        edges = None if batch.edges is None else batch.edges * batch.masks
        painted = dict(self.generate(*self.padded(incomplete, batch.masks, edges)))
        for stage in self.generator.stages:
            picture = self.cut(tf.cast(painted[stage], tf.float32), incomplete)
            painted[stage] = batch.judged(picture)
        final = painted[self.final_stage]
        completed = tensors.composite(final, batch.images, batch.masks)
        return {**painted, "incomplete": incomplete, "completed": completed}

    def padded(self, incomplete, masks, edges):
        """The three for the generator, padded if it does not take their size."""
        if self.generator.takes(*incomplete.shape[1:3]):
            return incomplete, masks, edges
        return self.generator.pad(incomplete, masks, edges)

    def cut(self, painted, pictures):
        """What was painted, without the padding of `padded`."""
        height, width = pictures.shape[1:3]
        if self.generator.takes(height, width):
            return painted
        return tf.ensure_shape(
            painted[:, :height, :width], [None, height, width, painted.shape[-1]]
        )

    def generate(self, incomplete, masks, edges):
        """What the generator returns, in training."""
        inputs = {"image": incomplete, "hole": masks}
        if edges is not None:
            inputs["edge"] = edges
        return self.generator(inputs, training=True)

    @property
    def final_stage(self):
        """The stage whose picture fills the hole, in training and in its summaries."""
        return self.generator.stages[-1]

    # What is trained and saved.

    @property
    def networks(self):
        """All that have weights in checkpoints: the generator and the critics."""
        return [self.generator, *self.critics]

    @property
    def generator_variables(self):
        """What the generator's update trains."""
        return list(self.generator.trainable_variables)

    @property
    def critic_variables(self):
        """What the critics' update trains."""
        return [v for critic in self.critics for v in critic.trainable_variables]

    def variables_by_name(self):
        """All networks' variables by name; frozen networks are not among them."""
        found = {}
        for network in self.networks:
            for name, variable in network.variables_by_name().items():
                if name in found:
                    raise ValueError(
                        f"two weights are named {name!r}: give the networks other "
                        "values of `scope`"
                    )
                found[name] = variable
        return found

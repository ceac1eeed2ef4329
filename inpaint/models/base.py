"""The contract of a model: what inference, training and export know of a paper.

A **generator** is a Keras model that fills holes. Its inputs are a dict:

* `image`: `[B, H, W, C]` float, the picture as the network wants it (`to_network`),
  the hole filled as the network wants it (`incomplete`). H and W are multiples of
  `size_multiple`, or `fixed_size`;
* `hole`: `[B or 1, H, W, 1]` float, 1 in the hole, 0 elsewhere;
* `edge`: `[B or 1, H, W, 1]` float, 1 on sketched edges in the hole; only where
  `takes_edge`.

It returns a dict: each of `stages`, `[B, H, W, C]` in the network's range, the last
one the picture that fills the hole; and `offsets`, `[B, h, w, 2]` int32, where its
attention points, if it has one.

An **inpainting model** is a generator, its critics, and how they are trained: phases
of updates, each with losses on a `Batch`. A **critic** is any network that scores
pictures, be it a WGAN's critic or what its paper calls a discriminator.

    @keras.utils.register_keras_serializable("my_paper")
    class MyGenerator(base.Generator):
        size_multiple = 4

        def __init__(self, width=8, **kwargs):
            super().__init__(**kwargs)
            self.width = width
            self.paint = keras.layers.Conv2D(3, width, padding="same")
            self.build()

        def call(self, inputs, training=None):
            seen = tf.concat([inputs["image"], inputs["hole"]], axis=-1)
            return {"painted": tf.tanh(self.paint(seen))}

        def get_config(self):
            return {**super().get_config(), "width": self.width}

tests/toy_paper.py is a whole paper; docs/architecture.md leads through one.
"""

from inpaint.fastpath.regions import Region
from inpaint.models.batch import Batch
from inpaint.models.generator import Generator
from inpaint.models.inpainting_model import (
    InpaintingModel,
    Losses,
    Phase,
    Update,
    require_loss,
    score_pair,
)
from inpaint.models.network import Network, precision
from inpaint.models.registry import register

__all__ = [
    "Batch",
    "Generator",
    "InpaintingModel",
    "Losses",
    "Network",
    "Phase",
    "Region",
    "Update",
    "precision",
    "register",
    "require_loss",
    "score_pair",
]

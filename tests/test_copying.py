"""`initializer: copying`: what a training from scratch begins with, and that it copies.

What the layers begin with, number by number, is in test_recipes.py.
"""

import numpy as np
import pytest
import tensorflow as tf
from training_runs import make_pictures, make_trainer

from inpaint import config
from inpaint.errors import InputError


@pytest.mark.parametrize("guided", [False, True])
def test_a_fresh_training_begins_by_copying(tmp_path, guided):
    """Its gates are open, and its features have the mean and deviation asked for."""
    pictures = str(make_pictures(tmp_path / "pictures", edges=True))
    changes = {"initializer": "copying", "guided": guided}
    trainer = make_trainer(tmp_path / "log", pictures, **changes)
    trainer._prepare()
    generator = trainer.model.generator
    named = generator.variables_by_name()
    for name, layer in generator.convolutions().items():
        if layer.gated:
            bias = named[f"inpaint_net/{name}/bias"].numpy()
            np.testing.assert_array_equal(bias[layer.output_channels :], 2.0)
    batch = next(trainer.batches())[0]
    image = generator.incomplete(batch.images, batch.masks)
    edge = tf.zeros_like(batch.masks) if guided else None
    seen = generator.stage1_input(image, batch.masks, edge)
    features = generator.coarse.layers[0](seen).numpy()
    np.testing.assert_allclose(features.mean((0, 1, 2)), 1.0, atol=0.2)
    np.testing.assert_allclose(features.std((0, 1, 2)), 0.7, atol=0.2)


def test_it_is_of_gated_networks():
    with pytest.raises(InputError, match="'initializer' is a setting of deepfill_v2"):
        config.from_dict({"model": "lama", "initializer": "copying"}, "a test")

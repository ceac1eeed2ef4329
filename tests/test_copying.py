"""`initializer: copying`: what a training from scratch begins with, and that it copies.

What the layers begin with, number by number, is in test_recipes.py.
"""

import numpy as np
import pytest
from training_runs import make_pictures, make_trainer

from inpaint import config
from inpaint.errors import InputError


@pytest.mark.parametrize("guided", [False, True])
def test_a_fresh_training_begins_by_copying(tmp_path, guided):
    """Its gates are open, and a layer that can hands its features on."""
    pictures = str(make_pictures(tmp_path / "pictures", edges=True))
    changes = {"initializer": "copying", "guided": guided, "random_seed": 3}
    trainer = make_trainer(tmp_path / "log", pictures, **changes)
    trainer._prepare()
    generator = trainer.model.generator
    named = generator.variables_by_name()
    for name, layer in generator.convolutions().items():
        if layer.gated:
            bias = named[f"inpaint_net/{name}/bias"].numpy()
            np.testing.assert_array_equal(bias[layer.output_channels :], 2.0)
    kernel = named["inpaint_net/conv6/kernel"].numpy()  # 3×3, as many out as in
    channels = kernel.shape[2]
    identity = np.zeros([3, 3, channels, channels])
    identity[1, 1] = 1.1353 * np.eye(channels)  # 1 / σ(2): behind an open gate 1
    np.testing.assert_allclose(kernel[..., :channels], identity, atol=0.1)


def test_it_is_of_gated_networks():
    with pytest.raises(InputError, match="'initializer' is a setting of deepfill_v2"):
        config.from_dict({"model": "lama", "initializer": "copying"}, "a test")

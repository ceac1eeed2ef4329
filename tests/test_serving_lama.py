"""LaMa in TensorFlow's C library, whose operations its Fourier transforms are."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from served_model import INVALID_ARGUMENT, ServedError, ServedModel
from small_exports import png
from tensorflow.core.protobuf import saved_model_pb2

from inpaint import Inpainter
from inpaint.export import saved_model
from inpaint.models import registry

# In one process; 13 and 9 are odd numbers of pixels for the transforms, at an eighth.
SIZES = [(1, 64, 64), (2, 45, 71), (1, 9, 7), (1, 100, 66)]


@pytest.fixture(scope="module")
def generator():
    """With running statistics that are not those of a fresh network."""
    keras.utils.set_random_seed(0)
    made = registry.paper("lama").generator(base_filters=4, blocks=1)
    rng = np.random.default_rng(0)
    for variable in made.non_trainable_variables:
        variable.assign(variable + rng.uniform(0.0, 0.1, variable.shape))
    return made


@pytest.fixture(scope="module")
def folder(generator, tmp_path_factory):
    return saved_model.export(generator, tmp_path_factory.mktemp("lama"))


def case(batch, height, width):
    rng = np.random.default_rng(height)
    image = rng.integers(0, 256, (batch, height, width, 3), np.uint8)
    mask = np.zeros((batch, height, width, 1), np.uint8)
    mask[:, height // 3 : height // 2 + 1, width // 3 : width // 2 + 1] = 255
    return image, mask


def test_transforms_are_operations_of_its_own(folder):
    graph = saved_model_pb2.SavedModel()
    graph.ParseFromString(Path(folder, "saved_model.pb").read_bytes())
    (meta_graph,) = graph.meta_graphs
    library = meta_graph.graph_def.library.function
    functions = {each.signature.name for each in library}
    used = {node.op for each in library for node in each.node_def}
    assert {"RFFT2D", "IRFFT2D"} <= used
    assert used - functions <= set(dir(tf.raw_ops))


def test_it_answers_as_inpainter(generator, folder):
    inpainter = Inpainter(generator, strategy="exact")
    with ServedModel(folder) as served:
        for size in SIZES:
            image, mask = case(*size)
            completed = served.predict(image=image, mask=mask)["completed"]
            expected = inpainter(image, mask)
            apart = np.abs(completed.astype(int) - expected)
            assert apart.max() <= 1, size
            assert np.mean(apart) < 1e-3
            np.testing.assert_array_equal(
                completed[mask[..., 0] == 0], image[mask[..., 0] == 0]
            )
        answer = served.predict(
            "bytes", image_bytes=[png(image[0])], mask_bytes=[png(mask[0])]
        )
        picture = tf.io.decode_png(answer["completed_bytes"][0])
        np.testing.assert_array_equal(picture, completed[0])
        with pytest.raises(ServedError, match="mask: expected one channel") as error:
            served.predict(image=image, mask=image)
        assert error.value.code == INVALID_ARGUMENT

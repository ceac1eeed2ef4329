"""Partial convolutions: counts, losses by hand, any size, the frozen encoder."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_features import vgg16_file

from inpaint import losses, masks
from inpaint.config import Config
from inpaint.errors import InputError
from inpaint.features.vgg16 import VGG16
from inpaint.filling import fill
from inpaint.models import partial_conv_generator
from inpaint.models.base import Batch
from inpaint.models.partial_conv import PartialConv, PartialConvGenerator


@pytest.fixture(scope="module")
def generator():
    return PartialConvGenerator(base_filters=4, levels=3)


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return VGG16(vgg16_file(tmp_path_factory.mktemp("vgg16") / "tiny.npz"))


@pytest.mark.parametrize(
    ("levels", "trainable", "statistics"),
    [(8, 32_859_732, 10_880), (7, 25_779_796, 8_832)],
)
def test_parameters(levels, trainable, statistics):
    network = PartialConvGenerator(64, levels)
    found = sum(np.prod(v.shape) for v in network.trainable_variables)
    others = sum(np.prod(v.shape) for v in network.non_trainable_variables)
    assert (found, others) == (trainable, statistics)


def test_gram_by_hand():
    features = np.array([[1, 2, 3, 4], [1, 1, 1, 1]], np.float32).T.reshape(1, 2, 2, 2)
    expected = [[3.75, 1.25], [1.25, 0.5]]
    np.testing.assert_allclose(losses.gram(features)[0], expected)


def test_total_variation_by_hand():
    x = np.array([[0, 1, 3], [2, 2, 2], [5, 0, 1]], np.float32)[None, ..., None]
    assert float(losses.total_variation(x)) == pytest.approx(3.1666667)
    inside = np.zeros_like(x)
    inside[0, :2, :2] = 1  # 1 and 0 across, 2 and 1 down, of six neighbours each
    assert float(losses.total_variation(x, inside)) == pytest.approx(4 / 6)


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (16, 17), (33, 70)])
def test_any_size_and_known_pixels(generator, size):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (1, *size, 3), np.uint8)
    mask = rng.random((1, *size, 1)) < 0.3
    filled = fill(generator, tf.constant(image), tf.constant(mask)).numpy()
    assert filled.shape == image.shape
    np.testing.assert_array_equal(np.where(mask, 0, filled), np.where(mask, 0, image))


def test_pictures_are_padded_with_hole(generator):
    image, hole, _ = generator.pad(tf.ones([1, 9, 16, 3]), tf.zeros([1, 9, 16, 1]))
    assert image.shape == (1, 16, 16, 3)
    assert not np.any(hole[:, :9])
    assert np.all(hole[:, 9:] == 1)


def test_what_lies_under_the_hole_has_no_influence(generator):
    rng = np.random.default_rng(2)
    hole = np.zeros((1, 16, 24, 1), np.float32)
    hole[:, 4:9, 5:20] = 1
    pictures = [rng.normal(size=(1, 16, 24, 3)).astype(np.float32) for _ in range(2)]
    pictures[1] = np.where(hole > 0, pictures[1], pictures[0])
    first, second = (
        generator({"image": tf.constant(x), "hole": tf.constant(hole)})["painted"]
        for x in pictures
    )
    np.testing.assert_array_equal(first, second)


HOLES = [(slice(40, 61), slice(70, 90)), (0, 0), (95, 127)]


@pytest.mark.parametrize("levels", [1, 2, 4])
def test_the_part_that_a_hole_needs_is_that_of_the_whole(levels, monkeypatch):
    monkeypatch.setattr(partial_conv_generator, "BAND_PIXELS", 8 * 40)  # some bands
    keras.utils.set_random_seed(5)
    network = PartialConvGenerator(2, levels)
    complete = tf.function(network.complete, autograph=False)
    rng = np.random.default_rng(4)
    image = tf.constant(rng.normal(size=(2, 96, 128, 3)), tf.float32)
    for rows, columns in HOLES:
        planes = np.zeros((2, 96, 128, 1), np.float32)
        planes[0, rows, columns] = 1
        given = {"image": image * (1 - planes), "hole": tf.constant(planes)}
        whole = network(given)["painted"]
        part, region = complete(given)
        assert part.shape[1] <= 24
        completed = region.put(part, (96, 128))
        difference = np.abs(completed - whole) * planes
        assert difference.max() < 1e-6 * np.abs(whole).max(), (rows, columns)


def test_fine_tuning_leaves_the_encoders_norms_alone(features):
    generator = PartialConvGenerator(4, 3)
    model = PartialConv(generator, features, first_steps=7)
    first, second = model.phases()
    assert (first.steps, second.steps) == (7, None)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.normal(size=(2, 32, 32, 3)), tf.float32)
    batch = Batch(
        images, tf.ones([1, 32, 32, 1]) * tf.cast(images[:1, ..., :1] > 0, tf.float32)
    )
    encoder = [v for norm in generator.encoder_norms for v in norm.weights]
    before = [v.numpy() for v in encoder]
    decoder = generator.decoder_norms[0].moving_mean.numpy()
    (update,) = second.updates
    update.losses(batch)
    for variable, value in zip(encoder, before):
        np.testing.assert_array_equal(variable, value)
    assert np.any(generator.decoder_norms[0].moving_mean.numpy() != decoder)
    trained = {id(v) for v in update.variables()}
    assert not trained & {id(v) for v in encoder}
    kernels = {id(layer.kernel) for layer in (*generator.encoder, *generator.decoder)}
    assert kernels < trained
    (update,) = first.updates
    update.losses(batch)
    assert any(np.any(v.numpy() != b) for v, b in zip(encoder, before))


def test_a_folder_of_masks_is_moved_about(generator, features, tmp_path):
    import cv2

    plane = np.zeros((32, 32), np.uint8)
    plane[4:9, 4:9] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), plane)
    file = vgg16_file(tmp_path.parent / "features.npz")
    config = Config(model="partial_conv", masks=str(tmp_path), vgg16_weights=file)
    model = PartialConv.from_config(generator, config)
    assert isinstance(model.sampler, masks.MaskFiles)
    assert model.sampler.moves == masks.Moves(True, (9, 49), True, 0.25)
    rates = {k: float(x.learning_rate) for k, x in model.optimizers().items()}
    assert rates == pytest.approx({"adam": 2e-4, "fine_tuning": 5e-5})


@pytest.mark.parametrize("wrong", ["base_filters", "levels"])
def test_wrong_arguments_are_named(wrong):
    with pytest.raises(ValueError, match=f"`{wrong}` must be a positive integer"):
        PartialConvGenerator(**{wrong: 0})


def test_weights_of_another_kind_are_told(tmp_path):
    path = tmp_path / "vgg.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(InputError, match=r"vgg\.h5: expected VGG16's weights"):
        VGG16(str(path))

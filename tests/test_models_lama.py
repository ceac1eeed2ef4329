"""LaMa: counts, alignments by hand, any size, the part that a hole needs, refusals."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from inpaint import losses
from inpaint.config import Config
from inpaint.errors import InputError
from inpaint.filling import fill
from inpaint.layers.ffc_units import TransposedUnit
from inpaint.layers.fourier import reflected
from inpaint.models import lama, lama_generator
from inpaint.models.lama_discriminator import LaMaDiscriminator


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(3)
    return lama.LaMaGenerator(base_filters=4, blocks=2)


def inputs(height, width, hole, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.random((1, height, width, 3)).astype(np.float32)
    mask = np.zeros((1, height, width, 1), np.float32)
    mask[:, hole[0], hole[1]] = 1
    return {"image": tf.constant(image * (1 - mask)), "hole": tf.constant(mask)}


def count(network):
    trainable = sum(np.prod(v.shape) for v in network.trainable_variables)
    others = sum(np.prod(v.shape) for v in network.non_trainable_variables)
    return int(trainable), int(others)


@pytest.mark.parametrize(
    ("blocks", "expected"), [(9, (27_048_835, 41_984)), (18, (50_975_875, 81_152))]
)
def test_parameters_of_the_generator(blocks, expected):
    assert count(lama.LaMaGenerator(64, blocks)) == expected


def test_parameters_of_the_discriminator():
    assert count(LaMaDiscriminator(64)) == (6_962_369, 2_816)


def test_scores_of_a_discriminator():
    scores, features = LaMaDiscriminator(1)(tf.zeros([1, 256, 256, 3]))
    assert [x.shape[1] for x in features] == [129, 65, 33, 17, 18]
    assert scores.shape == (1, 19, 19, 1)


def test_a_transposed_convolution_begins_at_the_first_tap():
    """PyTorch's padding of 1 and output padding of 1; SAME would begin with 0, 1."""
    unit = TransposedUnit(1)
    unit.build((None, None, None, 1))
    unit.kernel.assign(tf.reshape(tf.range(9.0), [3, 3, 1, 1]))
    y = unit.doubled(tf.constant([[1.0, 2], [3, 4]])[None, ..., None])
    expected = [[4, 11, 8, 10], [10, 26, 18, 24], [12, 27, 16, 20], [21, 48, 28, 32]]
    np.testing.assert_allclose(y[0, ..., 0], expected)


def test_strides_begin_at_the_first_padded_pixel():
    x = reflected(tf.reshape(tf.range(1.0, 17), [1, 4, 4, 1]), 1)
    y = tf.nn.conv2d(x, tf.ones([3, 3, 1, 1]), 2, "VALID")
    np.testing.assert_allclose(y[0, ..., 0], [[39, 51], [87, 99]])


def test_adversarial_losses_by_hand():
    """Known places are real to the critic; the generator's loss knows no mask."""
    real, painted, hole = (
        tf.reshape(tf.constant(x), [1, 1, 2, 1])
        for x in ([1.0, -1.0], [0.5, -2.0], [1.0, 0.0])
    )
    critic = float(losses.patch_critic(real, painted, hole))
    assert critic == pytest.approx(2.36376419, rel=1e-6)
    adversarial = 10 * float(losses.non_saturating(painted))
    assert adversarial == pytest.approx(13.0050250, rel=1e-6)


def test_masks_at_the_critics_patches():
    hole = tf.reshape(tf.range(256.0), [1, 256, 1, 1])
    rows = lama.LaMa.hole_at(hole, tf.zeros([1, 19, 1, 1]))[0, :, 0, 0]
    expected = [0, 13, 26, 40, 53, 67, 80, 94, 107, 121]
    expected += [134, 148, 161, 175, 188, 202, 215, 229, 242]
    np.testing.assert_array_equal(rows, expected)


@pytest.mark.parametrize("hole", [(slice(40, 60), slice(90, 100)), (0, 0)])
def test_the_part_that_a_hole_needs_is_that_of_the_whole(generator, monkeypatch, hole):
    monkeypatch.setattr(lama_generator, "BAND_PIXELS", 40 * 128)  # several bands
    given = inputs(104, 128, hole)
    whole = generator(given)["painted"]
    part, region = generator.complete(given)
    assert part.shape[1] < 104
    completed = region.put(part, (104, 128))
    difference = np.abs(completed - whole) * given["hole"]
    assert float(tf.reduce_max(difference)) < 1e-5


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (16, 17), (33, 70)])
def test_any_size_and_known_pixels(generator, size):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (1, *size, 3), np.uint8)
    mask = rng.random((1, *size, 1)) < 0.3
    filled = fill(generator, tf.constant(image), tf.constant(mask)).numpy()
    assert filled.shape == image.shape
    np.testing.assert_array_equal(np.where(mask, 0, filled), np.where(mask, 0, image))


def test_levels_are_cut_off_and_known_ones_survive(generator):
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    again = generator.to_uint8(generator.to_network(levels))
    np.testing.assert_array_equal(again, levels)
    picture = tf.constant([[[[0.5, 0.999, 1.0]]]])
    assert generator.to_uint8(picture)[0, 0, 0].numpy().tolist() == [127, 254, 255]


def test_transforms_are_float32_in_half_precision():
    half = lama.LaMaGenerator(4, 1, dtype="mixed_bfloat16")
    unit = half.blocks[0].first.convolution.spectral.fourier_unit
    x = tf.ones([1, 8, 8, 12], tf.bfloat16)
    graph = tf.function(unit.__call__).get_concrete_function(x).graph
    transforms = [op for op in graph.get_operations() if "RFFT2D" in op.type]
    assert sorted(op.type for op in transforms) == ["IRFFT2D", "RFFT2D"]
    for op in transforms:
        assert {x.dtype for x in (op.inputs[0], *op.outputs)} == {
            tf.float32,
            tf.complex64,
        }


def test_a_training_needs_the_resnet_or_to_do_without():
    config = Config(model="lama", base_filters=4, blocks=1, discriminator_filters=4)
    made = lama.LaMaGenerator(4, 1)
    with pytest.raises(InputError, match="resnet50_weights: the perceptual loss needs"):
        lama.LaMa.from_config(made, config)
    without = Config(model="lama", perceptual_alpha=0, discriminator_filters=4)
    model = lama.LaMa.from_config(made, without)
    assert not model.frozen
    (phase,) = model.phases()
    assert phase.batches() == [0, 0]  # both updates on one batch
    rates = {k: float(x.learning_rate) for k, x in model.optimizers().items()}
    assert rates == pytest.approx({"adam": 1e-3, "critic": 1e-4})


@pytest.mark.parametrize("wrong", ["base_filters", "blocks"])
def test_wrong_arguments_are_named(wrong):
    with pytest.raises(ValueError, match=f"`{wrong}` must be a positive integer"):
        lama.LaMaGenerator(**{wrong: 0})

"""LaMa against PyTorch's numbers: outputs, losses, gradients, in both modes."""

import golden_papers as golden
import numpy as np
import pytest
import tensorflow as tf

from inpaint.features.resnet50 import DilatedResNet50
from inpaint.layers.ffc_units import FFCBlock
from inpaint.models import lama_reference as reference
from inpaint.models.base import Batch
from inpaint.models.lama import LaMa, LaMaGenerator
from inpaint.models.lama_discriminator import LaMaDiscriminator


@pytest.fixture(scope="module")
def found():
    return golden.read("lama")


@pytest.fixture(scope="module")
def resnet_file(found, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("resnet") / "resnet50.npz")
    np.savez(path, **golden.below(found, "resnet/"))
    return path


@pytest.fixture(scope="module")
def networks(found, resnet_file):
    weights = golden.below(found, "generator/")
    blocks = {k.split(".")[1] for k in weights if ".conv1.ffc." in k}
    generator = LaMaGenerator(weights["model.1.bn_l.weight"].size, len(blocks))
    critic = LaMaDiscriminator(found["discriminator/model0.0.bias"].size)
    return LaMa(generator, critic, DilatedResNet50(resnet_file))


@pytest.fixture
def model(found, networks):
    """With the file's weights: training moves the batch statistics."""
    variables = reference.generator_variables(networks.generator)
    golden.assign(golden.below(found, "generator/"), variables)
    variables = reference.discriminator_variables(networks.critic)
    golden.assign(golden.below(found, "discriminator/"), variables)
    return networks


@pytest.fixture
def batch(found):
    images = golden.nhwc(found["img_uint8"]) / np.float32(255)
    masks = golden.nhwc(found["mask"]).astype(np.float32)
    return Batch(tf.constant(images), tf.constant(masks))


def inputs(batch):
    return {"image": batch.images * (1 - batch.masks), "hole": batch.masks}


@pytest.mark.parametrize("size", ["even", "odd"])
def test_block(found, size):
    unit = golden.below(found, "unit/")
    pair = [tf.constant(golden.nhwc(unit[f"{size}/block_x{k}"])) for k in "lg"]
    block = FFCBlock(*(x.shape[-1] for x in pair))
    block.build([x.shape for x in pair])
    golden.assign(golden.below(unit, "block/"), reference.block_variables(block))
    with tf.GradientTape() as tape:
        tape.watch(pair)
        y = block(pair)
        total = tf.reduce_sum(y[0] ** 2) + tf.reduce_sum(y[1] ** 3)
    gradient = tape.gradient(total, pair[1])
    expected = golden.nhwc(unit[f"{size}/block_grad_xg"])
    golden.assert_close(gradient, expected, golden.GRADIENTS, "gradient")
    in_training = block(pair, training=True)
    for found_pair, mode in ((y, ""), (in_training, "train_")):
        for part, kind in zip(found_pair, "lg"):
            expected = golden.nhwc(unit[f"{size}/block_{mode}y{kind}"])
            golden.assert_close(part, expected, golden.OUTPUTS, mode + kind)


def test_outputs(found, model, batch):
    painted = model.generator(inputs(batch))["painted"]
    expected = golden.nhwc(found["eval/predicted"])
    golden.assert_close(painted, expected, golden.OUTPUTS)
    scores, features = model.critic(batch.images)
    golden.assert_close(scores, golden.nhwc(found["eval/score"]), golden.OUTPUTS)
    shapes = [(f.shape[3], *f.shape[1:3]) for f in features]
    np.testing.assert_array_equal(shapes, found["eval/feature_shapes"])


def test_generator_losses_and_gradients(found, model, batch):
    with tf.GradientTape() as tape:
        total, scalars = model.generator_losses(batch)
    assert golden.near(total, found["g/total"])
    for name, key in (
        ("known_l1", "l1"),
        ("adversarial", "adv"),
        ("feature_matching", "fm"),
        ("perceptual", "resnet_pl"),
    ):
        assert golden.near(scalars[f"losses/{name}"], found[f"g/{key}"]), name
    variables = reference.generator_variables(model.generator)
    golden.assert_gradients(tape, total, variables, golden.below(found, "g/grad/"))


def test_painted_in_training(found, model, batch):
    painted = model.paint(batch)["painted"]
    golden.assert_close(painted, golden.nhwc(found["g/predicted"]), golden.OUTPUTS)
    scores, _ = model.critic(painted, training=True)
    golden.assert_close(scores, golden.nhwc(found["g/fake_score"]), golden.OUTPUTS)


def test_resnet_shapes(found, model, batch):
    features = model.perceptual(batch.images)
    shapes = [(f.shape[3], *f.shape[1:3]) for f in features]
    np.testing.assert_array_equal(shapes, found["g/resnet_shapes"])


def test_critic_losses_and_gradients(found, model, batch):
    with tf.GradientTape() as tape:
        total, scalars = model.critic_losses(batch)
    assert golden.near(total, found["d/loss"])
    assert golden.near(scalars["losses/gradient_penalty"], found["d/gp_term"])
    variables = reference.discriminator_variables(model.critic)
    golden.assert_gradients(tape, total, variables, golden.below(found, "d/grad/"))


def test_scores_of_the_critic(found, model, batch):
    real, _ = model.critic(batch.images, training=True)
    golden.assert_close(real, golden.nhwc(found["d/real_score"]), golden.OUTPUTS)
    hole = model.hole_at(batch.masks, real)
    np.testing.assert_array_equal(hole, golden.nhwc(found["d/mask_scaled"]))

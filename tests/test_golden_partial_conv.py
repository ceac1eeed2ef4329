"""Partial convolutions against PyTorch's numbers: U-Net, losses, both phases."""

import golden_papers as golden
import numpy as np
import pytest
import tensorflow as tf

from inpaint import losses
from inpaint.models.base import Batch
from inpaint.models.partial_conv import PartialConv, PartialConvGenerator
from inpaint.models.partial_conv_reference import generator_variables


class TinyExtractor:
    """The golden files' stand-in for VGG16: convolution, ReLU and pooling, thrice."""

    name, weights = "tiny", ()

    def __init__(self, arrays):
        self.layers = [
            (golden.kernel(arrays[f"blocks.{i}.weight"]), arrays[f"blocks.{i}.bias"])
            for i in range(3)
        ]

    def __call__(self, x):
        features = []
        for kernel, bias in self.layers:
            x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
            features.append(x)
        return features


@pytest.fixture(scope="module")
def found():
    return golden.read("partial_conv")


@pytest.fixture(scope="module")
def network(found):
    filters = found["unet/enc_1.conv.input_conv.weight"].shape[0]
    generator = PartialConvGenerator(filters, int(found["levels"]))
    return PartialConv(generator, TinyExtractor(golden.below(found, "extractor/")))


@pytest.fixture
def model(found, network):
    """With the file's weights: training moves the batch statistics."""
    weights = golden.below(found, "unet/")
    golden.assign(weights, generator_variables(network.generator))
    return network


@pytest.fixture
def batch(found, model):
    """The files' masks are 1 where known."""
    images = model.generator.to_network(golden.nhwc(found["gt_uint8"]))
    masks = 1.0 - golden.nhwc(found["mask"]).astype(np.float32)
    return Batch(images, tf.constant(masks))


def test_output(found, model, batch):
    inputs = {"image": batch.images, "hole": batch.masks}
    painted = model.generator(inputs)["painted"]
    expected = golden.nhwc(found["unet_nv/eval_output"])
    golden.assert_close(painted, expected, golden.OUTPUTS)


def test_a_ports_weights_are_divided_by_their_values(found, model, batch):
    """Its layer lacks the factor sum(1): see `partial_conv_reference`."""
    generator = model.generator
    for layer in (*generator.encoder, *generator.decoder):
        layer.kernel.assign(layer.kernel / np.prod(layer.kernel.shape[:3]))
    painted = generator({"image": batch.images, "hole": batch.masks})["painted"]
    expected = golden.nhwc(found["unet_naoto/eval_output"])
    golden.assert_close(painted, expected, golden.OUTPUTS)


@pytest.mark.parametrize("phase", ["train", "finetune"])
def test_losses_and_gradients(found, model, batch, phase):
    expected = golden.below(found, f"unet_nv/{phase}/")
    variables = generator_variables(model.generator)
    with tf.GradientTape() as tape:
        total, scalars = model.generator_losses(batch, phase == "finetune")
    for name in ("valid", "hole", "perceptual", "style"):
        key = {"perceptual": "prc"}.get(name, name)
        assert golden.near(scalars[f"losses/{name}"], expected[key]), name
    statistics = {k: v.numpy() for k, v in variables.items()}
    painted = model.painted(batch, phase == "finetune")
    completed = tf.where(batch.masks > 0.5, painted, batch.images)
    of_all = losses.total_variation(completed)
    assert golden.near(of_all, expected["tv"])
    # The golden total's variation is of all of the picture; where nothing is painted
    # it is a constant.
    constant = 0.1 * (of_all - scalars["losses/total_variation"])
    assert golden.near(total + constant, expected["total"])
    golden.assert_gradients(tape, total, variables, golden.below(expected, "grad/"))
    for key in expected:
        if key.endswith("_after"):
            statistic = statistics[key[: -len("_after")]]
            golden.assert_close(statistic, expected[key], golden.OUTPUTS, key)


def test_gram(found, model, batch):
    """Of the second features of the picture."""
    matrices = losses.gram(model.features(batch.images)[1])
    golden.assert_close(matrices, found["gram_nv"], golden.OUTPUTS)

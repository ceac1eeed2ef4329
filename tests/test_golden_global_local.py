"""Global&Local against reference implementations: outputs, losses, gradients, steps."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch_golden
from torch_golden import OUTPUT, assert_close, nhwc

from inpaint import losses
from inpaint.models import global_local
from inpaint.models.global_local_critic import GlobalLocalCritic
from inpaint.models.global_local_generator import GlobalLocalGenerator

# The local critic's last batch norm is over two values, one of each picture: whatever
# their distance, they come out as ±1, and the gradient that is left is a difference of
# nearly equal numbers. The golden file's is off by 7e-3 of one computed in float64.
THROUGH_TWO_VALUES = 1e-2

GOLDEN = torch_golden.paper("glcic")

pytestmark = pytest.mark.skipif(not GOLDEN, reason="the golden files have no glcic")


def names_of_generator(network):
    layers = [*network.encoder.layers, *network.decoder.layers]
    found = []
    for number, layer in enumerate(layers, start=1):
        found += torch_golden.of_layer(layer, layer.name, f"bn{number}")
    return found


def names_of_critic(network):
    found = []
    for part, prefix in ((network.local_part, "ld"), (network.global_part, "gd")):
        *convolutions, _, dense = part.layers
        for i, layer in enumerate(convolutions, start=1):
            names = f"model_{prefix}.conv{i}", f"model_{prefix}.bn{i}"
            found += torch_golden.of_layer(layer, *names)
        size = convolutions[-1].output.shape[1:3]

        def lay_out(weight, size=size):
            return torch_golden.dense_kernel(weight, size)

        found.append((dense.kernel, f"model_{prefix}.linear6.weight", lay_out))
        found.append((dense.bias, f"model_{prefix}.linear6.bias", np.asarray))
    found.append((network.joint.kernel, "linear1.weight", np.transpose))
    found.append((network.joint.bias, "linear1.bias", np.asarray))
    return found


def trainable(found):
    return [each for each in found if each[0].trainable]


def generator(mean=(0.0, 0.0, 0.0), activation_first=True):
    """With port A's weights, whose input does not have the mean colour taken off."""
    network = GlobalLocalGenerator(
        base_filters=len(GOLDEN["cn/conv1.bias"]), activation_first=activation_first
    )
    torch_golden.assign(names_of_generator(network), GOLDEN, "cn/")
    network.mean_color.assign(mean)
    return network


def critic():
    height, width = GOLDEN["x"].shape[2:]
    local = int(GOLDEN["local"])
    network = GlobalLocalCritic(
        (height, width),
        (local, local),
        filters=len(GOLDEN["cd/model_ld.conv1.bias"]),
        convolutions=(5, 5),
        activation_first=True,
    )
    torch_golden.assign(names_of_critic(network), GOLDEN, "cd/")
    return network


def inputs():
    return {"image": nhwc(GOLDEN["cn_input"])[..., :3], "hole": nhwc(GOLDEN["mask"])}


def local(pictures, place):
    x, y = GOLDEN[f"local_area_{place}_xy"]
    side = int(GOLDEN["local"])
    return pictures[:, y : y + side, x : x + side]


@pytest.mark.parametrize("graph", [False, True])
def test_output_of_the_port(graph):
    network = generator()
    call = tf.function(network) if graph else network
    assert_close(call(inputs())["painted"], nhwc(GOLDEN["eval/output"]), OUTPUT)


@pytest.mark.parametrize("suffix", ["", "_zero_mean"])
def test_output_of_the_release(suffix):
    """Of the picture as it is, and of one whose mean colour is taken off."""
    mean = GOLDEN["mpv"].ravel() if suffix else np.zeros(3)
    network = generator(mean, activation_first=False)
    expected = nhwc(GOLDEN[f"eval/released_output{suffix}"])
    painted = network(inputs())["painted"]
    np.testing.assert_allclose(painted, expected, rtol=0, atol=2e-6)


def test_scores():
    pictures = nhwc(GOLDEN["x"])
    logits = critic()({"whole": pictures, "local": local(pictures, "real")})
    assert_close(tf.sigmoid(logits), GOLDEN["eval/score_real"], OUTPUT)


def tolerance(name):
    """Of a variable's gradient."""
    exact = name.startswith(("model_gd", "linear", "model_ld.linear"))
    return torch_golden.GRADIENT if exact else THROUGH_TWO_VALUES


def test_a_training_step():
    """Port A's: the critic sees what was painted, not the completed picture."""
    network, judge = generator(), critic()
    real, hole = nhwc(GOLDEN["x"]), nhwc(GOLDEN["mask"])
    of_generator = trainable(names_of_generator(network))
    of_critic = trainable(names_of_critic(judge))
    with tf.GradientTape(persistent=True) as tape:
        painted = network(inputs(), training=True)["painted"]
        scores = {
            place: judge({"whole": x, "local": local(x, place)}, training=True)
            for place, x in (("fake", painted), ("real", real))
        }
        discriminators = global_local.discriminator_loss(scores["real"], scores["fake"])
        discriminators *= float(GOLDEN["alpha"]) / 2
        reconstructed = global_local.reconstruction(real, painted, hole)
        completion = 0.5 * global_local.completion_loss(
            reconstructed, scores["fake"], float(GOLDEN["alpha"])
        )
    assert_close(painted, nhwc(GOLDEN["train/output"]), OUTPUT)
    for place, logits in scores.items():
        assert_close(tf.sigmoid(logits), GOLDEN[f"train/score_{place}"], OUTPUT)
    for name, value in (
        ("mse", reconstructed),
        ("adv", losses.real_cross_entropy(scores["fake"])),
        ("loss_cd", discriminators),
        ("loss_cn", completion),
    ):
        assert_close(value, GOLDEN[f"train/{name}"], OUTPUT, name)
    for loss, found, prefix in (
        (completion, of_generator, "train/grad_cn/"),
        (discriminators, of_critic, "train/grad_cd/"),
    ):
        gradients = tape.gradient(loss, [variable for variable, *_ in found])
        torch_golden.assert_gradients(found, gradients, GOLDEN, prefix, tolerance)
    for number, layer in (
        (1, network.encoder.layers[0]),
        (13, network.decoder.layers[2]),
    ):
        for name, variable in (
            ("mean", layer.norm.moving_mean),
            ("var", layer.norm.moving_variance),
        ):
            name = f"train/bn{number}.running_{name}_after"
            assert_close(variable, GOLDEN[name], OUTPUT, name)


def test_adadelta():
    values = GOLDEN["adadelta/values"]
    variable = tf.Variable(values[0])
    adadelta = keras.optimizers.Adadelta(1.0, rho=0.9, epsilon=1e-6)
    adadelta.build([variable])
    for gradient, expected in zip(GOLDEN["adadelta/grads"], values[1:], strict=True):
        adadelta.apply_gradients([(tf.constant(gradient), variable)])
        assert_close(variable, expected, OUTPUT)

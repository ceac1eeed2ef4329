"""Context Encoders against reference implementations: outputs, losses, gradients."""

import numpy as np
import pytest
import tensorflow as tf
import torch_golden
from torch_golden import OUTPUT, assert_close, nhwc

from inpaint import losses
from inpaint.layers import ChannelwiseDense
from inpaint.models import context_encoder
from inpaint.models.context_encoder_critic import ContextEncoderCritic
from inpaint.models.context_encoder_networks import (
    HOLE_LEVELS,
    ContextEncoderGenerator,
    ContextEncoderRandomGenerator,
)

GOLDEN = torch_golden.paper("context_encoder")
WEIGHT = 0.999

pytestmark = pytest.mark.skipif(
    not GOLDEN, reason="the golden files have no context_encoder"
)


def names(part):
    """Of the variables of a stack, counted as the reference counts its modules."""
    found, number = [], 0
    for layer in part.layers:
        found += torch_golden.of_layer(layer, f"{number}", f"{number + 1}")
        number += 2 if layer.norm is None else 3
    return found


def network(generator, prefix, bottleneck="17", **options):
    """With the weights under a prefix; `bottleneck` is the module after it."""
    made = generator(
        base_filters=len(GOLDEN[f"{prefix}0.weight"]),
        bottleneck=len(GOLDEN[f"{prefix}{bottleneck}.weight"]),
        use_bias=f"{prefix}0.bias" in GOLDEN,
        **options,
    )
    torch_golden.assign(names(made.autoencoder), GOLDEN, prefix)
    return made


def random_network():
    return network(ContextEncoderRandomGenerator, "random_g/", "14", size=64)


def critic(prefix):
    made = ContextEncoderCritic(
        filters=len(GOLDEN[f"{prefix}0.weight"]), use_bias=f"{prefix}0.bias" in GOLDEN
    )
    torch_golden.assign(names(made.part), GOLDEN, prefix)
    return made


def pictures():
    return nhwc(GOLDEN["x_uint8"]).astype(np.float32) / 127.5 - 1.0


def middle(x):
    return x[:, 32:96, 32:96]


def holed():
    x, o = pictures(), int(GOLDEN["overlap"])
    x[:, 32 + o : 96 - o, 32 + o : 96 - o] = GOLDEN["fill"]
    return x


def small_pictures():
    rows, columns = str(GOLDEN["random/x_is"]).rstrip("]").split(",")[2:]
    (top, bottom), (left, right) = (
        map(int, part.split(":")) for part in (rows, columns)
    )
    return pictures()[:, top:bottom, left:right]


def small_holed():
    hole = nhwc(GOLDEN["random/mask"]) > 0.5
    return np.where(hole, GOLDEN["fill"], small_pictures())


def test_hole_color():
    color = np.array(HOLE_LEVELS) / 127.5 - 1
    np.testing.assert_allclose(color, GOLDEN["fill"], rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("prefix", "name"), [("port_g/main.", "port"), ("lua_g/", "lua")]
)
def test_output_of_the_centre(prefix, name):
    generator = network(ContextEncoderGenerator, prefix)
    painted = generator.paint_middle(tf.constant(holed()))
    assert_close(painted, nhwc(GOLDEN[f"{name}/eval_output"]), OUTPUT)
    whole = generator({"image": tf.constant(holed())})["painted"].numpy()
    np.testing.assert_array_equal(middle(whole), painted)
    np.testing.assert_array_equal(whole[:, :32], holed()[:, :32])


def test_output_of_random_regions():
    generator = random_network()
    painted = generator({"image": tf.constant(small_holed())})["painted"]
    assert_close(painted, nhwc(GOLDEN["random/eval_output"]), OUTPUT)


def test_scores():
    logits = critic("port_d/main.")(tf.constant(middle(pictures())))
    assert_close(tf.sigmoid(logits), GOLDEN["port/eval_score"], OUTPUT)


CASES = {
    "port": ("port_d/main.", "main."),
    "random/plain": ("random_d/", ""),
    "random/overlap": ("random_d/", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_a_training_step(case):
    of_critic, prefix = CASES[case]
    if case == "port":
        generator = network(ContextEncoderGenerator, "port_g/main.")
        real, incomplete = middle(pictures()), holed()
        weights = context_encoder.rim_weights(64, int(GOLDEN["overlap"]), WEIGHT)
    else:
        generator = random_network()
        real, incomplete = small_pictures(), small_holed()
        known = 1 - nhwc(GOLDEN["random/mask"])
        weights = WEIGHT * (1 + 9 * known * (case == "random/overlap"))
    judge = critic(of_critic)
    with tf.GradientTape(persistent=True) as tape:
        painted = generator.autoencoder(tf.constant(incomplete), training=True)
        on_real = judge(tf.constant(real), training=True)
        on_painted = judge(painted, training=True)
        discriminator = context_encoder.discriminator_loss(on_real, on_painted)
        weighted = context_encoder.weighted_l2(real, painted, weights)
        total = context_encoder.joint_loss(weighted, on_painted, WEIGHT)
    if case == "port":
        assert_close(painted, nhwc(GOLDEN["port/fake_train"]), OUTPUT)
    for name, value in (
        ("real_score", tf.sigmoid(on_real)[:, 0]),
        ("fake_score", tf.sigmoid(on_painted)[:, 0]),
        ("err_d", discriminator),
        ("err_adv", losses.real_cross_entropy(on_painted)),
        ("weighted_l2", weighted),
        ("total", total),
    ):
        assert_close(value, GOLDEN[f"{case}/{name}"], OUTPUT, name)
    for loss, part, kind in (
        (total, generator.autoencoder, "grad_g"),
        (discriminator, judge.part, "grad_d"),
    ):
        key = f"{case}/{kind}/{prefix}"
        found = [each for each in names(part) if each[0].trainable]
        if any(name.startswith(key) for name in GOLDEN):
            gradients = tape.gradient(loss, [variable for variable, *_ in found])
            torch_golden.assert_gradients(found, gradients, GOLDEN, key)


def test_channelwise_dense():
    x = nhwc(GOLDEN["cwfc/x"])
    layer = ChannelwiseDense()
    layer.build(x.shape)
    layer.kernel.assign(GOLDEN["cwfc/w"])
    layer.bias.assign(GOLDEN["cwfc/b"])
    assert_close(layer(x), nhwc(GOLDEN["cwfc/y"]), OUTPUT)

"""Where the truth is unknown neither losses nor critics look, in any model's update.

The gradients there are exactly 0, of the truth and of what the network painted, and
what stands there, even no number, changes no loss.
"""

import dataclasses
import functools

import numpy as np
import pytest
import tensorflow as tf
from test_contract import NAMES, config_of

from inpaint import masks
from inpaint.models import building
from inpaint.models.base import Batch

CASES = [*NAMES, "deepfill_v1 of boxes"]


def settings_of(case):
    name, _, boxes = case.partition(" ")
    return dataclasses.replace(config_of(name), brush_strokes=not boxes, batch_size=2)


class Probed:
    """A generator to whose pictures something is added, in training."""

    def __init__(self, generator, probe):
        self._generator, self._probe = generator, probe

    def __getattr__(self, name):
        return getattr(self._generator, name)

    def __call__(self, inputs, **options):
        found = self._generator(inputs, **options)
        stages = {s: tf.cast(found[s], tf.float32) for s in self.stages}
        return {**found, **{s: x + self._probe for s, x in stages.items()}}

    def first_stage(self, *planes):
        return self._generator.first_stage(*planes) + self._probe


@functools.cache
def model_of(case):
    return building.build_model(settings_of(case))


def planes_of(case):
    """A model's draws with its truth unknown in two places, one of them in the hole."""
    height, width, _ = settings_of(case).img_shapes
    rng = np.random.default_rng(5)
    found = model_of(case).sampler.draw(masks.rng(1, 0), 2, height, width)
    valid = np.ones((2, height, width, 1), np.float32)
    valid[0, : height // 4] = 0
    valid[1, height // 3 : height // 2, width // 3 : width // 2] = 0
    found["masks"] = np.maximum(found["masks"], 1 - valid)
    levels = rng.integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    images = model_of(case).generator.to_network(levels)
    return {name: tf.constant(x) for name, x in found.items()}, images, valid


def totals(case, images, probe, draws, valid):
    """The total of every update of every phase, its state as it was before."""
    model = model_of(case)
    state = [v for network in model.networks for v in network.non_trainable_variables]
    before = [v.numpy() for v in state]
    generator, model.generator = model.generator, Probed(model.generator, probe)
    found = {}
    try:
        for phase in model.phases():
            for update in phase.updates:
                batch = Batch.of(images, valid=tf.constant(valid), **draws)
                found[phase.name, update.name] = update.losses(batch).total
                for variable, value in zip(state, before):
                    variable.assign(value)
    finally:
        model.generator = generator
    return found


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_0_where_the_truth_is_unknown(case):
    draws, images, valid = planes_of(case)
    probe = tf.zeros_like(images)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([images, probe])
        found = totals(case, images, probe, draws, valid)
    unknown = np.broadcast_to(valid == 0, images.shape)
    seen = set()
    for key, total in found.items():
        for name, of in (("truth", images), ("painted", probe)):
            gradient = tape.gradient(total, of)
            if gradient is not None:
                assert np.all(gradient.numpy()[unknown] == 0), (key, name)
                assert np.any(gradient.numpy()[~unknown] != 0), (key, name)
                seen.add(name)
    assert seen == {"truth", "painted"}


@pytest.mark.parametrize("case", CASES)
def test_no_loss_depends_on_what_stands_there(case):
    draws, images, valid = planes_of(case)
    nothing = tf.zeros_like(images)
    expected = totals(case, images, nothing, draws, valid)
    no_number = tf.where(valid > 0, images, np.nan)
    painted = tf.where(valid > 0, nothing, np.nan)
    found = totals(case, no_number, painted, draws, valid)
    assert {k: float(v) for k, v in found.items()} == {
        k: float(v) for k, v in expected.items()
    }
    changed = totals(case, images * 0.5, nothing, draws, valid)
    assert any(float(changed[k]) != float(v) for k, v in expected.items())


def test_the_mean_is_over_all_pixels():
    """Known ones weigh what they did: of two, one is unknown and one is 1 off."""
    images = tf.constant([1.0, 5.0], shape=[1, 1, 2, 1])
    valid = tf.constant([1.0, 0.0], shape=[1, 1, 2, 1])
    batch = Batch.of(images, None, valid=valid)
    painted = batch.judged(tf.constant([2.0, 9.0], shape=[1, 1, 2, 1]))
    assert float(tf.reduce_mean(tf.abs(batch.images - painted))) == 0.5


def test_without_unknown_truth_nothing_is_touched():
    images = tf.ones([1, 2, 2, 3])
    assert Batch.of(images, None).images is images

"""SN-PatchGAN and DeepFill v2's losses: sizes, names, what each update sees."""

import numpy as np
import pytest
import tensorflow as tf
from release import critic_shapes

from inpaint.config import Config
from inpaint.errors import InputError
from inpaint.features.texture import Texture
from inpaint.models import build_model
from inpaint.models.base import Batch
from inpaint.models.sn_patch_gan import SNPatchGAN, leaky_relu

SMALL = {"base_filters": 4, "discriminator_filters": 4}
SIZE = 64


def random(*shape, seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, shape)
    return tf.constant(values, tf.float32)


def small_batch(count=2, edges=False):
    """Pictures, a box of a mask for all, and edges inside and outside of it."""
    mask = np.zeros((1, SIZE, SIZE, 1), np.float32)
    mask[:, 16:48, 24:56] = 1
    sketch = tf.cast(random(count, SIZE, SIZE, 1, seed=1) > 0.8, tf.float32)
    return Batch(
        random(count, SIZE, SIZE, 3), tf.constant(mask), sketch if edges else None
    )


def trainable_values(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


@pytest.mark.parametrize(("channels", "values"), [(4, 5_946_816), (5, 5_948_416)])
def test_number_of_values(channels, values):
    assert trainable_values(SNPatchGAN(channels)) == values


def test_its_width_scales():
    critic = SNPatchGAN(4, filters=8)
    widths = [convolution.filters for convolution in critic.convolutions]
    assert widths == [8, 16, 32, 32, 32, 32]


def test_names_and_shapes_are_the_releases():
    found = SNPatchGAN().variables_by_name()
    assert {name: list(v.shape) for name, v in found.items()} == critic_shapes()


@pytest.mark.parametrize(("size", "places"), [((64, 64), 1), ((65, 130), 2 * 3)])
def test_it_scores_every_patch_and_feature(size, places):
    scores = SNPatchGAN(4, filters=4)(random(2, *size, 4))
    assert scores.shape == (2, places * 16)
    assert scores.dtype == tf.float32


def test_an_unknown_spectral_norm_is_named():
    with pytest.raises(ValueError, match=r"`spectral_norm` .* Received: 'other'"):
        SNPatchGAN(spectral_norm="other")


def test_leaky_relu_and_its_slope():
    x = tf.constant([-2.0, -0.5, 0.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = leaky_relu(x)
        total = tf.reduce_sum(y * [1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(y, [-0.4, -0.1, 0.0, 3.0], rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(total, x), [0.2, 0.4, 0.6, 4.0], rtol=1e-6)


def test_the_registry_builds_what_the_settings_say():
    model = build_model(Config(**SMALL, guided=True, gan_with_mask=False))
    assert model.critics[0].channels == 4
    assert model.generator.guided
    assert model.critic_updates == 1
    assert build_model(Config(**SMALL)).critics[0].channels == 4
    assert build_model(Config(**SMALL, guided=True)).critics[0].channels == 5
    assert build_model(Config(**SMALL, gan_with_mask=False)).critics[0].channels == 3


def test_a_critic_nobody_listens_to_is_not_trained():
    model = build_model(Config(**SMALL, gan_loss_alpha=0))
    assert model.critic_updates == 0
    batch = small_batch()
    with tf.GradientTape() as tape:
        total, scalars = model.generator_losses(batch)
    assert float(total) == float(scalars["losses/ae_loss"]) > 0.1
    assert tape.gradient(total, model.critic_variables) == [None] * 12


def test_version_1s_loss_is_refused():
    with pytest.raises(InputError, match="gan: wgan_gp is not how deepfill_v2"):
        build_model(Config(**SMALL, gan="wgan_gp"))


def test_every_variable_has_a_name():
    model = build_model(Config(**SMALL))
    named = {id(v) for v in model.variables_by_name().values()}
    trained = model.generator_variables + model.critic_variables
    state = model.critics[0].non_trainable_variables
    assert named == {id(v) for v in [*trained, *state]}
    assert len(trained) == len({id(v) for v in trained})


def test_painting_keeps_known_pixels():
    model = build_model(Config(**SMALL))
    batch = small_batch()
    painted = model.paint(batch)
    hole = np.broadcast_to(batch.masks == 1, batch.images.shape)
    known = np.where(hole, 0.0, batch.images)
    np.testing.assert_array_equal(painted["incomplete"], known)
    completed = np.where(hole, painted["refined"], batch.images)
    np.testing.assert_array_equal(painted["completed"], completed)
    assert painted["offsets"].shape == (2, SIZE // 8, SIZE // 8, 2)


def recorded(model, monkeypatch):
    """What the critic is shown from now on."""
    shown = []
    critic = model.critics[0]
    call = critic.call

    def record(inputs, training=None):
        shown.append((np.asarray(inputs), training))
        return call(inputs, training=training)

    monkeypatch.setattr(critic, "call", record)
    return shown


def test_the_critic_sees_picture_mask_and_edges_real_and_completed(monkeypatch):
    model = build_model(Config(**SMALL, guided=True))
    shown = recorded(model, monkeypatch)
    batch = small_batch(edges=True)
    model.critic_losses(batch)
    ((pictures, training),) = shown
    assert training is True
    mask = np.broadcast_to(batch.masks, (2, SIZE, SIZE, 1))
    np.testing.assert_array_equal(pictures[:2, ..., :3], batch.images)
    completed = model.paint(batch)["completed"]
    np.testing.assert_allclose(pictures[2:, ..., :3], completed, atol=1e-6)
    for half in (pictures[:2], pictures[2:]):
        np.testing.assert_array_equal(half[..., 3:4], mask)
        np.testing.assert_array_equal(half[..., 4:5], batch.edges * mask)


@pytest.mark.parametrize(
    "settings", [{}, {"gan_with_mask": False}, {"guided": True}, {"padding": "REFLECT"}]
)
def test_losses_are_those_of_the_scores(settings):
    model = build_model(Config(**SMALL, **settings))
    batch = small_batch(edges=settings.get("guided", False))
    start = [v.numpy() for v in model.critics[0].non_trainable_variables]
    painted = model.paint(batch)
    real, completed = (x.numpy() for x in model.scores(batch, painted["completed"]))
    found = []
    for losses in (model.critic_losses, model.generator_losses):
        for variable, value in zip(model.critics[0].non_trainable_variables, start):
            variable.assign(value)
        found.append(losses(batch))
    (_, critics_scalars), (total, scalars) = found
    assert not {*critics_scalars} & {*scalars}
    scalars = {**critics_scalars, **scalars}
    positive = np.maximum(1 - real, 0).mean()
    negative = np.maximum(1 + completed, 0).mean()
    reconstruction = sum(
        np.abs(batch.images - painted[stage]).mean() for stage in ("coarse", "refined")
    )
    assert {tag: float(value) for tag, value in scalars.items()} == pytest.approx(
        {
            "gan_hinge_loss/pos_hinge_avg": positive,
            "gan_hinge_loss/neg_hinge_avg": negative,
            "gan_hinge_loss/d_loss": (positive + negative) / 2,
            "gan_hinge_loss/g_loss": -completed.mean(),
            "losses/ae_loss": reconstruction,
            "losses/g_loss": reconstruction - completed.mean(),
        },
        abs=1e-5,
    )
    assert float(total) == float(scalars["losses/g_loss"])


def test_weights_of_the_losses():
    settings = {"gan_loss_alpha": 0.5, "l1_loss_alpha": 3.0}
    plain = build_model(Config(**SMALL))
    weighted = build_model(Config(**SMALL, **settings))
    without = build_model(Config(**SMALL, **settings, ae_loss=False))
    values = {k: v.numpy() for k, v in plain.variables_by_name().items()}
    batch, losses = small_batch(), []
    for model in (plain, weighted, without):
        for name, variable in model.variables_by_name().items():
            variable.assign(values[name])
        losses.append(
            {k: float(v) for k, v in model.generator_losses(batch)[1].items()}
        )
    gan, ae = losses[0]["gan_hinge_loss/g_loss"], losses[0]["losses/ae_loss"]
    assert losses[1]["losses/ae_loss"] == pytest.approx(3 * ae)
    assert losses[1]["gan_hinge_loss/g_loss"] == pytest.approx(gan)
    assert losses[1]["losses/g_loss"] == pytest.approx(0.5 * gan + 3 * ae)
    assert losses[2]["losses/ae_loss"] == pytest.approx(3 * ae)
    assert losses[2]["losses/g_loss"] == pytest.approx(0.5 * gan)


def test_the_texture_loss_is_one_more_of_both_stages():
    batch = small_batch()
    model = build_model(Config(**SMALL, texture_alpha=3.0, gan_loss_alpha=0.0))
    painted = model.paint(batch)
    found = model.generator_losses(batch, painted).scalars
    texture = sum(
        Texture()(
            painted[stage] * batch.masks + batch.images * (1 - batch.masks),
            batch.images,
            batch.masks,
        )
        for stage in ("coarse", "refined")
    )
    assert float(texture) > 0.01
    assert float(found["losses/texture"]) == pytest.approx(float(texture), rel=1e-5)
    assert float(found["losses/g_loss"]) == pytest.approx(
        float(found["losses/ae_loss"]) + 3 * float(texture), rel=1e-5
    )
    assert (
        "losses/texture"
        not in build_model(Config(**SMALL)).generator_losses(batch).scalars
    )


def test_the_texture_loss_leaves_out_a_rim():
    """A box of 32 without a rim of 2 pixels is the box of 28 in its middle."""
    batch = small_batch()
    model = build_model(Config(**SMALL, texture_alpha=1.0, texture_depth=2))
    deep = np.zeros((1, SIZE, SIZE, 1), np.float32)
    deep[:, 18:46, 26:54] = 1
    painted = model.paint(batch)
    texture = sum(
        Texture()(
            painted[stage] * batch.masks + batch.images * (1 - batch.masks),
            batch.images,
            deep,
        )
        for stage in ("coarse", "refined")
    )
    found = model.generator_losses(batch, painted).scalars["losses/texture"]
    assert float(found) == pytest.approx(float(texture), rel=1e-5)


def test_the_critics_loss_carries_no_gradient_to_the_generator():
    model = build_model(Config(**SMALL))
    with tf.GradientTape() as tape:
        total, scalars = model.critic_losses(small_batch())
    assert float(total) == float(scalars["gan_hinge_loss/d_loss"])
    found = tape.gradient(total, [model.generator_variables, model.critic_variables])
    assert all(gradient is None for gradient in found[0])
    assert all(np.abs(gradient).max() > 0 for gradient in found[1])


def test_the_generators_loss_reaches_every_part_of_it():
    model = build_model(Config(**SMALL))
    with tf.GradientTape() as tape:
        total, _ = model.generator_losses(small_batch())
    for gradient in tape.gradient(total, model.generator_variables):
        assert np.abs(gradient).max() > 0


def test_u_moves_in_both_losses_and_not_in_painting():
    model = build_model(Config(**SMALL))
    state = model.critics[0].non_trainable_variables
    batch = small_batch()

    def moved(function):
        before = [v.numpy() for v in state]
        function(batch)
        return [not np.array_equal(v, x) for v, x in zip(state, before)]

    assert moved(model.critic_losses) == [True] * 6
    assert moved(model.generator_losses) == [True] * 6
    assert moved(model.paint) == [False] * 6


def test_one_mask_for_all_is_each_ones_mask():
    model = build_model(Config(**SMALL))
    batch = small_batch()
    state = [(v, v.numpy()) for v in model.critics[0].non_trainable_variables]
    shared, _ = model.generator_losses(batch)
    for variable, value in state:
        variable.assign(value)
    each = batch._replace(masks=tf.repeat(batch.masks, 2, axis=0))
    assert float(model.generator_losses(each)[0]) == pytest.approx(float(shared))


def test_losses_from_what_was_painted_before():
    model = build_model(Config(**SMALL))
    batch = small_batch()
    state = [(v, v.numpy()) for v in model.critics[0].non_trainable_variables]
    afresh, _ = model.generator_losses(batch)
    for variable, value in state:
        variable.assign(value)
    with tf.GradientTape() as tape:
        painted = model.paint(batch)
        total, scalars = model.generator_losses(batch, painted)
        loss = scalars["losses/ae_loss"]
    assert float(total) == pytest.approx(float(afresh))
    gradient = tape.gradient(loss, painted["refined"])
    # |x − refined| is a mean over all values of the batch.
    assert float(tf.reduce_sum(tf.abs(gradient))) == pytest.approx(1.0, rel=1e-4)

"""DeepFill v1's losses: what each update sees, and what it comes to."""

import numpy as np
import pytest
import tensorflow as tf

from inpaint import config
from inpaint.errors import InputError
from inpaint.models import build_model
from inpaint.models.base import Batch

SMALL = {
    "model": "deepfill_v1",
    "base_filters": 4,
    "discriminator_filters": 4,
    "img_shapes": [32, 40, 3],
    "height": 16,
    "width": 24,
}
BOX = (8, 12, 16, 24)
GRADIENT_FREE = {"l1_loss": False, "ae_loss": False}


def random(*shape, seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, shape)
    return tf.constant(values, tf.float32)


def small_model(**settings):
    return build_model(config.from_dict({**SMALL, **settings}, "a test"))


def small_batch(**changes):
    """Two pictures, a box for both, its hole two pixels smaller all round."""
    mask = np.zeros((1, 32, 40, 1), np.float32)
    mask[:, 10:22, 14:34] = 1
    found = {
        "images": random(2, 32, 40, 3),
        "masks": tf.constant(mask),
        "boxes": tf.constant([BOX], tf.int32),
        "alphas": tf.constant([[0.25, 0.5], [0.75, 0.125]]),
        **changes,
    }
    return Batch.of(**found)


def at_box(x):
    return np.asarray(x)[:, 8:24, 12:36]


def test_version_2s_loss_is_refused():
    with pytest.raises(InputError, match="gan: sngan is not how deepfill_v1"):
        small_model(gan="sngan")


def recorded(model, monkeypatch):
    """What each critic is shown from now on, by its view."""
    shown = {}

    def listen(critic):
        call = critic.call

        def record(inputs, *args, **kwargs):
            shown.setdefault(critic.view, []).append(np.asarray(inputs))
            return call(inputs)

        monkeypatch.setattr(critic, "call", record)

    for critic in model.critics:
        listen(critic)
    return shown


@pytest.mark.parametrize("with_mask", [False, True])
def test_what_the_critics_see(monkeypatch, with_mask):
    model, batch = small_model(gan_with_mask=with_mask), small_batch()
    shown = recorded(model, monkeypatch)
    model.critic_losses(batch)
    completed = model.paint(batch)["completed"].numpy()
    mask = np.broadcast_to(batch.masks, (2, 32, 40, 1))
    alphas = batch.extras["alphas"].numpy()[:, :, np.newaxis, np.newaxis, np.newaxis]
    for view, cut, alpha in (
        ("local", at_box, alphas[:, 0]),
        ("global", np.asarray, alphas[:, 1]),
    ):
        judged, between = shown[view]
        real, painted = cut(batch.images), cut(completed)
        expected = np.concatenate([real, painted])
        np.testing.assert_allclose(judged[..., :3], expected, atol=1e-6)
        expected = real + alpha * (painted - real)
        np.testing.assert_allclose(between[..., :3], expected, atol=1e-6)
        assert judged.shape[-1] == between.shape[-1] == 3 + with_mask
        if with_mask:
            np.testing.assert_array_equal(between[..., 3:], cut(mask))
            np.testing.assert_array_equal(judged[2:, ..., 3:], cut(mask))


def gradients_of(critic, pictures):
    """∂D/∂x, of one picture at a time."""
    gradients = []
    for picture in pictures:
        x = tf.constant(picture[np.newaxis])
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = critic(x)
        gradients.append(tape.gradient(score, x)[0].numpy())
    return np.stack(gradients)


def test_the_critics_losses_are_those_of_scores_and_slopes():
    model, batch = small_model(wgan_gp_lambda=3.0), small_batch()
    total, scalars = model.critic_losses(batch)
    completed = model.paint(batch)["completed"].numpy()
    expected = {}
    for critic, cut, alpha in zip(
        model.critics, (at_box, np.asarray), batch.extras["alphas"].numpy().T
    ):
        real, painted, mask = cut(batch.images), cut(completed), cut(batch.masks)
        scores = [critic(tf.constant(x)).numpy() for x in (real, painted)]
        between = real + alpha[:, None, None, None] * (painted - real)
        norms = np.sqrt((gradients_of(critic, between) ** 2 * mask).sum(axis=(1, 2, 3)))
        view = critic.view
        expected[f"gan/{view}_gan/d_loss"] = scores[1].mean() - scores[0].mean()
        expected[f"gan_wgan_loss/gp_penalty_{view}"] = ((norms - 1) ** 2).mean()
    gp_loss = 3 * sum(v for k, v in expected.items() if "penalty" in k)
    d_loss = sum(v for k, v in expected.items() if "d_loss" in k)
    expected["gan_wgan_loss/gp_loss"] = gp_loss
    expected["convergence/d_loss"] = d_loss + gp_loss
    found = {tag: float(value) for tag, value in scalars.items()}
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert float(total) == found["convergence/d_loss"]


@pytest.mark.parametrize("discounted", [True, False])
def test_the_generators_losses(discounted):
    weights = {
        "gan_loss_alpha": 0.5,
        "global_wgan_loss_alpha": 4.0,
        "l1_loss_alpha": 2.0,
        "ae_loss_alpha": 3.0,
        "coarse_l1_alpha": 1.5,
        "discounted_mask": discounted,
    }
    model, batch = small_model(**weights), small_batch()
    total, scalars = model.generator_losses(batch)
    painted = {k: np.asarray(v) for k, v in model.paint(batch).items()}
    # γ to the power of the row's or column's view, counted from the nearer end.
    rows = np.minimum(np.arange(16), 16 - np.arange(16))[:, np.newaxis]
    columns = np.minimum(np.arange(24), 24 - np.arange(24))
    gamma = 0.9 if discounted else 1.0
    weight = np.maximum(gamma**rows, gamma**columns)[..., np.newaxis]
    real, known = batch.images.numpy(), 1 - batch.masks.numpy()
    l1 = ae = 0.0
    for stage, share in (("coarse", 1.5), ("refined", 1.0)):
        error = np.abs(real - painted[stage])
        l1 += share * np.mean(at_box(error) * weight)
        ae += share * np.mean(error * known) / known.mean()
    critics = [
        -float(tf.reduce_mean(critic(tf.constant(cut(painted["completed"])))))
        for critic, cut in zip(model.critics, (at_box, np.asarray))
    ]
    assert {tag: float(value) for tag, value in scalars.items()} == pytest.approx(
        {
            "gan/local_gan/g_loss": critics[0],
            "gan/global_gan/g_loss": critics[1],
            "losses/l1_loss": l1,
            "losses/ae_loss": ae,
            "losses/g_loss": 0.5 * (critics[0] + 4 * critics[1]) + 2 * l1 + 3 * ae,
        },
        rel=1e-4,
        abs=1e-5,
    )
    assert float(total) == float(scalars["losses/g_loss"])


def test_reconstruction_may_be_left_out():
    model, batch = small_model(**GRADIENT_FREE, gan_loss_alpha=2.0), small_batch()
    total, scalars = model.generator_losses(batch)
    adversarial = sum(float(v) for k, v in scalars.items() if k.startswith("gan/"))
    assert float(total) == pytest.approx(2 * adversarial, rel=1e-5)


def test_a_hole_of_any_shape_is_weighed_by_distance():
    """One row of three pixels: the ends are 1 from what is known, so is the middle."""
    mask = np.zeros((1, 32, 40, 1), np.float32)
    mask[:, 5, 7:10] = 1
    batch = small_batch(masks=tf.constant(mask), distances=tf.constant(mask))
    model = small_model()
    painted = model.paint(batch)
    _, scalars = model.generator_losses(batch)
    expected = sum(
        share * 0.9 * np.abs(batch.images - painted[stage])[:, 5, 7:10].mean()
        for stage, share in (("coarse", 1.2), ("refined", 1.0))
    )
    assert float(scalars["losses/l1_loss"]) == pytest.approx(expected, rel=1e-4)


def test_a_box_for_each_sample():
    model = small_model()
    batches = []
    for box in ((8, 12, 16, 24), (3, 5, 16, 24)):
        mask = np.zeros((1, 32, 40, 1), np.float32)
        mask[:, box[0] : box[0] + 16, box[1] : box[1] + 24] = 1
        batches.append((tf.constant(mask), tf.constant([box], tf.int32)))
    whole = small_batch(
        masks=tf.concat([mask for mask, _ in batches], 0),
        boxes=tf.concat([box for _, box in batches], 0),
    )
    for losses in (model.critic_losses, model.generator_losses):
        _, found = losses(whole)
        alone = []
        for i, (mask, box) in enumerate(batches):
            single = small_batch(
                images=whole.images[i : i + 1],
                masks=mask,
                boxes=box,
                alphas=whole.extras["alphas"][i : i + 1],
            )
            alone.append(losses(single)[1])
        for tag, value in found.items():
            mean = (float(alone[0][tag]) + float(alone[1][tag])) / 2
            assert float(value) == pytest.approx(mean, rel=1e-4, abs=1e-5), tag


def test_the_critics_loss_carries_no_gradient_to_the_generator():
    model = small_model()
    with tf.GradientTape() as tape:
        total, _ = model.critic_losses(small_batch())
    found = tape.gradient(total, [model.generator_variables, model.critic_variables])
    assert all(gradient is None for gradient in found[0])
    moved = [np.abs(gradient).max() > 0 for gradient in found[1]]
    # A difference of scores does not know the last bias.
    names = [name for c in model.critics for name in c.variables_by_name()]
    still = [name for name, moves in zip(names, moved) if not moves]
    assert set(still) <= {
        f"discriminator/dout_{x}_fc/bias" for x in ("local", "global")
    }


def test_a_box_that_shrank_to_nothing_leaves_finite_gradients():
    model = small_model()
    batch = small_batch(masks=tf.zeros((1, 32, 40, 1)))
    with tf.GradientTape(persistent=True) as tape:
        d_loss, g_loss = model.critic_losses(batch)[0], model.generator_losses(batch)[0]
    gradients = tape.gradient(d_loss, model.critic_variables)
    gradients += tape.gradient(g_loss, model.generator_variables)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("model", ["deepfill_v1", "deepfill_v1_baseline"])
def test_pretraining_is_of_the_first_stage_alone(model):
    model, batch = small_model(model=model, pretrain_coarse_network=True), small_batch()
    (phase,) = model.phases()
    assert (model.critics, [x.name for x in phase.updates]) == ([], ["generator"])
    painted = model.paint(batch)
    assert "offsets" not in painted
    inputs = {"image": painted["incomplete"], "hole": batch.masks}
    expected = model.generator(inputs)["coarse"]
    hole = batch.masks > 0.5
    np.testing.assert_allclose(
        painted["completed"], np.where(hole, expected, batch.images), atol=1e-6
    )
    with tf.GradientTape() as tape:
        total, scalars = model.generator_losses(batch)
    error = np.abs(batch.images - expected)
    rows = np.minimum(np.arange(16), 16 - np.arange(16))[:, np.newaxis]
    columns = np.minimum(np.arange(24), 24 - np.arange(24))
    weight = np.maximum(0.9**rows, 0.9**columns)[..., np.newaxis]
    known = 1 - batch.masks.numpy()
    l1 = 1.2 * np.mean(at_box(error) * weight)
    ae = 1.2 * np.mean(error * known) / known.mean()
    assert {tag: float(value) for tag, value in scalars.items()} == pytest.approx(
        {
            "losses/l1_loss": l1,
            "losses/ae_loss": ae,
            "losses/g_loss": 1.2 * l1 + 1.2 * ae,
        },
        rel=1e-4,
    )
    trained = model.generator_variables
    assert len(trained) == 2 * 17
    assert all(np.any(gradient) for gradient in tape.gradient(total, trained))


@pytest.mark.parametrize("model", ["deepfill_v1", "deepfill_v1_baseline"])
def test_every_variable_has_a_name(model):
    model = small_model(model=model)
    named = {id(v) for v in model.variables_by_name().values()}
    trained = model.generator_variables + model.critic_variables
    assert named == {id(v) for v in trained}
    assert len(trained) == len(named)
    assert model.critic_updates == 5

"""What every model must be able to do: the author of a paper adds settings in `TINY`.

A new model's file passes here, and needs no other test of plumbing: of its sizes, its
weights in every format, both precisions, its phases, resuming, and its exports.
"""

import functools
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import toy_paper  # noqa: F401 (registers "toy")
from eager import eagerly, unoptimised
from served_model import ServedModel
from training_runs import assert_same, make_pictures, make_trainer, snapshot

from inpaint import checkpoints, config
from inpaint.checkpoints import exports
from inpaint.errors import InputError, RunError
from inpaint.export import portable, saved_model
from inpaint.filling import fill, prepared
from inpaint.inference import Inpainter
from inpaint.models import building, registry
from inpaint.models.base import precision
from inpaint.training import start
from inpaint.training.phases import Phases

# The smallest network of each model, and trainings of few steps in every phase.
TINY = {
    "deepfill_v2": {"base_filters": 4, "discriminator_filters": 4},
    "deepfill_v1": {"base_filters": 4, "discriminator_filters": 4},
    "deepfill_v1_baseline": {
        "base_filters": 4,
        "discriminator_filters": 4,
        "pretrain_coarse_network": True,
    },
    "global_local": {
        "base_filters": 4,
        "discriminator_filters": 2,
        "local_size": 16,
        "completion_steps": 2,
        "discriminator_steps": 1,
    },
    "context_encoder": {
        "base_filters": 2,
        "bottleneck": 4,
        "discriminator_filters": 2,
    },
    "context_encoder_random": {
        "base_filters": 2,
        "bottleneck": 4,
        "discriminator_filters": 2,
    },
    "partial_conv": {
        "base_filters": 4,
        "levels": 3,
        "first_steps": 2,
        "perceptual_alpha": 0,
        "style_alpha": 0,
    },
    "lama": {
        "base_filters": 4,
        "blocks": 1,
        "discriminator_filters": 4,
        "perceptual_alpha": 0,
    },
    "toy": {"toy_alone": 2},
}
NAMES = [*registry.names()]
every_model = pytest.mark.parametrize("name", NAMES)


def settings(name):
    size = registry.paper(name).generator.fixed_size or (32, 32)
    box = {"height": size[0] // 2, "width": size[1] // 2}
    return {"model": name, "img_shapes": [*size, 3], **box, **TINY[name]}


@functools.cache
def config_of(name):
    return config.from_dict(settings(name), "a test")


@functools.cache
def generator_of(name):
    """With weights that are not those of a fresh network, so that a loss would show."""
    keras.utils.set_random_seed(0)
    generator = building.build_generator(config_of(name))
    rng = np.random.default_rng(0)
    for variable in generator.variables_by_name().values():
        noise = rng.uniform(0.0, 0.05, tuple(variable.shape)).astype(np.float32)
        variable.assign(variable.numpy() + noise)
    return generator


def values(network):
    return {name: v.numpy() for name, v in network.variables_by_name().items()}


def assert_same_weights(network, expected):
    found = values(network)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def picture_of(name, batch=1, odd=True):
    """uint8 images, bool masks and, where the network takes one, bool edges."""
    generator = generator_of(name)
    if generator.fixed_size is not None:
        height, width = generator.fixed_size
    else:
        multiple = generator.size_multiple
        height = multiple * max(1, 32 // multiple) + odd
        width = multiple * max(2, 40 // multiple) + 3 * odd
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (batch, height, width, 3)).astype(np.uint8)
    mask = np.zeros((batch, height, width, 1), bool)
    top, left = height * 3 // 8, width * 3 // 8
    mask[:, top : height * 5 // 8, left : width * 5 // 8] = True
    planes = [mask, rng.random(mask.shape) > 0.8]
    return images, *planes[: 1 + generator.takes_edge]


def inputs_of(name, **options):
    planes = map(tf.constant, picture_of(name, odd=False, **options))
    return prepared(generator_of(name), *planes)


@every_model
def test_its_settings_are_there(name):
    assert name in TINY, "a new model needs an entry in TINY"


@every_model
def test_stages_of_the_inputs_size(name):
    inputs = inputs_of(name, batch=2)
    result = generator_of(name)(inputs, training=False)
    assert set(generator_of(name).stages) <= set(result)
    assert ("offsets" in result) == generator_of(name).has_attention
    for stage in generator_of(name).stages:
        assert result[stage].shape == inputs["image"].shape
        assert np.isfinite(result[stage]).all()


@every_model
def test_pictures_to_the_network_and_back(name):
    """Every level comes back, but for one where the release cuts levels off."""
    generator = generator_of(name)
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    network = generator.to_network(levels)
    np.testing.assert_allclose(generator.to_levels(network), levels, atol=1e-3)
    back = generator.to_uint8(network).numpy().astype(int)
    assert np.abs(back - levels).max() <= 1


@every_model
def test_known_pixels_are_untouched(name):
    images, mask, *edge = picture_of(name, batch=2)
    filled = fill(generator_of(name), images, mask, *edge).numpy()
    assert filled.shape == images.shape
    np.testing.assert_array_equal(np.where(mask, 0, filled), np.where(mask, 0, images))
    assert np.any(filled != images)


@every_model
def test_another_size_is_filled_through_a_window_by_networks_of_a_fixed_one(name):
    generator = generator_of(name)
    if generator.fixed_size is None:
        return
    height, width = generator.fixed_size
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (height + 40, width + 9, 3)).astype(np.uint8)
    mask = np.zeros(image.shape[:2], bool)
    mask[height // 2 : height // 2 + 9, width // 2 : width // 2 + 20] = True
    with pytest.warns(UserWarning, match="filled the hole of 20 × 9 pixels"):
        filled = Inpainter(generator)(image, mask)
    np.testing.assert_array_equal(filled[~mask], image[~mask])
    assert np.any(filled[mask] != image[mask])


@every_model
def test_complete_is_the_plain_call_in_the_hole(name):
    generator, inputs = generator_of(name), inputs_of(name, batch=2)
    plain = generator(inputs, training=False)[generator.stages[-1]]
    found, region = generator.complete(inputs)
    found = region.put(found, tf.shape(plain)[1:3])
    hole = np.broadcast_to(inputs["hole"] > 0.5, plain.shape)
    np.testing.assert_allclose(
        np.asarray(found)[hole], np.asarray(plain)[hole], rtol=0, atol=1e-4
    )


@every_model
def test_it_can_be_predicted_and_summarised_by_keras(name, capsys):
    generator, inputs = generator_of(name), inputs_of(name)
    stage = generator.stages[-1]
    predicted = generator.predict(inputs, verbose=0)[stage]
    np.testing.assert_allclose(
        predicted, generator(inputs)[stage], rtol=1e-3, atol=1e-4
    )
    generator.summary()
    said = capsys.readouterr().out.replace(",", "")
    assert str(generator.count_params()) in said


# Weights


@every_model
def test_every_weight_has_a_name(name):
    model = building.build_model(config_of(name))
    for network in model.networks:
        network.require_names()
    named = {id(v) for v in model.variables_by_name().values()}
    assert named == {id(v) for network in model.networks for v in network.weights}


@every_model
def test_names_do_not_depend_on_what_was_made_before(name):
    again = building.build_generator(config_of(name))
    assert list(values(again)) == list(values(generator_of(name)))


@every_model
def test_a_weights_file(name, tmp_path):
    path = tmp_path / "a.weights.h5"
    generator_of(name).save_weights(path)
    again = checkpoints.load_generator(path)
    assert type(again) is registry.paper(name).generator
    assert again.arguments() == generator_of(name).arguments()
    assert_same_weights(again, values(generator_of(name)))
    fresh = building.build_generator(config_of(name))
    fresh.load_weights(path)
    assert_same_weights(fresh, values(generator_of(name)))


@every_model
def test_a_keras_file(name, tmp_path):
    path = tmp_path / "a.keras"
    generator_of(name).save(path)
    again = keras.models.load_model(path)
    assert type(again) is registry.paper(name).generator
    assert_same_weights(again, values(generator_of(name)))


@every_model
def test_critics_by_their_configuration(name):
    for critic in building.build_model(config_of(name)).critics:
        again = type(critic).from_config(critic.get_config())
        assert list(values(again)) == list(values(critic))


@pytest.mark.slow  # traces the network twice
# The test_serving_* files export DeepFill.
@pytest.mark.parametrize("name", [x for x in NAMES if not x.startswith("deepfill")])
def test_an_export(name, tmp_path):
    """It is read again, and TensorFlow's C library answers with it."""
    smoke = generator_of(name).fixed_size is not None  # others: test_v1_commands.py
    with unoptimised():
        folder = saved_model.export(generator_of(name), tmp_path / "a", smoke=smoke)
    assert exports.describe(folder).model == name
    images, mask = picture_of(name, batch=2)
    with ServedModel(folder, optimised=False) as served:
        found = served.predict(image=images, mask=mask.astype(np.uint8) * 255)
    expected = fill(generator_of(name), images, mask).numpy()
    assert np.abs(found["completed"].astype(int) - expected).max() <= 1
    assert np.any(expected != images)
    again = checkpoints.load_generator(tmp_path / "a")
    assert again.arguments() == generator_of(name).arguments()
    assert_same_weights(again, values(generator_of(name)))


@pytest.mark.slow  # converts
@every_model
def test_lite_or_a_refusal_in_words(name, tmp_path):
    size, path = generator_of(name).fixed_size or (32, 32), None
    try:
        path = portable.export(generator_of(name), tmp_path, "tflite", size)
    except (InputError, RunError) as error:
        refusal = str(error)
    if path is None:
        assert len(refusal.split()) > 4
        assert not list(tmp_path.iterdir())
        return
    images, mask, *edge = (x[:1, : size[0], : size[1]] for x in picture_of(name))
    runner = tf.lite.Interpreter(path).get_signature_runner()
    planes = zip(("mask", "edge"), (mask, *edge))
    planes = {key: x.astype(np.uint8) * 255 for key, x in planes}
    found = runner(image=images, **planes)["completed"]
    expected = fill(generator_of(name), images, mask, *edge).numpy()
    assert np.abs(found.astype(int) - expected).max() <= 1


# Precision


@every_model
def test_half_precision(name):
    with precision("mixed_bfloat16"):
        half = building.build_generator(config_of(name))
    assert all(tf.as_dtype(v.dtype) == tf.float32 for v in half.weights)
    for key, variable in half.variables_by_name().items():
        variable.assign(values(generator_of(name))[key])
    images, mask, *edge = picture_of(name)
    found = fill(half, images, mask, *edge).numpy()
    np.testing.assert_array_equal(np.where(mask, 0, found), np.where(mask, 0, images))
    expected = fill(generator_of(name), images, mask, *edge).numpy().astype(int)
    # 8 bits of a mantissa, through some twenty layers: a few levels on average.
    assert np.abs(found - expected)[np.broadcast_to(mask, found.shape)].mean() < 16


# Training


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("data") / "pictures")


def changes_of(name):
    """Settings of a small training, saved and looked at after every step."""
    changes = {**settings(name), "train_spe": 1, "max_to_keep": 9, "val_psteps": 1}
    return {**changes, "batch_size": 2, "random_seed": 7, "num_cpus_per_job": 1}


@pytest.fixture(scope="module", params=NAMES)
def trained(request, pictures, tmp_path_factory):
    """A training through the first step of its last phase, saved at every step.

    Without graphs, as the one that goes on with it: what an iteration computes on and
    what a checkpoint holds do not depend on them.
    """
    log_dir = tmp_path_factory.mktemp("trained") / "log"
    name = request.param
    changes = changes_of(name)
    model = building.build_model(config_of(name))
    steps = 1 + sum(phase.steps or 0 for phase in model.phases()[:-1])
    keras.utils.set_random_seed(7)
    trainer = make_trainer(log_dir, pictures, **{**changes, "max_iters": steps + 1})
    with eagerly():
        trainer.run()
    return name, trainer, changes


def test_one_step_of_every_phase_moves_what_it_trains(trained):
    _, trainer, _ = trained
    names = {id(v): name for name, v in trainer.model.variables_by_name().items()}
    phases = Phases(trainer.model.phases(), trainer.config.max_iters)
    for step in range(1, trainer.config.max_iters):
        before, after = (
            snapshot_of(trainer.config.log_dir, each) for each in (step, step + 1)
        )
        phase, _ = phases.at(step)
        for update in phase.updates:
            moved = [
                not np.array_equal(before[names[id(v)]], after[names[id(v)]])
                for v in update.variables()
            ]
            assert any(moved), (phase.name, update.name)
        for name, value in after.items():
            assert np.isfinite(value).all(), name


def snapshot_of(log_dir, step):
    """Weights by name."""
    stored = checkpoints.open_stored(f"{log_dir}/snap-{step}")
    return {name: stored.get(name) for name in stored.shapes}


# test_trainer.py trains these two by their graphs.
@pytest.mark.parametrize(
    "name", [x for x in NAMES if x not in ("deepfill_v1", "deepfill_v2")]
)
def test_a_training_is_made_of_graphs(name, pictures, tmp_path):
    """Every update can be traced as an iteration's, and what the summaries show."""
    trainer = make_trainer(tmp_path, pictures, **changes_of(name))
    batches, traced = next(trainer.batches()), set()
    phases = trainer.model.phases()
    for phase in sorted(phases, key=lambda phase: len(phase.updates), reverse=True):
        names = {update.name for update in phase.updates}
        if names <= traced:  # in a phase of more updates
            continue
        traced |= names
        given = [batches[0]] * len(set(phase.batches()))
        graph = trainer._iterations.of(phase).get_concrete_function(given)
        assert graph.structured_outputs, phase.name
    graph = trainer.review.inspection._inspect.get_concrete_function(batches[0])
    assert graph.structured_outputs[1].shape[0] == 2


def test_a_training_goes_on_bit_for_bit(trained, pictures, tmp_path):
    """From its first step, through every phase: as it went without a break."""
    _, trainer, changes = trained
    begun, end = tmp_path / "log", trainer.config.max_iters
    shutil.copytree(trainer.config.log_dir, begun)
    for path in begun.glob("snap-*"):
        if not path.name.startswith("snap-1."):
            path.unlink()
    (begun / "checkpoint").write_text('model_checkpoint_path: "snap-1"\n')
    again = make_trainer(begun, pictures, **{**changes, "max_iters": end})
    again.resume()
    with eagerly():
        again.run()
    log_dir = Path(trainer.config.log_dir)
    assert_same(snapshot(log_dir, end), snapshot(begun, end))


def test_a_training_folder_is_a_generator(trained):
    name, trainer, _ = trained
    config.save(trainer.config, f"{trainer.config.log_dir}/config.yml")
    found = checkpoints.load_generator(trainer.config.log_dir)
    assert type(found) is registry.paper(name).generator
    assert_same_weights(found, values(trainer.model.generator))


def test_a_training_starts_from_another_ones_weights(trained):
    name, trainer, _ = trained
    config.save(trainer.config, f"{trainer.config.log_dir}/config.yml")
    model = building.build_model(config_of(name))
    _, missing, _ = start.initialise(model, trainer.config.log_dir)
    assert not missing
    for ours, theirs in zip(model.networks, trainer.model.networks):
        assert_same_weights(ours, values(theirs))

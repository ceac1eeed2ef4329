"""Checkpoints of the release: read strictly, damaged, of other networks, written."""

import os
import shutil

import numpy as np
import pytest
import release
import tensorflow as tf

from inpaint import checkpoints
from inpaint.errors import InputError
from inpaint.models import registry
from inpaint.models.deepfill_v2 import DeepFillV2Generator

SMALL = 4
V1 = tf.compat.v1
V2 = "deepfill_v2"


def small_values(**arguments):
    return release.values(release.generator_shapes(SMALL, **arguments))


def assert_holds(generator, values):
    variables = generator.variables_by_name()
    assert set(variables) == set(values)
    for name, variable in variables.items():
        np.testing.assert_array_equal(variable.numpy(), values[name], name)


def fails(path, load=checkpoints.load_generator):
    """The one-line error, without the path that it starts with."""
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message[len(str(path)) :]


# Reading


@pytest.mark.parametrize(
    ("model", "guided"), [*((model, False) for model in release.MODELS), (V2, True)]
)
@pytest.mark.parametrize("base_filters", [4, 12])
def test_what_it_is_is_read_from_the_variables(tmp_path, model, guided, base_filters):
    shapes = release.generator_shapes(base_filters, guided, model)
    values = release.values(shapes)
    release.write(tmp_path, values | release.values(release.critic_shapes(model)))
    generator = checkpoints.load_generator(tmp_path, padding="reflect")
    assert (generator.base_filters, generator.guided) == (base_filters, guided)
    assert type(generator) is registry.paper(model).generator
    assert generator.padding == "reflect"
    assert_holds(generator, values)


@pytest.mark.parametrize("index", ["checkpoint", "checkpoint.txt", None])
def test_every_form_of_a_path(tmp_path, index):
    values = small_values()
    folder = release.write(tmp_path / "a", values, index=index)
    for path in (folder, str(folder), folder / "snap-0", folder / "snap-0.index"):
        assert_holds(checkpoints.load_generator(path), values)


def test_what_training_adds_is_no_error(tmp_path):
    values = small_values()
    release.write(tmp_path, {**values, **release.training_extras(SMALL)})
    assert_holds(checkpoints.load_generator(tmp_path), values)


def test_written_by_the_savers_of_tensorflow_1(tmp_path):
    """With its .meta file, two steps kept, an optimizer's slots and a counter."""
    values = small_values()
    with tf.Graph().as_default(), V1.Session() as session:
        for name, value in values.items():
            V1.get_variable(name, initializer=value)
        loss = tf.add_n([tf.reduce_sum(v) for v in V1.trainable_variables()])
        step = V1.train.get_or_create_global_step()
        V1.train.AdamOptimizer(0.0).minimize(loss, global_step=step)
        session.run(V1.global_variables_initializer())
        for number in (0, 4000):
            V1.train.Saver().save(session, str(tmp_path / "snap"), number)
    assert (tmp_path / "snap-4000.meta").exists()
    assert_holds(checkpoints.load_generator(tmp_path), values)


# Strictness


def test_one_error_names_all_that_does_not_fit(tmp_path):
    values = small_values()
    del values["inpaint_net/allconv17/bias"], values["inpaint_net/conv5/kernel"]
    values["inpaint_net/conv99/kernel"] = np.zeros((3, 3, 2, 2), np.float32)
    values["stray"] = np.float32(1)
    values["inpaint_net/pmconv9/kernel"] = np.zeros((3, 3, 8, 12), np.float32)
    values |= release.training_extras(SMALL)
    release.write(tmp_path, values)
    message = fails(tmp_path)
    parts = [
        "missing: inpaint_net/allconv17/bias, inpaint_net/conv5/kernel;",
        "unexpected: inpaint_net/conv99/kernel, stray;",
        "misshapen: inpaint_net/pmconv9/kernel [3, 3, 8, 12] instead of [3, 3, 8, 16]",
    ]
    for part in parts:
        assert part in message
    for known in ("Adam", "lr", "beta1_power", "global_step", "discriminator"):
        assert known not in message


def test_all_or_none(tmp_path):
    """The generator keeps its weights if even one variable does not fit."""
    values = small_values()
    generator = DeepFillV2Generator(SMALL)
    before = {k: v.numpy() for k, v in generator.variables_by_name().items()}
    del values["inpaint_net/allconv17/bias"]
    folders = [release.write(tmp_path / "incomplete", values)]
    folders.append(release.write(tmp_path / "guided", small_values(guided=True)))
    folders.append(release.write(tmp_path / "cut", small_values()))
    cut(folders[-1] / "snap-0.data-00000-of-00001", 0.9)
    for folder in folders:
        with pytest.raises(InputError):
            checkpoints.restore(generator, checkpoints.open_stored(folder))
        assert_holds(generator, before)


# Other networks


def other_networks():
    gated = release.generator_shapes(8)
    second = {"inpaint_net/conv2_downsample/kernel": [3, 3, 2, 16]}
    return {
        "neither gated nor plain": gated | second,
        "critic only": {"discriminator/conv1/kernel": [5, 5, 3, 4]},
        "something else": {"w": [2, 3], "global_step": []},
        "generator of another scope": {f"model/{k}": v for k, v in gated.items()},
        "first layer missing": {k: v for k, v in gated.items() if "/conv1/" not in k},
    }


@pytest.mark.parametrize("network", other_networks())
def test_other_network(tmp_path, network):
    shapes = other_networks()[network]
    release.write(tmp_path, release.values(shapes))
    message = fails(tmp_path)
    assert "deepfill_v" in message
    if network != "neither gated nor plain":
        assert f"among {len(shapes)} variables" in message
        assert "conv1/kernel None" in message


def test_network_of_other_layers(tmp_path):
    """The first two kernels are those of some DeepFill, the rest is not."""
    shapes = {
        "inpaint_net/conv1/kernel": [5, 5, 5, 8],
        "inpaint_net/conv2_downsample/kernel": [3, 3, 8, 16],
        "inpaint_net/conv3/kernel": [7, 7, 16, 2],
    }
    release.write(tmp_path, release.values(shapes))
    message = fails(tmp_path)
    assert "deepfill_v" in message


# Damage


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return release.write(tmp_path_factory.mktemp("whole"), small_values())


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy")


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.99])
@pytest.mark.parametrize("file", ["snap-0.index", "snap-0.data-00000-of-00001"])
def test_cut(folder, file, share):
    cut(folder / file, share)
    assert "damaged or not a TensorFlow checkpoint" in fails(folder)


@pytest.mark.parametrize("file", ["snap-0.index", "snap-0.data-00000-of-00001"])
def test_changed_byte(folder, file):
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 3] ^= 0x40
    (folder / file).write_bytes(content)
    assert "damaged or not a TensorFlow checkpoint" in fails(folder)


@pytest.mark.parametrize("content", [b"garbage", b"\0" * 5000, os.urandom(5000)])
def test_garbage(folder, content):
    (folder / "snap-0.index").write_bytes(content)
    assert "damaged or not a TensorFlow checkpoint" in fails(folder)


def test_data_missing(folder):
    (folder / "snap-0.data-00000-of-00001").unlink()
    assert "damaged or not a TensorFlow checkpoint" in fails(folder)


def test_index_missing(folder):
    (folder / "snap-0.index").unlink()
    assert fails(folder).startswith("/checkpoint: names snap-0, but")


def test_data_of_another_save(folder, tmp_path):
    """Same variables, other values: the checksums are in the index."""
    values = {k: v + 1 for k, v in small_values().items()}
    other = release.write(tmp_path / "other", values)
    name = "snap-0.data-00000-of-00001"
    shutil.copy(other / name, folder / name)
    assert "damaged or not a TensorFlow checkpoint" in fails(folder)


# Writing


@pytest.fixture
def generator():
    made = DeepFillV2Generator(SMALL)
    for name, value in small_values().items():
        made.variables_by_name()[name].assign(value)
    return made


@pytest.mark.parametrize(
    ("model", "guided"), [*((model, False) for model in release.MODELS), (V2, True)]
)
def test_written_reads_back_bit_for_bit(tmp_path, model, guided):
    values = small_values(model=model, guided=guided)
    values["inpaint_net/conv17/bias"] = np.float32([3.4028235e38, -0.0, 1e-45])
    generator = registry.paper(model).generator(SMALL, guided=guided)
    for name, value in values.items():
        generator.variables_by_name()[name].assign(value)
    prefix = checkpoints.save_original(generator, tmp_path / "new" / "folder", "snap-3")
    assert prefix == str(tmp_path / "new" / "folder" / "snap-3")
    again = checkpoints.load_generator(tmp_path / "new" / "folder")
    assert type(again) is registry.paper(model).generator
    for name, variable in again.variables_by_name().items():
        assert variable.numpy().tobytes() == values[name].tobytes(), name


def test_written_for_tensorflow_1(tmp_path, generator):
    """Its reader sees the release's names; its Saver restores them into a graph."""
    prefix = checkpoints.save_original(generator, tmp_path)
    values = small_values()
    reader = V1.train.NewCheckpointReader(prefix)
    shapes = reader.get_variable_to_shape_map()
    assert shapes == release.generator_shapes(SMALL)
    assert set(reader.get_variable_to_dtype_map().values()) == {tf.float32}
    assert tf.train.latest_checkpoint(str(tmp_path)) == prefix
    with tf.Graph().as_default(), V1.Session() as session:
        variables = {
            name: V1.get_variable(name, shape) for name, shape in shapes.items()
        }
        V1.train.Saver().restore(session, prefix)
        for name, value in session.run(variables).items():
            np.testing.assert_array_equal(value, values[name])


def test_files_of_the_folder(tmp_path, generator):
    checkpoints.save_original(generator, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "checkpoint",
        "snap-0.data-00000-of-00001",
        "snap-0.index",
    ]


@pytest.mark.parametrize("failing_call", [1, 2, 3])
def test_failed_save_leaves_the_older_checkpoint(
    folder, generator, monkeypatch, failing_call
):
    """At whatever file it fails: the new one is named last."""
    calls = []
    replace = os.replace

    def fail(source, target):
        calls.append(target)
        if len(calls) == failing_call:
            raise OSError(28, "No space left on device")
        replace(source, target)

    for variable in generator.variables_by_name().values():
        variable.assign(tf.zeros_like(variable))
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.save_original(generator, folder, "snap-1")
    assert_holds(checkpoints.load_generator(folder), small_values())
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize("name", ["snap-0", "snap-1"])
def test_failed_write_leaves_the_older_checkpoint(folder, generator, monkeypatch, name):
    def fail(prefix, **_):
        with open(f"{prefix}.data-00000-of-00001", "w") as file:
            file.write("half of it")
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.raw_ops, "SaveV2", fail)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        checkpoints.save_original(generator, folder, name)
    monkeypatch.undo()
    assert_holds(checkpoints.load_generator(folder), small_values())
    assert len(list(folder.iterdir())) == 3

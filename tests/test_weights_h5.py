"""`.weights.h5` files: round trip, the other stack's, damage, other origin."""

import gzip
import os
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import release

from inpaint import checkpoints
from inpaint.checkpoints import keras_h5
from inpaint.errors import InputError
from inpaint.models import weights_h5
from inpaint.models.deepfill_v2 import DeepFillV2Generator


def generator(**arguments):
    """4 base filters, stand-in weights in steps of ¼ (they compress well)."""
    made = DeepFillV2Generator(4, **arguments)
    for name, variable in made.variables_by_name().items():
        variable.assign(quarters(name, variable.shape))
    return made


def quarters(name, shape):
    (value,) = release.values({name: list(shape)}).values()
    return np.round(4 * value) / 4


def assert_same_weights(ours, expected):
    ours, expected = ours.variables_by_name(), expected.variables_by_name()
    assert list(ours) == list(expected)
    for name, variable in ours.items():
        np.testing.assert_array_equal(variable.numpy(), expected[name].numpy(), name)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.weights.h5"
    generator().save_weights(path)
    return path


@pytest.mark.parametrize("guided", [False, True])
@pytest.mark.parametrize("padding", ["same", "reflect"])
def test_round_trip(tmp_path, guided, padding):
    path = tmp_path / "model.weights.h5"
    written = generator(guided=guided, padding=padding)
    written.save_weights(path)
    read = checkpoints.load_generator(path)
    assert read.get_config() == written.get_config()
    assert_same_weights(read, written)
    fresh = DeepFillV2Generator(4, guided=guided)
    fresh.load_weights(str(path))
    assert_same_weights(fresh, written)
    assert [file.name for file in tmp_path.iterdir()] == ["model.weights.h5"]


def test_file_of_keras_2(tmp_path):
    """Made on Keras 2.15 by `generator(guided=True, padding="symmetric")`, packed.

    Keras 3.15 made the same file, byte for byte.
    """
    packed = Path(__file__).parent / "data" / "keras-2.15.weights.h5.gz"
    path = tmp_path / "other.weights.h5"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    read = checkpoints.load_generator(path)
    assert (read.base_filters, read.guided, read.padding) == (4, True, "symmetric")
    assert_same_weights(read, generator(guided=True))


def test_readable_by_name(saved):
    with h5py.File(saved) as file:
        kernel = file["inpaint_net/conv13_upsample/conv13_upsample_conv/kernel"][()]
    name = "inpaint_net/conv13_upsample/conv13_upsample_conv/kernel"
    np.testing.assert_array_equal(kernel, quarters(name, [3, 3, 8, 8]))
    assert kernel.dtype == np.float32


def test_strict(saved):
    with h5py.File(saved, "a") as file:
        del file["inpaint_net/conv5/bias"]
        file["inpaint_net/conv99/bias"] = np.zeros(4)
        del file["inpaint_net/conv3/kernel"]
        file["inpaint_net/conv3/kernel"] = np.zeros((3, 3, 4, 4))
    for load in (checkpoints.load_generator, DeepFillV2Generator(4).load_weights):
        with pytest.raises(InputError) as caught:
            load(str(saved))
        message = str(caught.value)
        assert "missing: inpaint_net/conv5/bias" in message
        assert "unexpected: inpaint_net/conv99/bias" in message
        assert "misshapen: inpaint_net/conv3/kernel [3, 3, 4, 4] instead" in message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(saved, value):
    with h5py.File(saved, "a") as file:
        file["inpaint_net/conv5/bias"][3] = value
    network = DeepFillV2Generator(4)
    before = network.variables_by_name()["inpaint_net/conv1/kernel"].numpy()
    with pytest.raises(InputError, match=r"conv5/bias has values that are not finite"):
        network.load_weights(str(saved))
    after = network.variables_by_name()["inpaint_net/conv1/kernel"].numpy()
    np.testing.assert_array_equal(after, before)


def test_guided_file_into_another_generator(tmp_path):
    path = tmp_path / "guided.weights.h5"
    generator(guided=True).save_weights(path)
    plain = generator()
    with pytest.raises(InputError, match=r"conv1/kernel \[5, 5, 6, 4\] instead of"):
        plain.load_weights(path)
    assert_same_weights(plain, generator())


def fails(path):
    with pytest.raises(InputError) as caught:
        checkpoints.load_generator(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n", b"\0" * 999]
)
def test_garbage(tmp_path, content):
    path = tmp_path / "a.weights.h5"
    path.write_bytes(content)
    assert "not a readable HDF5 file" in fails(path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_truncated(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    assert "not a readable HDF5 file" in fails(saved)


def test_missing_file_and_folder(tmp_path):
    assert "no such weights file" in fails(tmp_path / "a.weights.h5")
    (tmp_path / "b.weights.h5").mkdir()
    assert "not a readable HDF5 file" in fails(tmp_path / "b.weights.h5")


def test_file_of_keras_own(tmp_path):
    path = tmp_path / "keras.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(path)
    assert "not a weights file of this package" in fails(path)


@pytest.mark.parametrize("description", ["no JSON", 5, "{}"])
def test_file_that_says_something_else(tmp_path, description):
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs["inpaint"] = description
        file["x"] = np.zeros(3)
    fails(path)


def test_failed_save_leaves_the_old_file(saved, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    old = saved.read_bytes()
    for target in (os, "replace"), (h5py.Group, "create_dataset"):
        with monkeypatch.context() as patch:
            patch.setattr(*target, fail)
            with pytest.raises(OSError, match="No space left"):
                DeepFillV2Generator(4).save_weights(saved)
        assert saved.read_bytes() == old
        assert list(saved.parent.iterdir()) == [saved]


def test_overwrite(saved):
    with pytest.raises(FileExistsError, match=r"model\.weights\.h5 exists"):
        generator().save_weights(saved, overwrite=False)
    generator(guided=True).save_weights(saved)
    assert checkpoints.load_generator(saved).guided


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"must end in '.weights.h5'. Received: 'a.h5'"
    ):
        generator().save_weights("a.h5")


@pytest.mark.parametrize("read", [weights_h5.read, keras_h5.read])
def test_a_name_that_is_no_text(tmp_path, read):
    path = tmp_path / "model.weights.h5"
    weights_h5.write(path, {"conv1/kernel": np.zeros(3, np.float32)}, {})
    path.write_bytes(path.read_bytes().replace(b"kernel\0", b"ker\xffel\0"))
    with pytest.raises(InputError, match=r"model.weights.h5: .*no name") as raised:
        read(path)
    assert len(str(raised.value).splitlines()) == 1


def test_a_heap_without_an_end(tmp_path):
    """HDF5's library would read it for ever: the free rest of the texts' heap is 0."""
    path = tmp_path / "a.weights.h5"
    weights_h5.write(path, {"a/kernel": np.ones(3, np.float32)}, {"model": "x"})
    assert weights_h5.read(path)[1] == {"model": "x"}
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL\x01")
    length = int.from_bytes(content[heap + 24 : heap + 32], "little")
    rest = heap + 32 + -(-length // 8) * 8  # behind the first text
    assert content[rest : rest + 2] == b"\0\0"
    content[rest + 8 : rest + 16] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(InputError, match="a heap of texts without an end"):
        weights_h5.read(path)

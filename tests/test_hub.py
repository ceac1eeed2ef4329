"""Weights on a model hub, by a local stand-in for the hub's functions."""

import fnmatch
import shutil
import sys
import types

import numpy as np
import pytest
from small_inpainter import small_generator

import inpaint
from inpaint import checkpoints
from inpaint.checkpoints import hub
from inpaint.errors import InputError

REPOSITORY = "someone/small"


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    """(generator, folder of its preset)"""
    folder = tmp_path_factory.mktemp("preset") / "new"
    generator = small_generator()
    inpaint.save_preset(folder, generator, licence="apache-2.0")
    return generator, folder


@pytest.fixture
def online(monkeypatch, tmp_path, preset):
    """The hub: folders by (repository, revision); calls are kept."""
    served = {(REPOSITORY, None): preset[1]}
    calls = []

    def snapshot_download(repo_id, *, revision=None, allow_patterns=None):
        calls.append((repo_id, revision))
        if (repo_id, revision) not in served:
            raise FileNotFoundError("cannot be reached\nPlease check your connection")
        folder = tmp_path / "cache"
        folder.mkdir()
        for path in served[repo_id, revision].iterdir():
            if any(fnmatch.fnmatch(path.name, each) for each in allow_patterns):
                shutil.copy(path, folder)
        return str(folder)

    module = types.ModuleType("huggingface_hub")
    module.snapshot_download = snapshot_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return types.SimpleNamespace(served=served, calls=calls, cache=tmp_path / "cache")


def fails(address):
    with pytest.raises(InputError) as caught:
        checkpoints.open_stored(address)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{address}: ")
    return message


def test_what_was_saved_is_loaded(online, preset):
    loaded = checkpoints.load_generator(f"hf://{REPOSITORY}")
    expected = preset[0].variables_by_name()
    for name, variable in loaded.variables_by_name().items():
        np.testing.assert_array_equal(variable.numpy(), expected[name].numpy())
    assert online.calls == [(REPOSITORY, None)]


def test_a_revision(online, preset):
    online.served[REPOSITORY, "v1.0"] = preset[1]
    checkpoints.open_stored(f"hf://{REPOSITORY}@v1.0")
    assert online.calls == [(REPOSITORY, "v1.0")]


def test_nothing_that_can_hold_code_is_fetched(online, preset, tmp_path):
    folder = shutil.copytree(preset[1], tmp_path / "repository")
    for name in ("model.py", "config.json", "weights.bin", "a.keras"):
        (folder / name).write_text("x")
    online.served[REPOSITORY, None] = folder
    checkpoints.open_stored(f"hf://{REPOSITORY}")
    names = sorted(path.name for path in online.cache.iterdir())
    assert names == ["README.md", "deepfill_v2.weights.h5"]


def test_offline(online):
    message = fails("hf://someone/else")
    assert "cannot be fetched: cannot be reached Please check" in message


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "pip install 'huggingface_hub>=1.8,<3'" in fails(f"hf://{REPOSITORY}")


@pytest.mark.parametrize(
    "address",
    ["hf://", "hf://small", "hf://a/b/c", "hf://a/b@", "hf://a/../b", "hf://a b/c"],
)
def test_what_is_no_address(online, address):
    assert "expected hf://USER/REPO" in fails(address)
    assert online.calls == []


@pytest.mark.parametrize("names", [[], ["a.weights.h5", "b.weights.h5"]])
def test_not_one_file_of_weights(online, tmp_path, names):
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"")
    online.served[REPOSITORY, None] = folder
    found = ", ".join(names) or "none"
    assert f"expected one *.weights.h5, found: {found}" in fails(f"hf://{REPOSITORY}")


def test_the_card_names_the_licence(preset):
    card = (preset[1] / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "- base_filters: 4\n" in card


def test_the_licence_is_asked_for(tmp_path, preset):
    with pytest.raises(TypeError, match="licence"):
        inpaint.save_preset(tmp_path / "new", preset[0])
    for licence in ("", None, "a\nb: c"):
        with pytest.raises(InputError, match="licence: expected an identifier"):
            inpaint.save_preset(tmp_path / "new", preset[0], licence=licence)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["README.md", "deepfill_v2.weights.h5"])
def test_nothing_is_written_over(tmp_path, preset, name):
    (tmp_path / name).write_text("precious")
    with pytest.raises(InputError, match="exists already"):
        hub.save_preset(tmp_path, preset[0], licence="other")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "precious"

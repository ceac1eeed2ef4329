"""Folders of exports: versions, names that appear when all is written, messages."""

import os
from pathlib import Path

import pytest

from inpaint.checkpoints import exports
from inpaint.errors import InputError

DESCRIPTION = exports.Description(padding="reflect", edge_threshold=0.25)


def save(folder):
    Path(folder, "saved_model.pb").write_bytes(b"a model")


def write(base, version=None, save=save):
    return exports.write(base, version, DESCRIPTION, save)


def names(folder):
    return sorted(os.listdir(folder))


def test_versions_count_up_from_1(tmp_path):
    base = tmp_path / "a" / "b"
    assert write(base) == str(base / "1")
    assert write(base) == str(base / "2")
    assert write(base, 7) == str(base / "7")
    assert write(base) == str(base / "8")
    assert names(base) == ["1", "2", "7", "8"]
    assert names(base / "8") == ["assets.extra", "saved_model.pb"]


def test_what_is_no_version_does_not_count(tmp_path):
    for name in ("12a", ".exporting-3", "-4", "½", "five"):
        (tmp_path / name).mkdir()
    (tmp_path / "0003").mkdir()  # a server reads it as 3
    assert write(tmp_path) == str(tmp_path / "4")


@pytest.mark.parametrize("existing", ["3", "003"])
def test_a_version_is_never_written_over(tmp_path, existing):
    (tmp_path / existing).mkdir()
    with pytest.raises(InputError) as error:
        write(tmp_path, 3)
    assert str(error.value) == (
        f"{tmp_path / existing}: exists already, and versions are not written over; "
        "the next free one is 4"
    )
    assert names(tmp_path) == [existing]
    assert names(tmp_path / existing) == []


def test_a_version_that_appears_meanwhile_is_not_written_over(tmp_path):
    def slowly(folder):
        write(tmp_path)
        save(folder)

    assert write(tmp_path, None, slowly) == str(tmp_path / "2")
    with pytest.raises(InputError, match="3: exists already"):
        write(tmp_path, 3, slowly)
    assert names(tmp_path) == ["1", "2", "3"]


@pytest.mark.parametrize("version", [0, -1, 1.5, "1", True])
def test_a_version_is_an_integer_from_1(tmp_path, version):
    with pytest.raises(InputError, match="expected an integer from 1, got"):
        write(tmp_path, version)
    assert names(tmp_path) == []


def test_a_version_fits_into_64_bits(tmp_path):
    with pytest.raises(InputError, match="expected at most 9223372036854775807"):
        write(tmp_path, 2**63)


def test_there_is_no_version_while_it_is_written_nor_after_a_failure(tmp_path):
    def fail(folder):
        save(folder)
        assert Path(folder).parent == tmp_path  # renaming stays in a file system
        assert Path(folder).name.startswith(".")
        assert exports.find(tmp_path) is None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(tmp_path, None, fail)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    base = tmp_path / "file" / "models"
    with pytest.raises(InputError) as error:
        write(base)
    assert str(error.value) == f"{base}: cannot be written: Not a directory"
    with pytest.raises(InputError, match="cannot be"):
        write(tmp_path / "file")


def test_find_takes_a_version_or_the_highest_whole_one(tmp_path):
    assert exports.find(tmp_path) is None
    assert exports.find(tmp_path / "missing") is None
    for version in (9, 10):
        write(tmp_path, version)
    (tmp_path / "11").mkdir()
    assert exports.find(tmp_path) == str(tmp_path / "10")
    assert exports.find(tmp_path / "9") == str(tmp_path / "9")
    assert exports.find(tmp_path / "11") is None


def test_the_description_comes_back(tmp_path):
    assert exports.describe(write(tmp_path)) == DESCRIPTION


def test_a_saved_model_of_other_origin_is_named(tmp_path):
    save(tmp_path)
    with pytest.raises(InputError, match="a SavedModel that `inpaint export` did not"):
        exports.describe(tmp_path)
    folder = write(tmp_path / "base")
    for content in ("no JSON", "[]", '{"padding": "same"}'):
        Path(folder, "assets.extra", "inpaint.json").write_text(content)
        with pytest.raises(InputError, match=r"inpaint\.json: cannot be read"):
            exports.describe(folder)

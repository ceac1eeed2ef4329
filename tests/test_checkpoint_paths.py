"""Where a checkpoint is looked for: every form of a path, and what is wrong with it."""

import os

import pytest

from inpaint.checkpoints import locate
from inpaint.errors import InputError


def folder_of(path, *indices, **files):
    """A folder with empty NAME.index files and files of text."""
    path.mkdir(exist_ok=True)
    for name in indices:
        (path / f"{name}.index").touch()
    for name, text in files.items():
        (path / name.replace("_txt", ".txt")).write_text(text)
    return path


def naming(prefix):
    return f'model_checkpoint_path: "{prefix}"\nall_model_checkpoint_paths: "old"\n'


@pytest.mark.parametrize("file", ["checkpoint", "checkpoint_txt"])
@pytest.mark.parametrize(
    "named",
    [
        "snap-1",
        "./snap-1",
        "/home/someone/logs/2018_places2/snap-1",  # a folder that was moved
        "C:\\\\Users\\\\someone\\\\logs\\\\snap-1",  # backslashes are doubled there
        "elsewhere/snap-1",
    ],
)
def test_named_in_the_folder(tmp_path, file, named):
    folder = folder_of(tmp_path / "a", "snap-0", "snap-1", **{file: naming(named)})
    assert os.path.normpath(locate(folder)) == str(folder / "snap-1")


def test_named_elsewhere_where_that_exists(tmp_path):
    there = folder_of(tmp_path / "there", "snap-7")
    folder = folder_of(tmp_path / "a", checkpoint=naming(there / "snap-7"))
    assert locate(folder) == str(there / "snap-7")
    (folder / "checkpoint").write_text(naming("../there/snap-7"))
    assert locate(folder) == str(folder / "../there/snap-7")


def test_checkpoint_goes_before_checkpoint_txt(tmp_path):
    folder = folder_of(
        tmp_path, "a", "b", checkpoint=naming("a"), checkpoint_txt=naming("b")
    )
    assert locate(folder) == str(folder / "a")


def test_newlines_of_windows(tmp_path):
    folder_of(tmp_path, "snap-0")
    (tmp_path / "checkpoint").write_bytes(
        naming("snap-0").replace("\n", "\r\n").encode()
    )
    assert locate(tmp_path) == str(tmp_path / "snap-0")


@pytest.mark.parametrize("name", ["model", "[0-9] logs", "große Modelle*"])
def test_single_index(tmp_path, name):
    folder = folder_of(tmp_path / name, "snap-0")
    assert locate(folder) == locate(f"{folder}/") == str(folder / "snap-0")


@pytest.mark.parametrize("ending", ["", ".index"])
def test_prefix(tmp_path, ending):
    folder = folder_of(tmp_path, "snap-0", "snap-1", checkpoint=naming("snap-1"))
    assert locate(folder / f"snap-0{ending}") == str(folder / "snap-0")


def fails(path):
    """The error's words after the path."""
    with pytest.raises(InputError) as caught:
        locate(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message[len(str(path)) :]


def test_nothing_there(tmp_path):
    assert "no such checkpoint" in fails(tmp_path / "none")
    assert "snap-0.index" in fails(tmp_path / "none" / "snap-0")
    assert ".index files found: none" in fails(folder_of(tmp_path / "empty"))


def test_two_indices(tmp_path):
    words = fails(folder_of(tmp_path, "snap-1", "snap-0"))
    assert ".index files found: snap-0.index, snap-1.index" in words
    assert "'checkpoint'" in words


@pytest.mark.parametrize("suffix", ["data-00000-of-00001", "meta"])
def test_another_file_of_the_checkpoint(tmp_path, suffix):
    folder_of(tmp_path, "snap-0")
    (tmp_path / f"snap-0.{suffix}").touch()
    assert "prefix" in fails(tmp_path / f"snap-0.{suffix}")


def test_named_one_is_not_there(tmp_path):
    folder_of(tmp_path, "snap-1", checkpoint=naming("/home/someone/snap-0"))
    words = fails(tmp_path)
    assert words.startswith("/checkpoint: names /home/someone/snap-0, but")
    assert str(tmp_path / "snap-0.index") in words


@pytest.mark.parametrize("content", [b"", b"snap-0\n", b"\xff\xfe\x00", b"\0" * 50])
def test_file_that_names_nothing(tmp_path, content):
    folder_of(tmp_path, "snap-0")
    (tmp_path / "checkpoint").write_bytes(content)
    assert fails(tmp_path).startswith("/checkpoint: ")

"""files.py and errors.py: whole or not at all; one line."""

import os

import pytest

from inpaint.errors import one_line, printable
from inpaint.files import atomic_file, atomic_folder


def test_a_file_appears_under_its_name_alone(tmp_path):
    with atomic_file(tmp_path / "a.txt") as part:
        with open(part, "x") as file:
            file.write("new")
        assert not (tmp_path / "a.txt").exists()
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_failure_leaves_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    def fail():
        with atomic_file(tmp_path / "a.txt") as part, open(part, "x") as file:
            file.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_link_stays(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/a.txt")
    with atomic_file(tmp_path / "link") as part, open(part, "x"):
        assert os.path.dirname(part) == str(tmp_path / "there")
    assert (tmp_path / "link").is_symlink()
    assert os.listdir(tmp_path / "there") == ["a.txt"]


def test_a_folder_that_was_not_renamed_is_removed(tmp_path):
    with atomic_folder(tmp_path / "all") as part:
        open(os.path.join(part, "file"), "x").close()
    assert os.listdir(tmp_path / "all") == []
    with atomic_folder(tmp_path / "all") as part:
        os.rename(part, tmp_path / "all" / "1")
    assert os.listdir(tmp_path / "all") == ["1"]


def test_one_line():
    assert one_line(ValueError("a\n  b\r\n")) == "a b"
    assert one_line(ValueError()) == "ValueError"


def test_printable():
    assert printable("é\x1b[2J\u202e.png") == "é\\x1b[2J\\u202e.png"

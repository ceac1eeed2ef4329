"""How the package is installed: its name, and what lies beside it."""

import re

import pytest
from commands import ROOT, only_line, refused

from inpaint.cli import namesake
from inpaint.cli import test as single
from inpaint.errors import InputError

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_distribution_is_not_named_as_somebody_elses():
    assert re.search(r'^name = "(.*)"$', PROJECT, re.MULTILINE)[1] == "deepfill"


def test_nobody_is_told_to_install_somebody_elses():
    told = re.compile(r"pip3? install[^\n]*[\s'\"]inpaint\b(?!/)")
    suffixes = (".py", ".md", ".sh", ".toml", ".yml")
    folders = (
        "inpaint",
        "docs",
        "serving",
        "tools",
        "examples",
        "benchmarks",
        "recipes",
    )
    files = [x for folder in folders for x in (ROOT / folder).rglob("*")]
    files += ROOT.glob("*")
    texts = {x: x.read_text("utf-8") for x in files if x.suffix in suffixes}
    assert len(texts) > 100
    assert [str(path) for path, text in texts.items() if told.search(text)] == []


def test_both_in_one_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namesake.require_none(str(tmp_path))
    (tmp_path / "deepfill-0.1.0.dist-info").mkdir()
    namesake.require_none(str(tmp_path))
    (tmp_path / "inpaint-0.1.7.dist-info").mkdir()
    with pytest.raises(InputError, match="pip uninstall inpaint deepfill") as caught:
        namesake.require_none(str(tmp_path))
    only_line(str(caught.value))
    found = namesake.require_none
    monkeypatch.setattr(namesake, "require_none", lambda: found(str(tmp_path)))
    line = refused(capsys, single.main, "--image", "a.png", "--mask", "b.png")
    assert "inpaint-0.1.7.dist-info: another package named inpaint" in line

"""`inpaint beam`: lists on Apache Beam, in this process."""

import os
import sys

import cv2
import numpy as np
import pytest
from commands import (
    A,
    B,
    box,
    inverted,
    levels,
    listed,
    only_line,
    read_picture,
    refused,
    run,
    write_mask,
    write_picture,
)

from inpaint.cli import beam, fill


@pytest.fixture
def apache():
    return pytest.importorskip("apache_beam", reason="needs the extra beam")


@pytest.fixture
def shelf(apache, here, monkeypatch):
    """The folder of the file system shelf://."""
    import beam_shelf  # registers itself

    folder = here / "shelf"
    folder.mkdir()
    monkeypatch.setenv("SHELF", str(folder))
    return folder, beam_shelf


def said(capsys):
    """(The line on standard output, the lines on standard error)."""
    output, errors = capsys.readouterr()
    assert "Traceback" not in errors
    return only_line(output), errors.splitlines()


def content(name):
    with open(name, "rb") as file:
        return file.read()


# Pixels


@pytest.mark.usefixtures("eager")
def test_files_are_those_of_fill(apache, here, tiny_guided_checkpoint, capsys):
    """16 bits, alpha, metadata, sketches, a deep hole. test_beam_processes.py does so
    of graphs."""
    pillow = pytest.importorskip("PIL.Image")
    deep = levels(40, 48).astype(np.uint16) * 250 + 3
    profile = bytes(16) + b"RGB " + bytes(16) + b"acsp" + bytes(92)
    sizes = {"a.png": (40, 48), "b.png": (37, 43), "c.jpg": (37, 43)}
    sizes |= {"d.png": (30, 48), "e.tif": (40, 48), "f.png": (300, 290)}
    assert cv2.imwrite("a.png", deep)
    assert cv2.imwrite("e.tif", deep)
    pillow.fromarray(levels()).save("b.png", icc_profile=profile, dpi=(72, 72))
    pillow.fromarray(levels()).save("c.jpg", quality=77, icc_profile=profile)
    write_picture("d.png", levels(30, 48)[..., [0, 1, 2, 0]])
    write_picture("f.png", levels(300, 290))
    rows = []
    for name, size in sizes.items():
        hole = box(*size)
        if name == "f.png":
            hole[5:280, 5:280] = True
        write_mask(f"{name[0]}_mask.png", hole)
        write_mask(f"{name[0]}_edge.png", levels(*size)[..., 0] > 100)
        rows.append(f"{name} {name[0]}_mask.png OUT_{name}")
    rows[1] += " c_edge.png"  # of the same size
    weights = ("--checkpoint_dir", tiny_guided_checkpoint)
    for command, out in ((fill, "fill"), (beam, "beam")):
        flist = listed(*(row.replace("OUT", out) for row in rows))
        assert run(command.main, *flist, *weights) == 0, capsys.readouterr().err
        line = capsys.readouterr().out.splitlines()[-1]
        assert "6 of 6 pictures written" in line
        assert " 0 there already, 0 failed" in line
    for name in sizes:
        assert content(f"beam_{name}") == content(f"fill_{name}"), name


# What becomes of lines


@pytest.mark.usefixtures("quick_network", "eager")
def test_what_cannot_be_done_is_listed_with_reasons(apache, two_pictures, capsys):
    other = "b.png b_mask.png a_out.png"
    bad = {
        "only two": "expected `image mask output`",
        "none.png a_mask.png c.png": "none.png: cannot be read",
        "a.png b_mask.png d.png": "b_mask.png is 48 × 30 pixels but a.png is",
        "a.png a_mask.png e.txt": "expected an extension that OpenCV writes",
        "a.png a_mask.png none/f.png": "the output folder",
        "a.png a_mask.png a.png": "expected an output that is no input",
        "a.png a_mask.png g.png a_edge.jpg": "the weights are not guided",
        A: "its output is that of list.flist: line 9 too",
        other: "its output is that of list.flist: line 8 too",
        "a.png\0 a_mask.png h.png": "expected text",
        "other://a.png a_mask.png i.png": "other://a.png: cannot be read",
        "a.png a_mask.png other://i.png": "other://i.png: cannot be looked for",
    }
    assert run(beam.main, *listed(*bad, B), "--failed", "again") == 1
    line, errors = said(capsys)
    assert "1 of 13 pictures written, 0 there already, 12 failed" in line
    assert only_line("\n".join(errors)).endswith("12 failed: see again.reasons.txt")
    assert (read_picture("b_out.png") == inverted(30, 48)).all()
    assert not os.path.exists("a_out.png")
    with open("again.txt") as rows, open("again.reasons.txt") as reasons:
        assert sorted(rows.read().splitlines()) == sorted(bad)
        found = dict(x.split(": ", 2)[1:] for x in reasons.read().splitlines())
    for number, words in enumerate(bad.values(), start=1):
        assert words in found[f"line {number}"]

    with open("again.txt", "w") as file:
        file.write(A)
    again = ("--flist", "again.txt", "--failed", "again")
    assert run(beam.main, *again) == 0
    assert (read_picture("a_out.png") == inverted()).all()
    assert os.path.getsize("again.txt") == os.path.getsize("again.reasons.txt") == 0


@pytest.mark.usefixtures("quick_network", "eager")
def test_what_is_there_is_left_out(apache, two_pictures, capsys):
    with open("a_out.png", "wb") as file:
        file.write(b"mine")
    write_mask("b_mask.png", np.zeros((30, 48), bool))
    assert run(beam.main, *listed("", A, B)) == 1  # nothing is filled
    line, errors = said(capsys)
    assert "1 of 2 pictures written (1 without a hole, as they were)" in line
    assert "(1 with doubtful masks), 1 there already, 0 failed" in line
    assert "warning: b_mask.png" in only_line("\n".join(errors))
    assert content("a_out.png") == b"mine"
    assert (read_picture("b_out.png") == levels(30, 48)).all()
    capsys.readouterr()
    assert run(beam.main, *listed("only two")) == 1
    assert "1 failed: --failed PREFIX tells which" in capsys.readouterr().err


@pytest.mark.usefixtures("quick_network", "eager")
def test_names_of_any_bytes_and_several_lists(apache, two_pictures):
    name = os.fsdecode(b"\xff lake.png")
    os.rename("a.png", name)
    os.mkdir("lists")
    with open("lists/1.txt", "wb") as file:
        row = b"\t".join([os.fsencode(name), b"a_mask.png", b"\xfe out.png"])
        file.write(b"\xef\xbb\xbf" + row + b"\r\n")
    with open("lists/2.txt", "w") as file:
        file.write(B)
    assert run(beam.main, "--flist", "lists/*.txt") == 0
    os.rename(os.fsdecode(b"\xfe out.png"), "a_out.png")
    assert (read_picture("a_out.png") == inverted()).all()
    assert (read_picture("b_out.png") == inverted(30, 48)).all()


# Addresses


@pytest.mark.usefixtures("eager")
def test_all_files_by_address(shelf, two_pictures, tiny_guided_checkpoint, capsys):
    folder, _ = shelf
    weights = ("--checkpoint_dir", tiny_guided_checkpoint)
    assert run(fill.main, *listed(A, B), *weights) == 0
    os.rename(tiny_guided_checkpoint, folder / "weights")
    try:
        for name in os.listdir():
            if name.endswith(("g", ".flist")):
                os.rename(name, folder / name)
        rows = [
            " ".join(f"shelf://{path}" for path in row.split())
            for row in (A.replace("a_out", "new/a_out"), B.replace("b_out", "new_b"))
        ]
        (folder / "1.txt").write_text(f"{rows[0]}\nshelf://no.png shelf://x.png no.png")
        (folder / "2.txt").write_text(f"{rows[1]}\na.png b.png other://c.png\n")
        arguments = ["--flist", "shelf://?.txt", "--failed", "shelf://made/bad"]
        arguments += ["--checkpoint_dir", "shelf://weights"]
        capsys.readouterr()
        assert run(beam.main, *arguments) == 1
        line, _ = said(capsys)
    finally:
        os.rename(folder / "weights", tiny_guided_checkpoint)
    assert "2 of 4 pictures written, 0 there already, 2 failed" in line
    old, new = (
        [(folder / name).read_bytes() for name in names]
        for names in (("a_out.png", "b_out.png"), ("new/a_out.png", "new_b.png"))
    )
    assert old == new
    assert not [x for x in folder.rglob("*") if "inpaint-part" in x.name]
    reasons = (folder / "made/bad.reasons.txt").read_text()
    assert "shelf://1.txt: line 2: shelf://no.png: cannot be read" in reasons
    assert "shelf://2.txt: line 2: other://c.png: cannot be looked for" in reasons
    assert sorted(os.listdir(folder / "new")) == ["a_out.png"]


def test_another_attempt_may_be_faster(shelf):
    from inpaint.scale import places

    folder, _ = shelf
    places.write("shelf://a.png", b"first")
    places.write("shelf://a.png", b"second")
    assert [x.name for x in folder.iterdir()] == ["a.png"]
    assert (folder / "a.png").read_bytes() == b"first"


# What is refused


def test_arguments_that_do_not_fit(apache, two_pictures, capsys):
    def line(*arguments):
        return refused(capsys, beam.main, *arguments)

    assert "none.txt: no such list" in line("--flist", "none.txt")
    flist = listed(A)
    assert "unrecognized arguments, also by Beam: --quailty 90" in line(
        *flist, "--quailty", "90"
    )
    assert "expected a file in a folder" in line(*flist, "--failed", "none/bad")
    assert "give both or none" in line(*flist, "--image_width", "8")
    assert "none: no such checkpoint" in line(*flist, "--checkpoint_dir", "none")
    assert "expected lines `image mask output`, got none" in line(*listed("", ""))


def test_without_apache_beam(two_pictures, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    line = refused(capsys, beam.main, *listed(A))
    assert "pip install 'apache-beam>=2.69,<3'" in line

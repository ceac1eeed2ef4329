"""batch_test.py and guided_batch_test.py: lists, what becomes of each line."""

import os
import sys
import threading
import time

import cv2
import numpy as np
import pytest
from commands import (
    ROOT,
    A,
    B,
    as_arguments,
    box,
    invert,
    inverted,
    levels,
    listed,
    only_line,
    read_picture,
    refused,
    run,
    run_script,
    write_mask,
    write_picture,
)

from inpaint.cli import batch_test, common, guided_batch_test, model, pictures
from inpaint.cli.pipeline import READ_AHEAD
from inpaint.cli.progress import Progress
from inpaint.pictures import images

pytestmark = pytest.mark.usefixtures("eager")


def test_each_picture_keeps_its_size(two_pictures, tiny_checkpoint, capsys):
    arguments = (*listed(A, "", B, ""), "--checkpoint_dir", tiny_checkpoint)
    assert run(batch_test.main, *arguments) == 0
    for name, size in (("a", (37, 43)), ("b", (30, 48))):
        completed = read_picture(f"{name}_out.png")
        assert completed.shape == (*size, 3)
        assert (completed == levels(*size))[~box(*size)].all()
        assert (completed != levels(*size))[box(*size)].mean() > 0.9
    output, errors = capsys.readouterr()
    assert errors == ""
    first, second, summary = output.splitlines()
    assert first.startswith("1/2 a_out.png - ")
    assert second.endswith(" pictures/s")
    assert summary.startswith("2 of 2 pictures written, 0 there already, 0 failed")
    assert "time total: " in summary


@pytest.mark.usefixtures("quick_network")
def test_resizes_pictures_and_masks_before_the_threshold(two_pictures):
    line = "a.png b_mask.png out.png"
    size = ("--image_height", 32, "--image_width", 24)
    assert run(batch_test.main, *listed(line), *size, "--checkpoint_dir", "") == 0
    image = cv2.resize(levels(), (24, 32), interpolation=cv2.INTER_LINEAR)
    mask = cv2.resize(
        box(30, 48) * np.uint8(255), (24, 32), interpolation=cv2.INTER_LINEAR
    )
    expected = np.where(mask[..., np.newaxis] > 127, 255 - image, image)
    assert (read_picture("out.png") == expected).all()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("size", "words"),
    [
        (["--image_height", 32], "give both or none"),
        (["--image_width", 32], "give both or none"),
        (
            ["--image_width", 0, "--image_height", 32],
            "number of pixels, or -1, got '0'",
        ),
        (
            ["--image_width", "a", "--image_height", 32],
            "number of pixels, or -1, got 'a'",
        ),
    ],
)
def test_sizes_that_cannot_be(two_pictures, capsys, size, words):
    arguments = (*listed(A), *size, "--checkpoint_dir", "")
    assert words in refused(capsys, batch_test.main, *arguments)


@pytest.mark.usefixtures("quick_network")
def test_bad_lines_are_reported_and_the_rest_goes_on(two_pictures, capsys):
    (two_pictures / "empty.png").touch()
    lines = [
        "missing.png a_mask.png 1.png",
        A,
        "a.png b_mask.png 3.png",
        "a.png empty.png 4.png",
        "a.png a_mask.png 5.doc",
        B,
    ]
    assert run(batch_test.main, *listed(*lines), "--checkpoint_dir", "") == 1
    output, errors = capsys.readouterr()
    errors = errors.splitlines()
    for number, words in {
        1: "missing.png: cannot be read: No such file",
        3: "b_mask.png is 48 × 30 pixels but a.png is 43 × 37 pixels",
        4: "empty.png",
        5: "extension",
    }.items():
        line = errors.pop(0)
        assert f"error: list.flist: line {number}: " in line
        assert words in line
    assert errors == []
    assert "2 of 6 pictures written, 0 there already, 4 failed" in output
    assert (read_picture("a_out.png") == inverted()).all()
    assert (read_picture("b_out.png") == inverted(30, 48)).all()
    assert not [name for name in os.listdir() if name[0] in "1345."]


@pytest.mark.usefixtures("quick_network")
def test_a_disk_that_fills_up(two_pictures, capsys, monkeypatch):
    def replace(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", replace)
    assert run(batch_test.main, *listed(A), "--checkpoint_dir", "") == 1
    assert "line 1: a_out.png: cannot be written: No space" in capsys.readouterr().err


@pytest.mark.usefixtures("quick_network")
def test_a_mask_without_a_hole(two_pictures, capsys):
    write_mask("a_mask.png", np.zeros((37, 43), bool))
    assert run(batch_test.main, *listed(B, A), "--checkpoint_dir", "") == 0
    output, errors = capsys.readouterr()
    line = only_line(errors)
    assert "warning: list.flist: line 2: a_mask.png has no hole" in line
    assert "2 of 2 pictures written (1 without a hole, as they were), 0 th" in output
    assert (read_picture("a_out.png") == levels()).all()
    assert run(batch_test.main, *listed(A), "--checkpoint_dir", "") == 1


@pytest.mark.usefixtures("no_network")
def test_output_folders_are_looked_for_first(two_pictures, capsys):
    line = refused(
        capsys, batch_test.main, *listed(A, "a.png a_mask.png nowhere/1.png")
    )
    assert "list.flist: line 2: nowhere/1.png: the output folder" in line


def test_skip_existing_looks_again(two_pictures, capsys, monkeypatch):
    """As when another run on the same list was faster."""

    def fill_and_be_late(image, mask, edge=None):
        write_picture("b_out.png", levels(5, 5))
        return invert(image, mask)

    monkeypatch.setattr(model, "load", lambda *_, **__: fill_and_be_late)
    assert run(batch_test.main, *listed(A, B), "--skip_existing") == 0
    assert "1 of 2 pictures written, 1 there already" in capsys.readouterr().out
    assert read_picture("b_out.png").shape == (5, 5, 3)


def test_lines_of_two_threads_do_not_mix(capsys, monkeypatch):
    """Each call prints as a whole: a step is not between the parts of a report."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress, inside = Progress(2), threading.Event()
    steps = threading.Thread(target=progress.step, kwargs={"written": "a.png"})

    def report(*_):
        steps.start()
        inside.set()
        time.sleep(0.05)
        assert "1/2" not in capsys.readouterr().out

    monkeypatch.setattr(common, "report", report)
    progress.report("batch_test.py", "warning", "a message")
    steps.join()
    assert "1/2" in capsys.readouterr().out


@pytest.mark.usefixtures("quick_network")
def test_skip_existing(two_pictures, capsys):
    write_picture("a_out.png", levels(5, 5))
    arguments = (*listed(A, B), "--skip_existing", "--checkpoint_dir", "")
    assert run(batch_test.main, *arguments) == 0
    assert "1 of 2 pictures written, 1 there already" in capsys.readouterr().out
    assert read_picture("a_out.png").shape == (5, 5, 3)
    assert (read_picture("b_out.png") == inverted(30, 48)).all()


@pytest.mark.usefixtures("no_network")
def test_nothing_left_to_do(two_pictures, capsys):
    write_picture("a_out.png")
    arguments = (*listed(A), "--skip_existing", "--checkpoint_dir", "")
    assert run(batch_test.main, *arguments) == 0
    assert "0 of 1 pictures written, 1 there already" in capsys.readouterr().out


@pytest.mark.usefixtures("quick_network")
def test_a_line_may_take_what_an_earlier_one_makes(two_pictures):
    lines = [A, "a_out.png a_mask.png a_again.png", B]
    assert run(batch_test.main, *listed(*lines), "--checkpoint_dir", "") == 0
    assert (read_picture("a_again.png") == levels()).all()


def test_reads_ahead_while_a_picture_is_filled(two_pictures, monkeypatch):
    lines = [f"a.png a_mask.png {number}.png" for number in range(READ_AHEAD + 3)]
    reads = []
    enough = threading.Event()

    def read(*paths, **options):
        reads.append(paths)
        if len(reads) == 1 + READ_AHEAD:
            enough.set()
        return pictures.Picture(levels(), box())

    def wait_for_the_next(image, *_):
        assert enough.wait(20)
        time.sleep(0.02)  # for one too many to show
        assert len(reads) <= len(filled) + 1 + READ_AHEAD
        filled.append(image)
        return image

    filled = []
    monkeypatch.setattr(pictures, "read", read)
    monkeypatch.setattr(model, "load", lambda *_, **__: wait_for_the_next)
    assert run(batch_test.main, *listed(*lines), "--checkpoint_dir", "") == 0
    assert len(filled) == len(lines)


@pytest.mark.usefixtures("quick_network")
def test_a_bar_on_a_terminal(two_pictures, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(batch_test.main, *listed(A, B), "--checkpoint_dir", "") == 0
    output = capsys.readouterr().out
    assert "2/2" in output
    assert "- pictures/s: " in output


@pytest.mark.usefixtures("quick_network")
@pytest.mark.parametrize("place", ["read_picture", "write_image"])
def test_our_own_errors_keep_their_traceback(two_pictures, monkeypatch, place):
    def fail(*_):
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(images, place, fail)
    with pytest.raises(RuntimeError, match="a fault of the program"):
        run(batch_test.main, *listed(A), "--checkpoint_dir", "")


def test_interrupted(two_pictures, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "load", lambda *_, **__: interrupted)
    assert run(batch_test.main, *listed(A, B), "--checkpoint_dir", "") == 130
    assert capsys.readouterr().err == ""


def test_sketches_beside_the_pictures_or_in_a_fourth_column(
    two_pictures, tiny_guided_checkpoint, monkeypatch, capsys
):
    sketches = []

    def fill(_, picture, path):
        sketches.append(picture.edge)
        return picture.image

    monkeypatch.setattr(model, "fill", fill)
    write_mask("sketch.png", box())
    lines = [A, "a.png a_mask.png 2.png sketch.png", "a.png a_mask.png 3.png none.png"]
    arguments = (*listed(*lines), "--checkpoint_dir", tiny_guided_checkpoint)
    assert run(guided_batch_test.main, *arguments) == 1
    beside, in_column = sketches
    assert (beside == images.read_channel("a_edge.jpg")).all()
    assert (in_column == 255 * box()).all()
    assert "line 3: none.png" in only_line(capsys.readouterr().err)


@pytest.mark.parametrize("text", ["guided: false", "guided: true", None])
@pytest.mark.parametrize("guided", [True, False])
def test_weights_for_the_other_command(
    two_pictures, tiny_checkpoint, tiny_guided_checkpoint, capsys, guided, text
):
    if text:
        (two_pictures / "inpaint.yml").write_text(text)
    main = guided_batch_test.main if guided else batch_test.main
    weights = tiny_checkpoint if guided else tiny_guided_checkpoint
    line = refused(capsys, main, *listed(A), "--checkpoint_dir", weights)
    assert f"use {'' if guided else 'guided_'}batch_test.py" in line


def test_weights_that_are_not_there(two_pictures, capsys):
    line = refused(capsys, batch_test.main, *listed(A), "--checkpoint_dir", "none")
    assert "none: no such checkpoint" in line


def test_script_from_another_folder(two_pictures, tiny_guided_checkpoint):
    flags = {"checkpoint_dir": tiny_guided_checkpoint, "flist": "list.flist"}
    listed(A, "no_such.png a_mask.png c_out.png", B)
    script = ROOT / "guided_batch_test.py"
    done = run_script(script, *as_arguments(flags), cwd=two_pictures)
    assert done.returncode == 1
    start = "guided_batch_test.py: error: list.flist: line 2: no_such.png: "
    assert only_line(done.stderr).startswith(start)
    assert "2 of 3 pictures written" in done.stdout
    assert (read_picture("b_out.png") == levels(30, 48))[~box(30, 48)].all()

"""Lists of pictures to fill: what they may look like and what is refused."""

import os
import sys

import cv2
import numpy as np
import pytest
from commands import A, inverted, listed, refused, run

from inpaint.cli import batch_test, guided_batch_test


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "list.flist: expected lines `image mask output`, got none"),
        (["", "  "], "got none"),
        ([A, "", "b.png b_mask.png"], "line 3: expected `image mask output`, got 2"),
        ([f"{A} a_edge.jpg"], "line 1: expected `image mask output`, got 4 columns"),
        (["a.png", A], "line 1: expected `image mask output`, got 1 column"),
        ([A, "b.png b_mask.png ./a_out.png"], "line 2: the output ./a_out.png is that"),
        (["a.png a_mask.png a\0.png"], "list.flist: expected a text file"),
    ],
)
def test_lists_that_cannot_be_used(two_pictures, capsys, lines, words):
    arguments = (*listed(*lines), "--checkpoint_dir", "")
    assert words in refused(capsys, batch_test.main, *arguments)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("columns", [2, 5])
def test_guided_lists_that_cannot_be_used(two_pictures, capsys, columns):
    arguments = (*listed(" ".join("abcde"[:columns])), "--checkpoint_dir", "")
    line = refused(capsys, guided_batch_test.main, *arguments)
    assert f"`image mask output edge`, got {columns} columns" in line


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", ["missing.flist", "."])
def test_lists_that_cannot_be_read(two_pictures, capsys, name):
    arguments = ("--flist", name, "--checkpoint_dir", "")
    assert f"error: {name}: " in refused(capsys, batch_test.main, *arguments)


@pytest.mark.usefixtures("quick_network")
@pytest.mark.skipif(sys.platform != "linux", reason="any bytes make a name")
def test_lists_of_other_systems_and_names_of_any_bytes(two_pictures):
    name = os.fsdecode(b"\xe9t\xe9")
    os.rename("a.png", f"{name}.png")
    with open("list.flist", "wb") as file:
        file.write(b"\xef\xbb\xbf" + A.encode().replace(b"a.png", b"b.png"))
        file.write(b"\r\n\xe9t\xe9.png\ta_mask.png  \xe9.png\r\n")
    arguments = ("--flist", "list.flist", "--checkpoint_dir", "")
    assert run(batch_test.main, *arguments) == 1  # the first's sizes differ
    with open(os.fsdecode(b"\xe9.png"), "rb") as file:
        content = np.frombuffer(file.read(), np.uint8)
    completed = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]
    assert (completed == inverted()).all()

"""`inpaint fill`: a picture, folders, lists."""

import os

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

from inpaint.cli import fill, fill_list, folders
from inpaint.cli import test as single
from inpaint.cli.fill_list import Line

pytestmark = pytest.mark.usefixtures("eager")


@pytest.fixture
def photos(here):
    """photos/ with one.png and deep/two.png, and masks/ for both, of their sizes."""
    for name, size in (("one", (37, 43)), ("deep/two", (30, 48))):
        for folder in ("photos", "masks"):
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        write_picture(f"photos/{name}.png", levels(*size))
        write_mask(f"masks/{name}.png", box(*size))
    return here


# One picture


@pytest.mark.usefixtures("quick_network")
def test_one_picture(two_pictures, capsys):
    assert run(fill.main, "a.png", "a_mask.png", "-o", "out.png") == 0
    assert (read_picture("out.png") == inverted()).all()
    assert only_line(capsys.readouterr().out).startswith("out.png written in ")


@pytest.mark.usefixtures("quick_network")
@pytest.mark.parametrize("folder", ["outs", "outs/"])
def test_one_picture_into_a_folder(two_pictures, folder):
    os.mkdir("outs")
    assert run(fill.main, "a.png", "a_mask.png", "-o", folder) == 0
    assert (read_picture("outs/a.png") == inverted()).all()


def test_the_weights_say_whether_a_sketch_is_looked_for(
    two_pictures, tiny_checkpoint, tiny_guided_checkpoint, capsys
):
    def filled(weights, *more):
        arguments = ("a.png", "a_mask.png", "-o", "out.png", "--checkpoint_dir")
        assert run(fill.main, *arguments, weights, *more) == 0
        return read_picture("out.png")

    plain, by_found = filled(tiny_checkpoint), filled(tiny_guided_checkpoint)
    by_named = filled(tiny_guided_checkpoint, "--edge", "a_edge.jpg")
    write_mask("nothing.png", np.zeros((37, 43), bool))
    by_nothing = filled(tiny_guided_checkpoint, "--edge", "nothing.png")
    assert (by_found == by_named).all()
    assert (by_found != by_nothing).any()
    assert (plain != by_found).any()
    capsys.readouterr()
    os.remove("a_edge.jpg")
    arguments = ("a.png", "a_mask.png", "-o", "new.png", "--checkpoint_dir")
    line = refused(capsys, fill.main, *arguments, tiny_guided_checkpoint)
    assert "a_edge.jpg: cannot be read" in line
    line = refused(
        capsys, fill.main, *arguments, tiny_checkpoint, "--edge", "nothing.png"
    )
    assert "not guided: leave out --edge" in line


@pytest.mark.parametrize(
    ("image", "there", "found"),
    [
        ("a.png", ["a_edge.png", "a_edge.jpg"], "a_edge.jpg"),
        ("a.png", ["a_edge.png"], "a_edge.png"),
        ("a.jpeg", ["a_edge.jpg"], "a_edge.jpg"),
        ("a.jpeg", [], "a._edge.jpg"),  # as the original cuts it
    ],
)
def test_where_sketches_are_looked_for(here, image, there, found):
    for name in there:
        (here / name).touch()
    assert fill_list.find_sketch(image) == found


@pytest.mark.usefixtures("quick_network")
def test_black_masks_and_growing_holes(two_pictures):
    write_mask("black.png", ~box())
    assert run(fill.main, "a.png", "black.png", "-o", "o.png", "--invert_mask") == 0
    assert (read_picture("o.png") == inverted()).all()

    point = np.zeros((37, 43), bool)
    point[20, 30] = True
    write_mask("point.png", point)
    assert run(fill.main, "a.png", "point.png", "-o", "o.png", "--dilate", 2) == 0
    changed = np.argwhere((read_picture("o.png") != levels()).any(-1)) - (20, 30)
    assert np.abs(changed).max() == 2
    assert {(0, 2), (2, 0), (0, -2), (-2, 0), (1, 1)} <= set(map(tuple, changed))
    assert (2, 2) not in set(map(tuple, changed))  # round


def test_the_old_names_do_the_same(two_pictures, tiny_checkpoint):
    weights = ("--checkpoint_dir", tiny_checkpoint)
    assert run(fill.main, "a.png", "a_mask.png", "-o", "new.png", *weights) == 0
    flags = ("--image", "a.png", "--mask", "a_mask.png", "--output", "old.png")
    assert run(single.main, *flags, *weights) == 0
    assert (read_picture("new.png") == read_picture("old.png")).all()


# Folders


@pytest.mark.usefixtures("quick_network")
def test_folders_are_paired_by_name(photos, capsys):
    os.rename("masks/deep/two.png", "masks/deep/two_mask.png")
    assert run(fill.main, "photos/", "masks", "-o", "new/outs") == 0
    assert (read_picture("new/outs/one.png") == inverted()).all()
    assert (read_picture("new/outs/deep/two.png") == inverted(30, 48)).all()
    assert "2 of 2 pictures written" in capsys.readouterr().out


@pytest.mark.usefixtures("quick_network")
def test_one_mask_for_all(photos):
    write_picture("photos/deep/two.png")
    assert run(fill.main, "photos", "masks/one.png", "-o", "outs") == 0
    for name in ("one", "deep/two"):
        assert (read_picture(f"outs/{name}.png") == inverted()).all()


@pytest.mark.usefixtures("quick_network")
def test_masks_beside_pictures(two_pictures):
    os.mkdir("here")
    for name in ("a.png", "a_mask.png", "a_edge.jpg"):
        os.rename(name, f"here/{name}")
    assert run(fill.main, "here", "here", "-o", "outs") == 0
    assert os.listdir("outs") == ["a.png"]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("change", "output", "words"),
    [
        (lambda: os.remove("masks/one.png"), "outs", "no mask for 1 of 2 pictures: ph"),
        (
            lambda: write_mask("masks/one.bmp"),
            "outs",
            "expected one mask, got masks/on",
        ),
        (lambda: None, "photos/outs", "expected a folder outside of photos"),
        (lambda: None, "photos", "expected a folder outside of photos"),
        (lambda: None, "masks", "the output would be written over a mask"),
        (lambda: None, "masks/one.png", "expected a folder, since photos is one"),
    ],
)
def test_folders_that_do_not_fit(photos, capsys, change, output, words):
    change()
    assert words in refused(capsys, fill.main, "photos", "masks", "-o", output)


@pytest.mark.usefixtures("quick_network")
def test_a_picture_that_cannot_be_done_is_told_without_a_list(photos, capsys):
    with open("photos/bad.png", "wb") as file:
        file.write(b"no picture")
    write_mask("masks/bad.png")
    arguments = ("photos", "masks", "-o", "outs", "--failed", "failed.txt")
    assert run(fill.main, *arguments) == 1
    output, errors = capsys.readouterr()
    assert "error: photos/bad.png: expected an image file" in only_line(errors)
    assert "2 of 3 pictures written, 0 there already, 1 failed" in output
    write_picture("photos/bad.png")
    assert run(fill.main, "--flist", "failed.txt", "--failed", "failed.txt") == 0
    assert (read_picture("outs/bad.png") == inverted()).all()
    assert os.path.getsize("failed.txt") == 0


# Lists


@pytest.mark.usefixtures("quick_network")
def test_tabs_part_paths_that_have_blanks(two_pictures):
    os.rename("a.png", "my lake.png")
    flist = listed("my lake.png\ta_mask.png\tthe lake, filled.png", B)
    assert run(fill.main, *flist) == 0
    assert (read_picture("the lake, filled.png") == inverted()).all()
    assert (read_picture("b_out.png") == inverted(30, 48)).all()


@pytest.mark.usefixtures("quick_network")
def test_shards_are_all_of_a_list_once(two_pictures):
    flist = listed(*(f"a.png a_mask.png {number}.png" for number in range(5)))
    made = []
    for part in (1, 2):
        before = set(os.listdir())
        assert run(fill.main, *flist, "--shard", f"{part}/2") == 0
        made.append(sorted(set(os.listdir()) - before))
    assert made == [["0.png", "2.png", "4.png"], ["1.png", "3.png"]]


def test_shards_write_the_files_of_the_whole_list(here, tiny_checkpoint):
    rows = []
    for number in range(5):
        size = 30 + 3 * number, 40 + number
        write_picture(f"{number}.png", levels(*size))
        write_mask(f"{number}_mask.png", box(*size))
        rows.append(f"{number}.png {number}_mask.png OUT_{number}.png")
    weights = ("--checkpoint_dir", tiny_checkpoint)
    whole = listed(*(row.replace("OUT", "whole") for row in rows))
    assert run(fill.main, *whole, *weights) == 0
    parts = listed(*(row.replace("OUT", "part") for row in rows))
    for part in (3, 1, 2):
        assert run(fill.main, *parts, *weights, "--shard", f"{part}/3") == 0
    for number in range(5):
        expected = (here / f"whole_{number}.png").read_bytes()
        assert (here / f"part_{number}.png").read_bytes() == expected


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("part", ["0/2", "3/2", "2", "a/b", "1/2/3"])
def test_parts_that_are_none(two_pictures, capsys, part):
    line = refused(capsys, fill.main, *listed(A), "--shard", part)
    assert f"--shard: expected I/N, such as 1/4, got '{part}'" in line


def test_sketches_of_a_list(two_pictures, tiny_checkpoint, tiny_guided_checkpoint):
    def filled(line, weights):
        assert run(fill.main, *listed(line), "--checkpoint_dir", weights) == 0
        return read_picture("a_out.png")

    write_mask("nothing.png", np.zeros((37, 43), bool))
    by_found = filled(A, tiny_guided_checkpoint)
    by_nothing = filled(f"{A} nothing.png", tiny_guided_checkpoint)
    assert (by_found != by_nothing).any()
    arguments = (*listed(f"{A} nothing.png"), "--checkpoint_dir", tiny_checkpoint)
    assert run(fill.main, *arguments) == 2


def test_a_list_is_written_as_it_is_read(here):
    lines = [Line(1, "a b.png", "m.png", "o.png"), Line(2, "c", "d", "e", "f g.jpg")]
    fill_list.write("list.txt", lines)
    assert fill_list.read("list.txt", None) == lines


# What is refused


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "expected PHOTO MASK -o OUT, or --flist FILE"),
        (["a.png", "a_mask.png"], "expected PHOTO MASK -o OUT"),
        (["a.png", "a_mask.png", "-o", "o.png", "--flist", "x"], "its lines name"),
        (["a.png", "a_mask.png", "-o", "o.png", "--shard", "1/2"], "many pictures"),
        (["a.png", "a_mask.png", "-o", "o.png", "--dilate", "-1"], "of pixels, got"),
        (["none.png", "a_mask.png", "-o", "o.png"], "none.png: cannot be read"),
        (["--flist", "x", "--failed", "none/failed.txt"], "x: "),
    ],
)
def test_arguments_that_do_not_fit(two_pictures, capsys, arguments, words):
    assert words in refused(capsys, fill.main, *arguments)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "arguments",
    [
        ["gs://b/a.png", "a_mask.png", "-o", "o.png"],
        ["a.png", "s3://b/m.png", "-o", "o.png"],
        ["a.png", "a_mask.png", "-o", "gs://b/o.png"],
        ["a.png", "a_mask.png", "-o", "o.png", "--checkpoint_dir", "gs://b/w"],
        ["--flist", "https://b/list.txt"],
    ],
)
def test_addresses_are_no_paths(two_pictures, capsys, arguments):
    line = refused(capsys, fill.main, *arguments)
    assert "expected a path on this machine, got an address" in line


@pytest.mark.usefixtures("no_network")
def test_addresses_in_lists_are_no_paths(two_pictures, capsys):
    line = refused(capsys, fill.main, *listed("a.png a_mask.png gs://b/o.png"))
    assert "gs://b/o.png: expected a path on this machine" in line


def test_lines_of_folders(photos):
    assert folders.lines("photos", "masks", "outs") == [
        Line(1, "photos/deep/two.png", "masks/deep/two.png", "outs/deep/two.png"),
        Line(2, "photos/one.png", "masks/one.png", "outs/one.png"),
    ]


@pytest.mark.usefixtures("quick_network")
def test_16_bits_and_metadata_go_through_folders(photos):
    pillow = pytest.importorskip("PIL.Image")
    deep = levels(30, 48).astype(np.uint16) * 256 + 7
    assert cv2.imwrite("photos/deep/two.png", deep)
    profile = bytes(16) + b"RGB " + bytes(108)
    pillow.fromarray(levels()).save("photos/one.png", icc_profile=profile)
    assert run(fill.main, "photos", "masks", "-o", "outs") == 0
    completed = cv2.imread("outs/deep/two.png", cv2.IMREAD_UNCHANGED)
    assert (completed == deep)[~box(30, 48)].all()
    assert pillow.open("outs/one.png").info["icc_profile"] == profile

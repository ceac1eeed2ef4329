"""inpaint edges: where the sketches go, and that the other commands read them."""

import os

import cv2
import numpy as np
import pytest
from caffe_files import write_network
from commands import ROOT, only_line, refused, run, run_script, write_picture

from inpaint.cli import edges as command
from inpaint.pictures import images, lists


def stripe(width=32, height=24):
    """Black, white from column 16 on."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, 16:] = 255
    return image


@pytest.fixture
def photos(here):
    """photos/a.png, photos/more/b.jpeg."""
    (here / "photos" / "more").mkdir(parents=True)
    write_picture(here / "photos" / "a.png", stripe())
    write_picture(here / "photos" / "more" / "b.jpeg", stripe(40))
    return here / "photos"


def assert_is_the_stripes_edge(path, width=32):
    """As a guided network reads it: one line at the step, after JPEG's compression."""
    lines = images.read_edge(path, threshold=0.6)
    assert lines.shape == (24, width)
    assert (lines == lines[0]).all()
    assert np.flatnonzero(lines[0]).tolist() in ([15], [16])


def test_one_picture_into_a_file(photos, capsys):
    assert run(command.main, "photos/a.png", "drawn.png") == 0
    assert_is_the_stripes_edge("drawn.png")
    assert set(np.unique(cv2.imread("drawn.png"))) == {0, 255}
    assert capsys.readouterr() == ("1/1 drawn.png\n", "")


def test_a_folder_into_itself(photos, capsys):
    assert run(command.main, "photos", "photos") == 0
    assert capsys.readouterr() == (
        "1/2 photos/a_edge.jpg\n2/2 photos/more/b._edge.jpg\n",
        "",
    )
    found = lists.find_pictures("photos", guided=True)
    assert [os.path.relpath(path, "photos") for path in found.edges] == [
        "a_edge.jpg",
        "more/b._edge.jpg",  # as the original cuts the last four characters off
    ]
    for path, width in zip(found.edges, (32, 40)):
        assert_is_the_stripes_edge(path, width)
    before = (photos / "a_edge.jpg").read_bytes()
    assert run(command.main, "photos", "photos") == 0  # not edges of edges
    assert (photos / "a_edge.jpg").read_bytes() == before


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("photos", ["a_edge.jpg", "more/b._edge.jpg"]),
        ("photos/*/b*", ["more/b._edge.jpg"]),
        ("photos/**/*.png", ["a_edge.jpg"]),
        ("*/*.png", ["photos/a_edge.jpg"]),
    ],
)
def test_places_in_the_output_folder(photos, source, expected):
    assert run(command.main, source, "new/folder") == 0
    files = (path for path in (photos.parent / "new").rglob("*") if path.is_file())
    found = sorted(os.path.relpath(path, "new/folder") for path in files)
    assert found == expected


@pytest.mark.parametrize("exists", [False, True])
def test_one_picture_into_a_folder(photos, exists):
    if exists:
        (photos.parent / "sketches").mkdir()
    assert run(command.main, "photos/a.png", "sketches") == 0
    assert_is_the_stripes_edge("sketches/a_edge.jpg")


def test_options_reach_the_method(here):
    write_picture(here / "a.png", stripe() // 5)  # a step of 51: gradient 204
    assert (
        run(command.main, "a.png", "y.png", "--sigma=0", "--low=9", "--high=203") == 0
    )
    assert_is_the_stripes_edge("y.png")
    assert (
        run(command.main, "a.png", "n.png", "--sigma=0", "--low=9", "--high=204") == 0
    )
    assert not cv2.imread("n.png").any()


def test_jpeg_keeps_every_line(here):
    """Noise: lines cross and touch, the hardest for JPEG."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    write_picture(here / "noise.png", noise)
    for name in ("lossless.png", "noise_edge.jpg"):
        assert run(command.main, "noise.png", name, "--sigma=1") == 0
    lossless = images.read_edge("lossless.png", 0.6)
    assert 0.05 < lossless.mean() < 0.5
    assert np.mean(images.read_edge("noise_edge.jpg", 0.6) != lossless) < 0.001


def test_a_broken_picture_among_others(photos, capsys):
    data = (photos / "a.png").read_bytes()
    (photos / "a.png").write_bytes(data[: len(data) // 2])
    assert run(command.main, "photos", "out") == 1
    output, errors = capsys.readouterr()
    assert output == f"2/2 {os.path.join('out', 'more', 'b._edge.jpg')}\n"
    assert "photos/a.png" in only_line(errors)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.png", "x.png"], "none.png: expected a list, folder or glob"),
        (["photos/more", "x", "--low", "3"], "--low and --high: give both or none"),
        (["photos", "x", "--low=3", "--high=2"], "--low 3 is above --high 2"),
        (["photos", "x", "--sigma=-1"], "--sigma: expected a number, at least 0, got"),
        (["photos", "x", "--sigma=1e10"], "--sigma: expected 1000 at most, got '1e10"),
        (["photos", "x", "--sigma", "nan"], "--sigma: expected a number, at least 0"),
        (["photos/a.png", "photos/a.png"], "a.png: the edges of photos/a.png and a p"),
        (["photos/a.png", "x.abc"], "x.abc: expected an extension that OpenCV writes"),
        (["photos/a.png", "no/x.png"], "no/x.png: cannot be written"),
        (["broken.png", "x.png"], "broken.png: expected a whole image file"),
        (["photos", "x", "--hed", "a.prototxt", "b"], "a.prototxt: "),
        (["photos", "x", "--hed", "a", "b", "--sigma=1"], "are Canny's: leave out --h"),
        (["list.txt", "x"], "list.txt: expected a picture (.jpg, .jpeg, "),
    ],
)
def test_refusals(photos, capsys, arguments, words):
    (photos.parent / "broken.png").write_bytes((photos / "a.png").read_bytes()[:60])
    (photos.parent / "list.txt").write_text("photos/a.png\n")
    assert words in refused(capsys, command.main, *arguments)


def test_a_broken_hed_is_one_line(photos):
    files = write_network(photos.parent)
    files[0].write_bytes(b"\xff{")
    arguments = [photos, photos.parent / "x", "--hed", *files]
    done = run_script("-m", "inpaint", "edges", *arguments, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert "hed.prototxt" in only_line(done.stderr)


def test_two_pictures_of_one_name(photos, capsys):
    write_picture(photos / "a.bmp", stripe())
    line = refused(capsys, command.main, "photos", "x")
    assert "a_edge.jpg: the edges of photos/a.png and the edges of photos/a.bmp" in line


def test_hed(photos, capsys):
    """White is an edge to the stand-in, black is none; OpenCV 5 says that it cannot."""
    network = write_network(photos.parent)
    arguments = ["photos/a.png", "x.png", "--hed", *network]
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        assert "OpenCV 4 does" in refused(capsys, command.main, *arguments)
        return
    assert run(command.main, *arguments) == 0
    lines = images.read_edge("x.png", 0.6)
    assert lines[:, 16:].all()
    assert not lines[:, :16].any()

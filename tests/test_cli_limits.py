"""Files that are no pictures, pictures that are too large, names that are not plain."""

import os
import resource
import socket
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from commands import (
    ROOT,
    as_arguments,
    box,
    levels,
    listed,
    only_line,
    refused,
    run,
    run_script,
    write_mask,
    write_picture,
)

from inpaint import config
from inpaint.cli import batch_test, edges
from inpaint.cli import evaluate as evaluation
from inpaint.cli import test as command
from inpaint.errors import InputError
from inpaint.pictures import images, sizes
from inpaint.pictures.lists import Pictures


def png(width, height, rows=b""):
    """A whole PNG file of grey pixels; `rows` are its image data, uncompressed."""

    def chunk(kind, content):
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


BOMB = png(30_000, 30_000, bytes(30_001 * 30_000 // 100))
TOO_MANY = "30000 × 30000 pixels, more than max_pixels 100,000,000"


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def unix_socket(path):
    socket.socket(socket.AF_UNIX).bind(str(path))


def huge(path):
    """Two terabytes, none of them on the disk."""
    path.write_bytes(png(43, 37))
    os.truncate(path, 2 << 40)


def huge_text(path):
    path.write_bytes(b"no picture")
    os.truncate(path, 2 << 40)


def bomb(path):
    path.write_bytes(BOMB)


SPECIAL = [
    (pipe, "got a pipe, device or socket"),
    (device, "got a pipe, device or socket"),
    (unix_socket, "got a pipe, device or socket"),
    (huge, "larger than 867,108,864 bytes, the most for max_pixels"),
    (huge_text, "expected an image file"),
    (bomb, TOO_MANY),
]


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(("make", "words"), SPECIAL)
@pytest.mark.parametrize("flag", ["image", "mask", "edge"])
def test_files_that_are_no_pictures(flags, here, capsys, flag, make, words):
    make(here / "odd.png")
    flags[flag] = here / "odd.png"
    line = refused(capsys, command.main, *as_arguments(flags))
    assert f"{flags[flag]}: " in line
    assert words in line


@pytest.mark.usefixtures("quick_network")
@pytest.mark.parametrize(("make", "words"), SPECIAL)
def test_a_list_goes_on_after_them(two_pictures, capsys, make, words):
    make(two_pictures / "odd.png")
    lines = [
        "odd.png a_mask.png 1.png",
        "a.png odd.png 2.png",
        "a.png a_mask.png 3.png",
    ]
    assert run(batch_test.main, *listed(*lines)) == 1
    output, errors = capsys.readouterr()
    assert [words in line for line in errors.splitlines()] == [True, True]
    assert "1 of 3 pictures written" in output


@pytest.mark.parametrize(("make", "words"), SPECIAL)
def test_masks_of_an_evaluation(here, capsys, make, words):
    (here / "pictures").mkdir()
    (here / "masks").mkdir()
    write_picture(here / "pictures" / "a.png")
    make(here / "masks" / "a.png")
    argv = ["--images", "pictures", "--model", "telea", "--masks", "masks"]
    line = refused(capsys, evaluation.main, *argv)
    assert "masks/a.png: " in line
    assert words in line


def test_edges_go_on_after_a_picture_that_is_too_large(here, capsys):
    (here / "a.png").write_bytes(BOMB)
    write_picture(here / "b.png")
    assert run(edges.main, str(here), "out") == 1
    output, errors = capsys.readouterr()
    assert TOO_MANY in only_line(errors)
    assert only_line(output).startswith("2/2 ")


def test_edges_go_on_where_opencv_fails(here, capsys, monkeypatch):
    for name in "ab":
        write_picture(here / f"{name}.png")
    answers = iter([cv2.error("assertion failed\nin a loop"), MemoryError()])

    def fail(*_, **__):
        raise next(answers)

    monkeypatch.setattr(cv2, "Canny", fail)
    assert run(edges.main, str(here), "out") == 1
    errors = capsys.readouterr().err.splitlines()
    assert [
        f"{name}.png: edges of 43 × 37 pixels: " in line
        for name, line in zip("ab", errors)
    ] == [True, True]


def test_the_limit_is_a_setting(flags, capsys, quick_network):
    with open("inpaint.yml", "w") as file:
        file.write("max_pixels: 1590\n")  # of 37 × 43 = 1591
    line = refused(capsys, command.main, *as_arguments(flags))
    assert (
        "43 × 37 pixels, more than max_pixels 1,590, a setting of inpaint.yml" in line
    )
    with open("inpaint.yml", "w") as file:
        file.write("max_pixels: 1591\n")
    assert run(command.main, *as_arguments(flags)) == 0
    assert config.Config().max_pixels == images.MAX_PIXELS


def test_training_pictures_are_held_to_it(here):
    from inpaint.data import dataset

    write_picture(here / "a.png")
    options = {"size": (8, 8), "random_crop": False, "edge_threshold": 0.6}
    pictures = Pictures([str(here / "a.png")])
    with pytest.raises(InputError, match="more than max_pixels 1,590"):
        dataset.validation_images(pictures, 1, max_pixels=1590, **options)


def test_so_is_what_is_measured_on_them(here):
    from inpaint.data import Unreadable
    from inpaint.training import feed

    write_picture(here / "a.png")
    pictures = Pictures([str(here / "a.png")])

    def measured(max_pixels):
        given = {"img_shapes": [8, 8, 3], "batch_size": 1, "max_pixels": max_pixels}
        settings = config.from_dict(given, "a test")
        return list(feed.every_picture(settings, pictures, 0, Unreadable()))

    assert [batch.shape for batch in measured(1591)] == [(1, 8, 8, 3)]
    with pytest.raises(InputError, match="more than max_pixels 1,590"):
        measured(1590)


@pytest.mark.parametrize("reader", [images.read_image, images.read_mask])
def test_memory_stays_small(here, reader):
    bomb(here / "a.png")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="max_pixels"):
        reader(here / "a.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


SIZE = (7, 301)
RGB = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    "extension",
    [
        ".jpg",
        ".png",
        ".bmp",
        ".webp",
        ".tif",
        ".gif",
        ".jp2",
        ".avif",
        ".ppm",
        ".pam",
        ".pfm",
        ".sr",
        ".hdr",
    ],
)
def test_sizes_in_headers(extension):
    kind = np.float32 if extension in (".pfm", ".hdr") else np.uint8
    try:
        encoded, data = cv2.imencode(extension, RGB.astype(kind))
    except cv2.error:
        encoded = False
    if not encoded:
        pytest.skip(f"this OpenCV writes no {extension}")
    assert sizes.size(data.tobytes()) == SIZE


@pytest.mark.parametrize(
    ("format_name", "options"),
    [
        ("WEBP", {"lossless": True}),
        ("WEBP", {"quality": 50}),
        ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}),
        ("TIFF", {"big_tiff": True}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("JPEG", {"progressive": True}),
        ("BMP", {}),
        ("GIF", {}),
        ("PPM", {}),
        ("JPEG2000", {"no_jp2": True}),
        ("PNG", {}),
    ],
)
def test_sizes_in_headers_by_pillow(tmp_path, format_name, options):
    pillow = pytest.importorskip("PIL.Image")
    pillow.fromarray(RGB).save(tmp_path / "a", format_name, **options)
    assert sizes.size((tmp_path / "a").read_bytes()) == SIZE


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("extension", "size"),
    [(".jpg", (1, 65_501)), (".webp", (16_384, 1)), (".png", (1, 1_000_001))],
)
def test_too_large_for_the_output_is_told_before(flags, here, capsys, extension, size):
    hole = np.zeros(size, bool)
    hole[0, 0] = True
    cv2.imwrite(str(here / "image.bmp"), np.zeros(size, np.uint8))
    cv2.imwrite(str(here / "mask.bmp"), hole.astype(np.uint8) * 255)
    flags.update(image=here / "image.bmp", mask=here / "mask.bmp")
    flags["output"] = here / f"out{extension}"
    line = refused(capsys, command.main, *as_arguments(flags))
    taken = f"a format that takes {size[1]} × {size[0]} pixels, {extension} does not"
    assert taken in line
    images.check_output(here / f"out{extension}", tuple(min(x, 16_000) for x in size))


NAME = "a\x1b[31m\u202eb\x07.png"


def test_names_are_printed_escaped(flags, here, capsys, quick_network):
    flags["image"] = here / NAME
    line = refused(capsys, command.main, *as_arguments(flags))
    assert line.isprintable()
    assert "a\\x1b[31m\\u202eb\\x07.png: cannot be read" in line
    write_picture(here / "plain.png")
    os.rename(here / "plain.png", here / NAME)
    flags["output"] = here / NAME
    assert run(command.main, *as_arguments(flags)) == 0
    assert only_line(capsys.readouterr().out).isprintable()


@pytest.fixture
def noisy(here):
    """A PNG and a JPEG that can be read, with a message each on standard error."""
    whole = png(43, 37, bytes(44 * 37) + b"more data than there are pixels")
    (here / "noisy.png").write_bytes(whole)
    jpeg = bytearray(cv2.imencode(".jpg", levels())[1].tobytes())
    middle = jpeg.index(b"\xff\xda") + 200
    jpeg[middle : middle + 2] = b"\xff\xd3"  # a restart marker where none belongs
    (here / "noisy.jpg").write_bytes(jpeg)
    write_mask(here / "mask.png", box())
    return here


@pytest.mark.parametrize("name", ["noisy.png", "noisy.jpg"])
def test_libraries_messages_are_held_back(noisy, name):
    code = "import sys, inpaint.pictures.images as i; i.read_image(sys.argv[1])"
    loud = run_script("-c", code, name, cwd=noisy, PYTHONPATH=str(ROOT))
    assert loud.stderr  # or else the test shows nothing
    code = (
        "import sys; from inpaint import cli; from unittest import mock\n"
        "from commands import invert\n"
        "with mock.patch('inpaint.cli.model.load', lambda *_, **__: invert):\n"
        "    sys.exit(cli.main(sys.argv[1:]))"
    )
    argv = ["test", "--image", name, "--mask", "mask.png"]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = run_script("-c", code, *argv, cwd=noisy, PYTHONPATH=path)
    assert (done.returncode, done.stderr) == (0, "")
    argv[-1] = "missing.png"
    done = run_script("-c", code, *argv, cwd=noisy, PYTHONPATH=path)
    assert done.returncode == 2
    assert "missing.png: cannot be read" in only_line(done.stderr)


LIBGL = "libGL.so.1: cannot open shared object file: No such file or directory"


@pytest.mark.parametrize(
    "argv",
    [
        ["test", "--image", "a", "--mask", "b"],
        ["edges", "a.png", "b.png"],
        ["batch", "--flist", "list"],
        ["train", "--data", "."],
        ["evaluate", "--images", ".", "--model", "telea"],
    ],
)
def test_a_missing_library_is_one_line(here, argv):
    (here / "cv2").mkdir()
    (here / "cv2" / "__init__.py").write_text(f"raise ImportError({LIBGL!r})\n")
    (here / "list").write_text("a b c\n")
    done = subprocess.run(
        [sys.executable, "-m", "inpaint", *argv],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(ROOT)])},
    )
    assert done.returncode == 2
    line = only_line(done.stderr)
    assert f"OpenCV cannot be loaded: {LIBGL}: `apt-get install libgl1`" in line

"""test.py: the pictures that it fills, and the files that it refuses."""

import os
import struct

import cv2
import numpy as np
import pytest
import release
from commands import (
    ROOT,
    as_arguments,
    box,
    inverted,
    levels,
    only_line,
    read_picture,
    refused,
    run,
    run_script,
    write_mask,
    write_picture,
)

from inpaint import cli
from inpaint.cli import test as command

IS_ROOT = not hasattr(os, "geteuid") or os.geteuid() == 0


def filled(flags):
    assert run(command.main, *as_arguments(flags)) == 0
    return read_picture(flags["output"])


def test_fills_the_hole_and_nothing_else(flags, capsys):
    completed = filled(flags)
    assert completed.shape == levels().shape
    assert (completed == levels())[~box()].all()
    assert (completed != levels())[box()].mean() > 0.9
    output, errors = capsys.readouterr()
    assert only_line(output).startswith(f"{flags['output']} written in ")
    assert errors == ""


@pytest.mark.usefixtures("quick_network")
def test_output_png_by_default(flags, here):
    del flags["output"]
    assert run(command.main, *as_arguments(flags)) == 0
    assert (here / "output.png").exists()


def test_attention_is_a_picture_of_the_same_size(flags, here):
    flags["attention"] = here / "attention.png"
    completed = filled(flags)
    assert read_picture(flags["attention"]).shape == completed.shape
    assert (completed == levels())[~box()].all()


def test_alpha_stays(flags, here):
    image = np.dstack([levels(), levels()[..., 1]])
    write_picture(flags["image"], image)
    completed = filled(flags)
    assert (completed[..., 3] == image[..., 3]).all()
    assert (completed == image)[~box()].all()


def test_all_hole(flags):
    write_mask(flags["mask"], np.ones((37, 43), bool))
    assert filled(flags).shape == levels().shape


@pytest.mark.usefixtures("no_network")
def test_no_hole_is_an_error(flags, capsys):
    write_picture(flags["mask"], levels() // 4)
    line = refused(capsys, command.main, *as_arguments(flags))
    assert "mask.png has no hole: its brightest level is 58, a hole is" in line


@pytest.mark.usefixtures("quick_network")
def test_a_mask_that_looks_inverted(flags, capsys):
    write_mask(flags["mask"], ~box())
    assert run(command.main, *as_arguments(flags)) == 0
    line = only_line(capsys.readouterr().err)
    assert "warning: " in line
    assert "mask.png is 86% hole: is it inverted?" in line


@pytest.mark.usefixtures("quick_network")
@pytest.mark.parametrize(
    "mask",
    [
        box().astype(np.uint8)[..., np.newaxis].repeat(3, -1),  # 0 and 1
        np.dstack([box() * 255, 0 * box(), 0 * box()]).astype(np.uint8),  # red
        np.dstack([0 * box() + 255] * 3 + [box() * 255]).astype(np.uint8),  # alpha
    ],
)
def test_forms_of_masks(flags, capsys, mask):
    write_picture(flags["mask"], mask)
    assert (filled(flags) == inverted()).all()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("quick_network")
def test_sizes_of_the_original(flags):
    flags.update(image_height=24, image_width=32)
    assert filled(flags).shape == (24, 32, 3)
    flags.update(image_height=-1, image_width=-1)
    assert filled(flags).shape == (37, 43, 3)


def test_grey_comes_back_grey(flags, here):
    for name, pixels in [
        ("grey.png", levels()[..., 0]),
        ("grey16.png", levels()[..., 0].astype(np.uint16) * 251),
    ]:
        assert cv2.imwrite(name, pixels)
        flags["image"] = here / name
        assert run(command.main, *as_arguments(flags)) == 0
        completed = cv2.imread(str(flags["output"]), cv2.IMREAD_UNCHANGED)
        assert (completed.shape, completed.dtype) == ((37, 43), pixels.dtype)
        assert (completed == pixels)[~box()].all()
        assert (completed != pixels)[box()].mean() > 0.9


def test_grey_with_alpha_has_no_tint(flags, here):
    pillow = pytest.importorskip("PIL.Image")
    both = levels()[..., :2]
    pillow.fromarray(both, "LA").save("both.png")
    flags["image"] = here / "both.png"
    completed = filled(flags)
    assert (completed[..., 0] == completed[..., 2]).all()
    assert (completed[..., 3] == both[..., 1]).all()


@pytest.mark.parametrize("extension", [".png", ".tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_16_bits_stay(flags, here, extension, channels):
    flags["image"], flags["output"] = here / f"deep{extension}", here / f"o{extension}"
    pixels = np.dstack([levels(), levels()[..., :1]])[..., :channels]
    pixels = pixels.astype(np.uint16) * 256 + 7
    assert cv2.imwrite(str(flags["image"]), pixels)
    assert run(command.main, *as_arguments(flags)) == 0
    completed = cv2.imread(str(flags["output"]), cv2.IMREAD_UNCHANGED)
    assert (completed.shape, completed.dtype) == (pixels.shape, np.uint16)
    assert (completed == pixels)[~box()].all()
    assert (completed % 257 != 0)[box()][:, :3].mean() > 0.9


@pytest.mark.usefixtures("quick_network")
def test_formats_of_8_bits_get_the_nearest_of_16(flags, here):
    flags["image"], flags["output"] = here / "deep.png", here / "out.webp"
    pixels = levels()[..., ::-1].astype(np.uint16) * 257 + 128
    assert cv2.imwrite(str(flags["image"]), pixels)
    assert (filled(flags) == levels())[~box()].all()


@pytest.mark.parametrize("method", ["telea", "navier_stokes", "patch_match"])
def test_classical_methods_keep_16_bits(flags, here, method):
    del flags["checkpoint_dir"]
    flags.update(image=here / "deep.png", method=method)
    pixels = levels().astype(np.uint16) * 250 + 9
    assert cv2.imwrite(str(flags["image"]), pixels)
    assert run(command.main, *as_arguments(flags)) == 0
    completed = cv2.imread(str(flags["output"]), cv2.IMREAD_UNCHANGED)
    assert completed.dtype == np.uint16
    assert (completed == pixels)[~box()].all()
    far = np.abs(completed.astype(int) - pixels)[box()]
    assert far.max() < 40_000  # smooth, as the picture is: no level is off by a scale


@pytest.mark.usefixtures("quick_network")
def test_metadata_and_quality_reach_the_output(flags, here):
    pillow = pytest.importorskip("PIL.Image")
    flags["image"], flags["output"] = here / "in.jpg", here / "out.jpg"
    profile = bytes(16) + b"RGB " + bytes(108)
    pillow.fromarray(levels()).save("in.jpg", quality=83, icc_profile=profile)
    assert run(command.main, *as_arguments(flags)) == 0
    before, after = pillow.open("in.jpg"), pillow.open("out.jpg")
    assert after.info["icc_profile"] == profile
    assert after.quantization == before.quantization
    flags["quality"] = 30
    assert run(command.main, *as_arguments(flags)) == 0
    assert sum(pillow.open("out.jpg").quantization[0]) > sum(before.quantization[0])


@pytest.mark.parametrize("quality", ["0", "101", "high"])
def test_qualities_that_are_none(flags, capsys, quality):
    flags["quality"] = quality
    line = refused(capsys, command.main, *as_arguments(flags))
    assert f"--quality: expected 1 to 100, got '{quality}'" in line


@pytest.mark.usefixtures("quick_network")
def test_cmyk_becomes_rgb(flags, here):
    pillow = pytest.importorskip("PIL.Image")
    flags["image"] = here / "cmyk.jpg"
    pillow.fromarray(levels()).convert("CMYK").save(flags["image"])
    as_opencv_reads_it = read_picture(flags["image"])
    assert (filled(flags) == as_opencv_reads_it)[~box()].all()


@pytest.mark.usefixtures("quick_network")
def test_exif_turns_the_picture(flags, here):
    jpeg = cv2.imencode(".jpg", levels(43, 37))[1].tobytes()
    quarter_turn = struct.pack("<2sHIHHHIIxxxx", b"II", 42, 8, 1, 274, 3, 1, 6)
    segment = b"Exif\0\0" + quarter_turn
    flags["image"] = here / "turned.jpg"
    flags["image"].write_bytes(
        jpeg[:2] + struct.pack(">HH", 0xFFE1, len(segment) + 2) + segment + jpeg[2:]
    )
    as_opencv_turns_it = cv2.imread(str(flags["image"]))[..., ::-1]
    assert as_opencv_turns_it.shape == (37, 43, 3)
    assert (filled(flags) == as_opencv_turns_it)[~box()].all()


PNG = cv2.imencode(".png", levels())[1].tobytes()
JPEG = cv2.imencode(".jpg", levels())[1].tobytes()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("flag", ["image", "mask"])
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.png", None, "No such file"),
        ("text.png", b"not a picture", "expected an image file"),
        ("empty.png", b"", "0 bytes"),
        ("cut.png", PNG[: len(PNG) // 2], "truncated"),
        ("cut.jpg", JPEG[: len(JPEG) // 2], "truncated"),
        (".", None, "folder"),
        ("two\nlines.png", None, "two lines.png"),
    ],
)
def test_pictures_that_cannot_be_read(flags, here, capsys, flag, name, content, words):
    flags[flag] = here / name
    if content is not None:
        flags[flag].write_bytes(content)
    line = refused(capsys, command.main, *as_arguments(flags))
    assert words in line
    assert str(flags[flag]).replace("\n", " ") in line


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("flag", ["mask", "edge"])
def test_different_sizes(flags, here, capsys, flag):
    flags[flag] = write_mask(here / "larger.png", np.ones((37, 45), bool))
    line = refused(capsys, command.main, *as_arguments(flags))
    for words in (f"{flags['image']} is 43 × 37", f"{flags[flag]} is 45 × 37"):
        assert words in line


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("flag", ["output", "attention"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/out.png", "missing does not exist"),
        (".", "folder"),
        ("out.txt", "extension"),
        ("image.png/out.png", "image.png"),
    ],
)
def test_outputs_that_cannot_be(flags, here, capsys, flag, name, words):
    flags[flag] = here / name
    assert words in refused(capsys, command.main, *as_arguments(flags))


@pytest.mark.usefixtures("no_network")
@pytest.mark.skipif(IS_ROOT, reason="root writes everywhere")
def test_output_folder_that_is_not_writable(flags, here, capsys):
    folder = here / "locked"
    folder.mkdir(mode=0o500)
    flags["output"] = folder / "out.png"
    assert "Permission denied" in refused(capsys, command.main, *as_arguments(flags))


@pytest.mark.usefixtures("no_network")
def test_one_file_for_two_results(flags, capsys):
    flags["attention"] = flags["output"]
    assert "both --output and --attention" in refused(
        capsys, command.main, *as_arguments(flags)
    )


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def missing_folder(folder):
    pass


def empty_folder(folder):
    folder.mkdir()


def of_the_release(folder):
    return release.write(folder, release.values(release.generator_shapes(8)))


def cut_data(folder):
    cut(of_the_release(folder) / "snap-0.data-00000-of-00001", 0.5)


def cut_index(folder):
    cut(of_the_release(folder) / "snap-0.index", 0.5)


def empty_index(folder):
    cut(of_the_release(folder) / "snap-0.index", 0)


def no_data(folder):
    (of_the_release(folder) / "snap-0.data-00000-of-00001").unlink()


def other_variables(folder):
    release.write(folder, {"dense/kernel": np.ones((3, 4)), "dense/bias": np.ones(4)})


def plain_convolutions(folder):
    shapes = {"conv1": (5, 5, 5, 8), "conv2_downsample": (3, 3, 8, 16)}
    release.write(
        folder,
        {f"inpaint_net/{name}/kernel": np.ones(s) for name, s in shapes.items()},
    )


@pytest.mark.parametrize(
    "make",
    [
        missing_folder,
        empty_folder,
        cut_data,
        cut_index,
        empty_index,
        no_data,
        other_variables,
        plain_convolutions,
    ],
)
def test_checkpoints_that_cannot_be_used(flags, here, capsys, make):
    flags["checkpoint_dir"] = here / "weights"
    make(flags["checkpoint_dir"])
    assert f"test: error: {flags['checkpoint_dir']}" in refused(
        capsys, cli.main, "test", *as_arguments(flags)
    )


def test_script_with_a_damaged_checkpoint(flags, here):
    cut_data(here / "weights")
    flags["checkpoint_dir"] = here / "weights"
    done = run_script(ROOT / "test.py", *as_arguments(flags), cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert only_line(done.stderr).startswith("test.py: error: ")
    assert not flags["output"].exists()

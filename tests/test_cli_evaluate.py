"""evaluate.py: a whole evaluation, and what it refuses."""

import json

import cv2
import numpy as np
import pytest
from commands import (
    ROOT,
    as_arguments,
    box,
    levels,
    only_line,
    read_picture,
    refused,
    run,
    run_script,
    telling_imports,
    write_mask,
    write_picture,
)
from test_frechet import colours, exported
from test_lpips import ALEXNET, saved, weights

from inpaint.checkpoints import load_generator
from inpaint.cli import evaluate as command
from inpaint.inference import Inpainter
from inpaint.weights import bundled

pytestmark = pytest.mark.usefixtures("eager")

FILES = ["results.csv", "results.json", "results.md", "samples.png"]


@pytest.fixture
def pictures(here):
    """Three pictures of two sizes in pictures/, a mask of each in masks/."""
    for folder in ("pictures", "masks"):
        (here / folder).mkdir()
    for name, size in (("a", (37, 43)), ("b", (40, 48)), ("c", (37, 43))):
        write_picture(here / "pictures" / f"{name}.png", levels(*size))
        write_mask(here / "masks" / f"{name}.png", box(*size))
    return here


def arguments(*more, **flags):
    return [*as_arguments({"images": "pictures", **flags}), *map(str, more)]


def test_a_whole_evaluation(pictures, tiny_checkpoint, capsys):
    models = ["--model", "telea", "--model", "patch_match"]
    models += ["--model", tiny_checkpoint]
    lpips = saved(pictures / "alex.npz", weights(ALEXNET))
    fid = exported(pictures / "features", colours, [None, None, None, 3])
    flags = {"masks": "masks", "output": "new/results", "samples": 2}
    argv = arguments(*models, **flags, lpips=lpips, fid=fid)
    assert run(command.main, *argv) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert sorted(path.name for path in (pictures / "new/results").iterdir()) == FILES
    stored = json.loads((pictures / "new/results/results.json").read_text())
    names = ["telea", "patch_match", tiny_checkpoint.name]
    assert list(stored["methods"]) == names
    assert all(set(found) > {"lpips", "fid"} for found in stored["methods"].values())
    assert stored["lpips"] == "AlexNet"

    image, hole = levels(40, 48), box(40, 48)
    completed = Inpainter.load(tiny_checkpoint)(image, hole)
    error = np.abs(completed.astype(float) - image)[hole].mean() / 255
    picture = stored["pictures"][1]
    assert picture["image"].endswith("b.png")
    assert picture["methods"][names[2]]["hole_l1"] == pytest.approx(error)
    means = [found["methods"][names[2]]["hole_l1"] for found in stored["pictures"]]
    mean = stored["methods"][names[2]]["hole_l1"]["mean"]
    assert mean == pytest.approx(np.mean(means))

    lines = output.splitlines()
    assert lines[2].startswith("3/3 pictures/c.png")
    assert lines[3] == "| Method | ℓ1 | ℓ2 | PSNR | TV |"
    table = (pictures / "new/results/results.md").read_text(encoding="utf-8")
    assert all(line in table for line in lines[3:-1])
    assert lines[-1].startswith("new/results/results.csv, ")
    # 5 columns of at least 96; rows of a and b
    sheet = read_picture(pictures / "new/results/samples.png")
    assert sheet.shape == (28 + 37 + 8 + 40 + 8, 5 * (96 + 8) + 8, 3)


@pytest.mark.parametrize(
    ("masks", "expected"),
    [
        ("center", "699e7eebb67832f886bce8fe083bbd7c6bc61426d10757724739ddd5b6537b0b"),
        (
            "random_box",
            "a2fb62076622679f2a63d6ab988f062a62d49c0952146f770769a58a9697ee95",
        ),
        (
            "free_form",
            "6f4ce9895e8f866a8696277da72c1547db99f9b578fd0e0bf98a836b021b3177",
        ),
    ],
)
def test_the_same_masks_on_every_stack(pictures, masks, expected):
    assert run(command.main, *arguments(model="telea", masks=masks, seed=7)) == 0
    stored = json.loads((pictures / "evaluation/results.json").read_text())
    assert stored["masks_sha256"] == expected


def test_a_second_run_writes_the_same_bytes(pictures):
    def files():
        argv = arguments("--overwrite", model="navier_stokes")
        assert run(command.main, *argv) == 0
        return [(pictures / "evaluation" / name).read_bytes() for name in FILES]

    assert files() == files()


def test_an_earlier_evaluation_is_not_lost(pictures, capsys):
    assert run(command.main, *arguments(model="telea")) == 0
    before = (pictures / "evaluation" / "results.json").read_bytes()
    capsys.readouterr()
    line = refused(capsys, command.main, *arguments(model="navier_stokes"))
    assert "results.csv: from an earlier evaluation: choose another --output" in line
    assert (pictures / "evaluation" / "results.json").read_bytes() == before


def test_grey_pictures_are_completed_grey(pictures, tiny_checkpoint):
    """The error is that of the grey completion, in all three channels."""
    for name in "abc":
        (pictures / "pictures" / f"{name}.png").unlink()
    grey = levels()[..., 0]
    argv = arguments(model=tiny_checkpoint, masks="masks")
    cv2.imwrite(str(pictures / "pictures" / "a.png"), grey)
    assert run(command.main, *argv) == 0
    stored = json.loads((pictures / "evaluation/results.json").read_text())
    completed = Inpainter.load(tiny_checkpoint)(grey, box())
    error = np.abs(completed.astype(float) - grey)[box()].mean() / 255
    (found,) = stored["pictures"][0]["methods"].values()
    assert found["hole_l1"] == pytest.approx(error)


def test_guided_weights_take_the_sketches(pictures, tiny_guided_checkpoint, capsys):
    for name, size in (("a", (37, 43)), ("b", (40, 48)), ("c", (37, 43))):
        write_mask(pictures / f"pictures/{name}_edge.jpg", levels(*size)[..., 0] > 100)
    argv = arguments(model=tiny_guided_checkpoint, masks="masks")
    assert run(command.main, *argv) == 0
    stored = json.loads((pictures / "evaluation/results.json").read_text())
    image, hole = levels(), box()
    edge = read_picture(pictures / "pictures/a_edge.jpg")[..., 0]
    completed = Inpainter.load(tiny_guided_checkpoint)(image, hole, edge)
    error = np.abs(completed.astype(float) - image)[hole].mean() / 255
    found = stored["pictures"][0]["methods"][tiny_guided_checkpoint.name]
    assert found["hole_l1"] == pytest.approx(error)

    write_mask(pictures / "pictures/b_edge.jpg")
    capsys.readouterr()
    line = refused(capsys, command.main, *argv, "--overwrite")
    assert "b_edge.jpg is 43 × 37 pixels, expected 48 × 40" in line


def test_models_of_one_name_go_by_their_paths(pictures, tiny_checkpoint):
    for parent in ("x", "y"):
        (pictures / parent).mkdir()
        (pictures / parent / "m").symlink_to(tiny_checkpoint)
    models = ["--model", "x/m", "--model", "y/m/", "--model", "telea"]
    assert run(command.main, *arguments(*models)) == 0
    stored = json.loads((pictures / "evaluation/results.json").read_text())
    assert list(stored["methods"]) == ["x/m", "y/m/", "telea"]


def test_a_folder_named_like_a_method_goes_by_its_path(pictures, tiny_checkpoint):
    (pictures / "logs").mkdir()
    (pictures / "logs" / "bundled").symlink_to(tiny_checkpoint)
    models = ["--model", "logs/bundled", "--model", "telea"]
    assert run(command.main, *arguments(*models)) == 0
    stored = json.loads((pictures / "evaluation/results.json").read_text())
    assert list(stored["methods"]) == ["logs/bundled", "telea"]


def test_the_padding_is_the_settings(pictures, tiny_checkpoint):
    (pictures / "mirrored.yml").write_text("padding: REFLECT\n")
    argv = arguments(model=tiny_checkpoint, config="mirrored.yml", masks="masks")
    assert run(command.main, *argv) == 0
    stored = json.loads((pictures / "evaluation/results.json").read_text())
    image, hole = levels(40, 48), box(40, 48)
    completed = Inpainter.load(tiny_checkpoint, padding="reflect")(image, hole)
    error = np.abs(completed.astype(float) - image)[hole].mean() / 255
    found = stored["pictures"][1]["methods"][tiny_checkpoint.name]["hole_l1"]
    assert found == pytest.approx(error)


def broken(here):
    """The last picture's end is missing."""
    path = here / "pictures" / "c.png"
    path.write_bytes(path.read_bytes()[:-20])


def other_size(here):
    write_mask(here / "masks" / "b.png", box(37, 43))


def no_hole(here):
    write_mask(here / "masks" / "b.png", np.zeros((40, 48), bool))


def small(here):
    write_picture(here / "pictures" / "b.png", levels(30, 48))
    write_mask(here / "masks" / "b.png", box(30, 48))


def a_result_is_a_folder(here):
    (here / "evaluation" / "results.md").mkdir(parents=True)


def output_is_a_file(here):
    (here / "evaluation").write_text("")


@pytest.mark.parametrize(
    ("prepare", "flags", "message"),
    [
        (None, {"images": "none"}, "none: expected a list, folder or glob"),
        (broken, {}, "c.png: expected a whole image file, but it is truncated"),
        (None, {"masks": "centre"}, "centre: expected a folder of masks or one of"),
        (
            other_size,
            {"masks": "masks"},
            "masks/b.png is 43 × 37 pixels but pictures/b.png is 48 × 40 pixels",
        ),
        (no_hole, {"masks": "masks"}, "masks/b.png: the mask of pictures/b.png has no"),
        (None, {"model": "teela"}, "nor one of bundled, telea, navier_stokes"),
        (None, {"samples": "-1"}, "expected a number of pictures, got '-1'"),
        (None, {"seed": "x"}, "argument --seed: invalid int value: 'x'"),
        (output_is_a_file, {}, "evaluation: expected a folder to write to: "),
        (None, {"output": ""}, "--output: expected a folder to write to, got ''"),
        (a_result_is_a_folder, {}, "evaluation/results.md: expected a file to write"),
        (None, {"output": "/proc/x"}, "cannot be written: "),
        (None, {"lpips": "none.npz"}, "none.npz: cannot be read: No such file"),
        (None, {"fid": "none"}, "none: expected the folder of a SavedModel"),
        (None, {"images": "pictures/a.png", "fid": "x"}, "--fid needs two at least"),
    ],
)
def test_what_cannot_be_used(pictures, capsys, prepare, flags, message):
    if prepare:
        prepare(pictures)
    argv = arguments(**{"model": "telea", **flags})
    assert message in refused(capsys, command.main, *argv)


def test_a_picture_too_small_for_lpips(pictures, capsys):
    small(pictures)
    lpips = saved(pictures / "alex.npz", weights(ALEXNET))
    line = refused(capsys, command.main, *arguments(model="telea", lpips=lpips))
    assert "pictures/b.png: 48 × 30 pixels: LPIPS by AlexNet needs 31" in line


def test_a_hole_that_covers_all_for_a_method_that_needs_pixels(pictures, capsys):
    write_mask(pictures / "masks/a.png", box() | True)
    assert run(command.main, *arguments(model="telea", masks="masks")) == 2
    warning, error = capsys.readouterr().err.splitlines()
    assert "masks/a.png" in warning
    assert "pictures/a.png: the hole covers the whole picture: telea needs" in error


def test_a_model_named_twice(pictures, capsys):
    argv = arguments("--model", "telea", "--model", "telea")
    assert "--model: the same one twice" in refused(capsys, command.main, *argv)


def test_the_packages_own_weights_are_the_default(
    pictures, tiny_checkpoint, monkeypatch, capsys
):
    monkeypatch.setattr(bundled, "FOLDER", str(pictures))
    path = bundled.file_of(bundled.NAME)
    assert f"{path}: this copy" in refused(capsys, command.main, *arguments())
    load_generator(tiny_checkpoint).save_weights(path)
    assert run(command.main, *arguments("--model", tiny_checkpoint, output="x")) == 0
    assert run(command.main, *arguments(output="y")) == 0
    (named,), (own,) = (
        json.loads((pictures / folder / "results.json").read_text())["methods"].items()
        for folder in "xy"
    )
    assert own == ("bundled", named[1])


def test_script(pictures):
    script = ROOT / "evaluate.py"
    done = run_script(script, *arguments(model="telea", samples=0), cwd=pictures)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        sorted(path.name for path in (pictures / "evaluation").iterdir()) == FILES[:3]
    )


def test_bad_pictures_are_told_without_tensorflow(pictures):
    broken(pictures)
    done = run_script(
        *telling_imports("evaluate"), *arguments(model="telea"), cwd=pictures
    )
    assert done.returncode == 2
    assert "c.png" in only_line(done.stderr)
    imported = set(done.stdout.split())
    assert "cv2" in imported
    assert not imported & {"tensorflow", "keras"}

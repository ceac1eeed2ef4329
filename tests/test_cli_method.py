"""--method of test.py and batch_test.py: classical methods in place of a network."""

import numpy as np
import pytest
from commands import (
    ROOT,
    A,
    B,
    as_arguments,
    box,
    levels,
    listed,
    read_picture,
    refused,
    run,
    run_script,
    write_mask,
    write_picture,
)

from inpaint.cli import batch_test, method
from inpaint.cli import test as command
from inpaint.evaluation import classical


@pytest.fixture
def picture(here):
    """An RGBA picture and its mask: their flags."""
    alpha = np.arange(37 * 43, dtype=np.uint32).reshape(37, 43, 1).astype(np.uint8)
    write_picture(here / "a.png", np.concatenate([levels(), alpha | 1], axis=-1))
    write_mask(here / "mask.png")
    return {"image": "a.png", "mask": "mask.png", "output": "out.png"}


@pytest.mark.parametrize("name", classical.METHODS)
def test_fills_one_picture(picture, name, capsys):
    assert run(command.main, *as_arguments({**picture, "method": name})) == 0
    expected = read_picture("a.png")
    expected[..., :3] = classical.fill(name, levels(), box())
    np.testing.assert_array_equal(read_picture("out.png"), expected)
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.startswith("out.png written in ")


@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_grey_and_alpha_stay(channels):
    image = np.dstack([levels(), levels()[..., 1]])[..., :channels]
    image = image if channels else levels()[..., 0]
    filled = method.Method("patch_match")(image, box())
    assert filled.shape == image.shape
    np.testing.assert_array_equal(filled[~box()], image[~box()])
    colours = 1 if image.ndim == 2 else channels // 3 * 2 + 1
    planes = image.reshape(*box().shape, -1)
    rgb = planes[..., [0, 0, 0] if colours == 1 else [0, 1, 2]]
    expected = planes.copy()
    expected[..., :colours] = classical.fill("patch_match", rgb, box())[..., :colours]
    np.testing.assert_array_equal(filled, expected.reshape(image.shape))


def test_fills_a_list(two_pictures, capsys):
    assert run(batch_test.main, *listed(A, B), "--method", "patch_match") == 0
    for name, size in (("a", (37, 43)), ("b", (30, 48))):
        expected = classical.fill("patch_match", levels(*size), box(*size))
        np.testing.assert_array_equal(read_picture(f"{name}_out.png"), expected)
    assert capsys.readouterr().err == ""


def test_loads_no_tensorflow(picture):
    lines = (
        "import sys; from inpaint.cli import test as command",
        f"code = command.main({as_arguments({**picture, 'method': 'telea'})})",
        "print(code, 'tensorflow' in sys.modules)",
    )
    done = run_script("-c", "\n".join(lines), cwd=".", PYTHONPATH=str(ROOT))
    assert (done.stdout.splitlines()[1:], done.stderr) == (["0 False"], "")


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"method": "tela"}, "expected one of telea, navier_stokes, patch_match"),
        ({"method": "telea", "checkpoint_dir": "x"}, "--method and --checkpoint_dir"),
        ({"method": "telea", "edge": "a.png"}, "--method and --edge"),
        ({"method": "telea", "attention": "b.png"}, "--method and --attention"),
    ],
)
def test_what_does_not_go_together(picture, capsys, flags, message):
    line = refused(capsys, command.main, *as_arguments({**picture, **flags}))
    assert message in line


@pytest.mark.parametrize("name", classical.METHODS)
def test_a_hole_that_covers_all(picture, capsys, name):
    write_mask("mask.png", box() | True)
    argv = as_arguments({**picture, "method": name})
    line = refused(capsys, command.main, *argv)
    assert "mask.png is 100% hole" in line
    assert "no pixel to go on from" in line


def test_a_hole_that_covers_all_in_a_list(two_pictures, capsys):
    write_mask("a_mask.png", box() | True)
    assert run(batch_test.main, *listed(A, B), "--method", "telea") == 1
    warning, error = capsys.readouterr().err.splitlines()
    assert "a_mask.png" in warning
    assert "line 1: a.png: the hole covers the whole picture" in error

"""`inpaint paint`: the command, and that its fills are those of `inpaint fill`."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import ROOT, levels, only_line, refused, run, write_mask, write_picture

from inpaint.cli import common, fill, paint, painting
from inpaint.errors import InputError

QUIET = ("--no-browser", "--port", "0")


def settings():
    return common.Settings(common.config.Config(), None, False)


def steps(*_):
    """Takes progress, and does nothing with it."""


@pytest.fixture
def files(here):
    """Names of a JPEG, a PNG of 16 bits and a grey one, and mask.png, sketch.png."""
    write_mask(here / "mask.png")
    write_mask(here / "sketch.png", levels()[..., 0] > 100)
    assert cv2.imwrite("photo.jpg", levels(), (cv2.IMWRITE_JPEG_QUALITY, 71))
    assert cv2.imwrite("deep.png", levels().astype(np.uint16) * 257)
    assert cv2.imwrite("grey.png", levels()[..., 0])
    return ["photo.jpg", "deep.png", "grey.png"]


def test_the_file_is_that_of_fill(files, tiny_checkpoint):
    network = painting.Network("tiny", str(tiny_checkpoint), settings())
    network.load()
    assert (network.guided, network.attention) == (False, True)
    for name in files:
        for attempt in range(2):  # both as a command's first
            network.fill(name, "mask.png", None, f"page_{attempt}_{name}", steps)
        argv = (name, "mask.png", "-o", f"fill_{name}")
        assert run(fill.main, *argv, "--checkpoint_dir", tiny_checkpoint) == 0
        written = Path(f"fill_{name}").read_bytes()
        assert written != Path(name).read_bytes()
        for attempt in range(2):
            assert Path(f"page_{attempt}_{name}").read_bytes() == written


def test_the_file_by_a_sketch(files, tiny_guided_checkpoint):
    network = painting.Network("tiny", str(tiny_guided_checkpoint), settings())
    network.load()
    assert network.guided
    network.fill("photo.jpg", "mask.png", "sketch.png", "page.jpg", steps)
    argv = ("photo.jpg", "mask.png", "-o", "fill.jpg", "--edge", "sketch.png")
    assert run(fill.main, *argv, "--checkpoint_dir", tiny_guided_checkpoint) == 0
    assert Path("page.jpg").read_bytes() == Path("fill.jpg").read_bytes()


@pytest.mark.parametrize("name", ["telea", "navier_stokes", "patch_match"])
def test_the_file_by_a_classical_method(files, name):
    classical = painting.Classical(name, name, settings())
    classical.fill("photo.jpg", "mask.png", None, "page.jpg", steps)
    argv = ("photo.jpg", "mask.png", "-o", "fill.jpg", "--method", name)
    assert run(fill.main, *argv) == 0
    assert Path("page.jpg").read_bytes() == Path("fill.jpg").read_bytes()


def test_attention_is_that_of_test_py(files, tiny_checkpoint):
    from inpaint.cli import test

    network = painting.Network("tiny", str(tiny_checkpoint), settings())
    network.load()
    network.attend("photo.jpg", "mask.png", None, "page.png", steps)
    flags = ("--image", "photo.jpg", "--mask", "mask.png", "--attention", "test.png")
    assert run(test.main, *flags, "--checkpoint_dir", tiny_checkpoint) == 0
    assert Path("page.png").read_bytes() == Path("test.png").read_bytes()


def test_what_cannot_be_filled_is_told(files):
    write_mask("black.png", np.zeros((37, 43), bool))
    write_mask("white.png", np.ones((37, 43), bool))
    telea = painting.Classical("telea", "Telea", settings())
    with pytest.raises(InputError, match="nothing is painted over"):
        telea.fill("photo.jpg", "black.png", None, "out.jpg", steps)
    with pytest.raises(InputError, match="no pixel to go on from"):
        telea.fill("photo.jpg", "white.png", None, "out.jpg", steps)
    with pytest.raises(InputError, match="takes no sketch"):
        telea.fill("photo.jpg", "mask.png", "sketch.png", "out.jpg", steps)
    assert not os.path.exists("out.jpg")


def test_names_of_models():
    assert paint._named("model_logs/places2/") == ("places2", "model_logs/places2/")
    assert paint._named("a/lama.weights.h5") == ("lama", "a/lama.weights.h5")
    assert paint._named("big=hf://user/repo") == ("big", "hf://user/repo")
    assert paint._named("runs/lr=1/snap") == ("snap", "runs/lr=1/snap")
    names = [x.name for x in painting.choices([("a", "a"), ("b", "b")], settings())]
    assert names == ["a", "b", "telea", "navier_stokes", "patch_match"]


# What is wrong with the command line is one line; the browser is not opened for it.


@pytest.fixture
def no_page(monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("opened"))


def test_a_photograph_that_is_none(here, no_page, capsys):
    assert "lake.png" in refused(capsys, paint.main, "lake.png")
    (here / "notes.png").write_text("shopping list")
    assert "notes.png: expected an image file" in refused(
        capsys, paint.main, "notes.png"
    )


def test_two_models_of_one_name(here, no_page, capsys):
    line = refused(capsys, paint.main, "--model", "a/x", "--model", "b/x")
    assert "--model: 'x' twice" in line


@pytest.mark.parametrize("port", ["80a", "65536", "-1"])
def test_what_is_no_port(here, no_page, capsys, port):
    assert "expected 0 to 65535" in refused(capsys, paint.main, f"--port={port}")


def test_a_port_in_use(here, no_page, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused(capsys, paint.main, "--port", port)
    assert f"--port: {port} is in use" in line


def test_an_address_of_another_machine(here, no_page, capsys):
    line = refused(capsys, paint.main, "--host", "192.0.2.1", "--port", "0")
    assert "--host 192.0.2.1" in line


def test_weights_that_are_none_end_it(here, capsys):
    assert run(paint.main, *QUIET, "--model", "nothing") == 2
    output, errors = capsys.readouterr()
    assert output.startswith("http://127.0.0.1:")
    assert "nothing" in only_line(errors)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_and_leaves_nothing(here, end):
    photograph = write_picture(here / "photo.png")
    (here / "tmp").mkdir()
    command = (sys.executable, "-m", "inpaint", "paint", photograph, *QUIET)
    environment = {**os.environ, "TMPDIR": str(here / "tmp"), "PYTHONPATH": str(ROOT)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)  # at which libraries are heard
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        url = process.stdout.readline().split()[0]
        shown = urllib.request.urlopen(f"{url}photographs/0/0").read()
        assert shown == photograph.read_bytes()
        assert len(os.listdir(here / "tmp")) == 1
        process.send_signal(end)  # while the network is being loaded
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")
    assert os.listdir(here / "tmp") == []


def test_help_needs_neither_tensorflow_nor_werkzeug(here):
    code = (
        "import sys; from inpaint.cli import paint\n"
        "try: paint.main(['--help'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    told = subprocess.run(
        (sys.executable, "-c", code),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()[-1]
    assert "inpaint.cli.paint" in told
    assert "tensorflow" not in told
    assert "werkzeug" not in told

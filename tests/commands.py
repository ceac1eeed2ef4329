"""Commands as tests call them, and the picture files to call them with."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def run(main, *argv):
    """The exit code of a command in this process."""
    try:
        return main([str(argument) for argument in argv])
    except SystemExit as end:  # argparse's way out
        return end.code


def run_script(*argv, cwd, stdout=subprocess.PIPE, **environment):
    """A command in a process of its own, from `cwd`, without this one's settings."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("TF_CPP_MIN_LOG_LEVEL", "OPENCV_LOG_LEVEL", "KERAS_BACKEND")
    }
    return subprocess.run(
        [sys.executable, *map(str, argv)],
        cwd=cwd,
        env={**variables, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def telling_imports(command):
    """Arguments of Python for a command that prints, at its end, what it imported."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        f"from inpaint.cli import {command}\n"
        f"sys.exit({command}.main())"
    )
    return "-c", code


def as_arguments(flags):
    """["--name", "value", …] of a dict."""
    return [text for name, value in flags.items() for text in (f"--{name}", str(value))]


def refused(capsys, main, *argv):
    """The one line of a call that must fail with 2 and leave all files as they are."""
    before = sorted(os.listdir())
    assert run(main, *argv) == 2
    output, errors = capsys.readouterr()
    assert (output, sorted(os.listdir())) == ("", before)
    return only_line(errors)


def only_line(text):
    """The text without its end of line; nothing else may follow or precede."""
    (line,) = text.splitlines()
    assert "Traceback" not in line
    return line


def levels(height=37, width=43):
    """uint8 RGB, every pixel and channel its own."""
    y, x = np.mgrid[:height, :width]
    return np.stack([5 * x, 6 * y, 3 * (x + y)], axis=-1).astype(np.uint8)


def write_picture(path, image=None):
    """Writes uint8 RGB, or RGBA; returns the path."""
    image = levels() if image is None else image
    code = cv2.COLOR_RGBA2BGRA if image.shape[-1] == 4 else cv2.COLOR_RGB2BGR
    assert cv2.imwrite(str(path), cv2.cvtColor(image, code))
    return path


def read_picture(path):
    """uint8 RGB or RGBA, as OpenCV reads it."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    code = cv2.COLOR_BGRA2RGBA if image.shape[-1] == 4 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(image, code)


def box(height=37, width=43):
    """bool, True in a hole that touches no edge."""
    hole = np.zeros((height, width), bool)
    hole[10:22, 12:30] = True
    return hole


def write_mask(path, hole=None):
    """Writes a mask or a sketch, 255 where True; returns the path."""
    hole = box() if hole is None else hole
    assert cv2.imwrite(str(path), hole.astype(np.uint8) * 255)
    return path


def invert(image, mask, edge=None, progress=None):
    """Called like an Inpainter."""
    hole = mask if image.ndim == 2 else mask[..., np.newaxis]
    return np.where(hole, 255 - image, image)


def inverted(height=37, width=43):
    """What `invert` makes of `levels` with the hole `box`."""
    return invert(levels(height, width), box(height, width))


invert.guided = False  # as an Inpainter says


# Lines for the pictures of the fixture `two_pictures`.
A = "a.png a_mask.png a_out.png"
B = "b.png b_mask.png b_out.png"


def listed(*lines):
    """Writes list.flist; returns the flag for it."""
    with open("list.flist", "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return "--flist", "list.flist"

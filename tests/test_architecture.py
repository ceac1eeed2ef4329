"""The house's rule: a file imports from its own room and from rooms below it.

docs/architecture.md tells what is in each; a new one gets its place in `ROOMS`.
"""

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "inpaint").rglob("*.py")
)

# From top to bottom: a room is a folder with all that is in it, or a file. Rooms of one
# row do not know each other. A room in a room has its own place: settings ask the
# registry for a model's own, which are made of the kinds of value.
ROOMS = [
    ["__init__.py", "__main__.py"],
    ["cli"],
    ["paint", "scale"],
    ["inference.py", "export", "training"],
    ["evaluation"],
    ["checkpoints"],
    ["calls.py", "details.py"],
    ["filling.py", "strategies", "windows.py", "postprocess.py"],
    ["models", "data"],
    ["fastpath"],
    ["losses.py", "masks", "visualize.py", "metrics.py", "layers", "features"],
    ["weights", "pictures", "tensors.py"],
    ["config"],
    ["models/registry.py", "models/settings"],
    ["config/kinds.py"],
    ["backend.py", "graphs.py"],
    ["files.py"],
    ["errors.py", "version.py"],
]


def room_of(file):
    name = file.split("/", 1)[1]
    inner = [
        room
        for rooms in ROOMS
        for room in rooms
        if "/" in room and (name == room or name.startswith(f"{room}/"))
    ]
    return inner[0] if inner else name.split("/", 1)[0]


def row_of(file):
    for number, rooms in enumerate(ROOMS):
        if room_of(file) in rooms:
            return number
    pytest.fail(f"{file} is in no room: place it in ROOMS in {__file__}")


def file_of(module, files):
    """The file of a dotted name, or None if no file of the package has that name."""
    path = module.replace(".", "/")
    found = [name for name in (f"{path}.py", f"{path}/__init__.py") if name in files]
    return found[0] if found else None


def imports(source, file, files):
    """The files of the package that `file` imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {file_of(alias.name, files) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = file.split("/")[: -node.level] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            # `from package import name`: a file of that name, or else the package's.
            found |= {
                file_of(f"{module}.{alias.name}", files) or file_of(module, files)
                for alias in node.names
            }
    return found - {None}


@pytest.mark.parametrize("file", FILES)
def test_a_file_imports_only_from_its_room_and_those_below(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    wrong = [
        imported
        for imported in sorted(imports(source, file, FILES))
        if room_of(imported) != room_of(file) and row_of(imported) <= row_of(file)
    ]
    assert not wrong, f"{file} must not import {', '.join(wrong)}"


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in FILES
        if file == "inpaint/losses.py"
        or fnmatch(file, "inpaint/layers/*")
        or room_of(file) == "models"
    ],
)
def test_layers_losses_and_models_take_explicit_arguments(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    assert "config" not in {room_of(x) for x in imports(source, file, FILES)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import inpaint.config", {"inpaint/config.py"}),
        ("import inpaint.config as settings", {"inpaint/config.py"}),
        ("import os, numpy.linalg", set()),
        (
            "from inpaint import config, errors",
            {"inpaint/config.py", "inpaint/errors.py"},
        ),
        ("from inpaint import Inpainter", {"inpaint/__init__.py"}),
        ("from inpaint.config import load", {"inpaint/config.py"}),
        ("from inpaint.layers import GatedConv2D", {"inpaint/layers/__init__.py"}),
        ("from inpaint.layers import gated_conv", {"inpaint/layers/gated_conv.py"}),
        ("from . import base", {"inpaint/models/base.py"}),
        ("from .base import Generator", {"inpaint/models/base.py"}),
        ("from .. import config", {"inpaint/config.py"}),
        ("from ..config import load", {"inpaint/config.py"}),
        ("def f():\n    from inpaint import config", {"inpaint/config.py"}),
        ("'import inpaint.config'", set()),
    ],
)
def test_imports_are_found(source, expected):
    files = [
        "inpaint/__init__.py",
        "inpaint/config.py",
        "inpaint/errors.py",
        "inpaint/layers/__init__.py",
        "inpaint/layers/gated_conv.py",
        "inpaint/models/base.py",
    ]
    assert imports(source, "inpaint/models/deepfill_v2.py", files) == expected


def test_a_file_in_no_room_is_asked_to_be_placed():
    with pytest.raises(pytest.fail.Exception, match="place it in ROOMS"):
        row_of("inpaint/stray.py")


@pytest.mark.parametrize(
    "module",
    [
        "inpaint",
        "inpaint.config",
        "inpaint.checkpoints.exports",
        "inpaint.models.registry",
        "inpaint.models.settings.deepfill_v1",
    ],
)
def test_importing_leaves_tensorflow_alone(module):
    code = (
        f"import sys, {module}\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'apache_beam'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")

"""The house's rule: a file imports only from the rows below its own.

A new file gets its place in `ROWS`.
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

# From top to bottom. A file named in full stands there and not where a * covers it.
ROWS = [
    ["__init__.py", "__main__.py"],
    ["cli/__init__.py"],
    ["cli/*.py"],
    ["cli/batch.py"],
    ["cli/pipeline.py"],
    ["cli/fill_list.py", "cli/model.py", "cli/pictures.py", "cli/progress.py"],
    ["cli/common.py"],
    ["evaluation/report.py"],
    ["evaluation/measures.py"],
    ["evaluation/*.py"],
    ["inference.py", "serving.py"],
    ["warmup.py", "signatures.py", "portable.py"],
    ["training/trainer.py"],
    ["training/summaries.py"],
    ["training/*.py"],
    ["checkpoints.py"],
    ["filling.py", "decoding.py"],
    ["cropped.py"],
    ["data.py"],
    ["flists.py", "framing.py", "readers.py"],
    ["models/__init__.py"],
    ["models/deepfill_*.py"],
    ["models/sn_patch_gan.py", "models/wgan_critics.py", "models/coarse_to_fine.py"],
    ["models/base.py"],
    ["losses.py", "masks.py", "visualize.py", "metrics.py", "edges.py"],
    ["layers/__init__.py"],
    ["layers/*.py"],
    ["layers/plain_conv.py", "layers/activations.py"],
    ["attention/batched.py", "attention/streaming.py"],
    ["attention/scores.py", "attention/tiles.py"],
    ["attention/*.py"],
    ["windows.py"],
    ["regions.py"],
    ["tensors.py"],
    ["images.py"],
    ["config.py"],
    [
        "config_kinds.py",
        "config_v1.py",
        "image_files.py",
        "weights_h5.py",
        "bundled.py",
        "exports.py",
        "backend.py",
    ],
    ["errors.py", "version.py"],
]


def row_of(file):
    name = file.split("/", 1)[1]
    for matches in (str.__eq__, fnmatch):
        for number, patterns in enumerate(ROWS):
            if any(matches(name, pattern) for pattern in patterns):
                return number
    pytest.fail(f"{file} is in no row: place it in ROWS in tests/test_architecture.py")


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
def test_a_file_imports_only_from_rows_below(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    wrong = [
        imported
        for imported in sorted(imports(source, file, FILES))
        if row_of(imported) <= row_of(file)
    ]
    assert not wrong, f"{file} must not import {', '.join(wrong)}"


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in FILES
        if file == "inpaint/losses.py"
        or fnmatch(file, "inpaint/layers/*")
        or (fnmatch(file, "inpaint/models/*") and not file.endswith("__init__.py"))
    ],
)
def test_layers_losses_and_models_take_explicit_arguments(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    assert "inpaint/config.py" not in imports(source, file, FILES)


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


def test_a_file_named_in_full_stands_apart():
    assert row_of("inpaint/cli/test.py") < row_of("inpaint/cli/batch.py")
    assert row_of("inpaint/training/trainer.py") < row_of(
        "inpaint/training/summaries.py"
    )


def test_a_file_in_no_row_is_asked_to_be_placed():
    with pytest.raises(pytest.fail.Exception, match="place it in ROWS"):
        row_of("inpaint/stray.py")


@pytest.mark.parametrize("module", ["inpaint", "inpaint.config"])
def test_importing_leaves_tensorflow_alone(module):
    code = (
        f"import sys, {module}\n"
        "print(sorted({'tensorflow', 'keras', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")

#!/bin/sh
# tools/check-dist.sh PYTHON
# Builds the distribution in a temporary folder and checks it: the metadata, the files.
set -eu

python=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1

"$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q build twine
"$folder/venv/bin/python" -m build -o "$folder/dist" . >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
"$folder/venv/bin/python" -m twine check --strict "$folder"/dist/*
"$folder/venv/bin/python" - "$folder/dist" <<'END'
import sys
import zipfile
from pathlib import Path

(wheel,) = Path(sys.argv[1]).glob("deepfill-*.whl")
names = zipfile.ZipFile(wheel).namelist()
for name in (
    "inpaint/__init__.py",
    "inpaint/cli/fill.py",
    "inpaint/paint/static/page.js",
    "inpaint/py.typed",
    "inpaint/config/presets/deepfill_v1.yml",
    "inpaint/weights/deepfill_v2.weights.h5",
    "inpaint/weights/deepfill_v2_texture.weights.h5",
):
    assert name in names, f"{wheel.name}: {name} is missing"
others = {name.split("/")[0] for name in names} - {"inpaint"}
assert all(name.endswith(".dist-info") for name in others), others
END

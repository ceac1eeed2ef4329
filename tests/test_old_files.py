"""Files that the package wrote before its models had a contract are still good.

`data/before` was made by commit 0bb88cb on TensorFlow 2.21: trainings of both versions
stopped after two steps, what came of going on to the fourth on one thread, an export,
a `.weights.h5` in half precision, and how each of them filled one picture.
"""

import gzip
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from forks import forked
from small_inpainter import assert_same_levels, box, picture
from training_runs import environment, snapshot

from inpaint import checkpoints
from inpaint.inference import Inpainter

BEFORE = Path(__file__).resolve().parent / "data" / "before"
IMAGE, HOLE = picture(37, 43, 3), box(37, 43)
EDGE = picture(37, 43, seed=2) > 200
VERSIONS = ("v1", "v2")


def copy(name, folder):
    shutil.copytree(BEFORE / name, folder)
    for path in folder.rglob("*.gz"):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def filled():
    with np.load(BEFORE / "filled.npz") as file:
        return dict(file)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_training_fills(version, filled):
    inpainter = Inpainter.load(BEFORE / version)
    assert_same_levels(inpainter(IMAGE, HOLE), filled[version])


def test_an_export_fills(filled, tmp_path):
    inpainter = Inpainter.load(copy("export", tmp_path / "export"))
    assert inpainter.edge_threshold == 0.5
    assert_same_levels(inpainter(IMAGE, HOLE), filled["export"])


def test_a_weights_file_fills(filled):
    path = BEFORE / "guided.weights.h5"
    inpainter = Inpainter.load(path)
    assert checkpoints.open_stored(path).description.padding == "symmetric"
    assert_same_levels(inpainter(IMAGE, HOLE, EDGE), filled["h5"])


def weights(log_dir, step):
    """A checkpoint's weights in the order of their names."""
    values = snapshot(log_dir, step)
    return [values[key] for key in sorted(values) if key.startswith("weights/")]


BOTH = """
from inpaint.cli import train

for arguments in {!r}:
    assert train.main(arguments) == 0
"""


@pytest.fixture(scope="module")
def resumed(tmp_path_factory):
    """The folder of both trainings, each in its own and gone on with to step 4."""
    folder = tmp_path_factory.mktemp("resumed")
    data = shutil.copytree(BEFORE / "pictures", folder / "pictures")
    lines = []
    for version in VERSIONS:
        log_dir = copy(version, folder / version)
        line = ["--resume", str(log_dir), "--data", str(data), "--set", "max_iters=4"]
        lines.append(line)
    one_thread = environment(TF_NUM_INTRAOP_THREADS="1")
    line = forked([sys.executable, "-c", BOTH.format(lines)])
    subprocess.run(line, env=one_thread, check=True, timeout=400)
    return folder


@pytest.mark.slow  # a process that trains
@pytest.mark.parametrize("version", VERSIONS)
def test_a_training_goes_on_as_it_would_have(version, resumed):
    """Bit for bit on the stack that wrote it, to a tolerance elsewhere.

    Sums of products differ in their last bits between processors, threads and versions
    of TensorFlow. A weight moves by about the learning rate in a step, 2e-4 in two; its
    gradient's last bits change that by little but where it is next to nothing, and
    there by no more than the move itself. So nearly all are within 1e-6.
    """
    start, found = (weights(resumed / version, step) for step in (2, 4))
    with np.load(BEFORE / "resumed.npz") as file:
        expected, digest = file[f"{version}_samples"], str(file[f"{version}_sha256"])
        same_processor = str(file["processor"]) == processor()
    ours = np.concatenate([sampled(x) for x in found])
    difference = np.abs(ours - expected)
    assert difference.max() < 4e-4
    assert np.mean(difference < 1e-6) > 0.99
    moved = np.abs(ours - np.concatenate([sampled(x) for x in start]))
    assert np.mean(moved > 5e-6) > 0.25
    if same_processor and tf.__version__.startswith("2.21"):
        assert (
            hashlib.sha256(b"".join(x.tobytes() for x in found)).hexdigest() == digest
        )


def sampled(x):
    """Up to eight values, evenly spaced."""
    return x.ravel()[np.linspace(0, x.size - 1, min(x.size, 8)).astype(int)]


def processor():
    """Tells processors apart by which oneDNN chooses its kernels."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return None
    lines = {x for x in lines if x.startswith(("model name", "flags", "cache size"))}
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

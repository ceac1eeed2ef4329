"""A paper from outside the package goes through the commands: tests/toy_paper.py."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import toy_paper  # noqa: F401 (registers "toy")
from forks import forked
from training_runs import ROOT, assert_same, environment, make_pictures, snapshot

from inpaint import cli

SETTINGS = {
    "model": "toy",
    "img_shapes": [16, 16, 3],
    "batch_size": 2,
    "random_seed": 7,
    "num_cpus_per_job": 1,
    "toy_alone": 3,  # the killed training is in its second phase
}

BOTH = """
import toy_paper
from inpaint import cli

for arguments in {!r}:
    assert cli.main(arguments) == 0
"""


def arguments(log_dir, pictures, *words, **settings):
    """Of the toy's training."""
    line = ["train", "--data", str(pictures), *words]
    for key, value in {**SETTINGS, "log_dir": str(log_dir), **settings}.items():
        line += ["--set", f"{key}={value}"]
    return line


def process(*words):
    return subprocess.Popen(
        forked([sys.executable, *words]),
        env=environment(PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "tests")])),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def newest(log_dir):
    steps = [int(path.stem.split("-")[1]) for path in log_dir.glob("snap-*.index")]
    return max(steps, default=0)


def test_a_killed_toy_is_resumed_exported_filled_and_evaluated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures = make_pictures(tmp_path / "pictures", count=4)
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    script = str(ROOT / "tests" / "toy_paper.py")
    endless = arguments(killed, pictures, max_iters=100000, train_spe=2)
    training = process(script, *endless)
    deadline = time.monotonic() + 200
    while newest(killed) < 4:
        assert training.poll() is None, training.communicate()
        assert time.monotonic() < deadline, "no checkpoint in the second phase"
        time.sleep(0.01)
    training.send_signal(signal.SIGKILL)
    training.communicate()

    end = newest(killed) + 3
    runs = [
        arguments(killed, pictures, "--resume", str(killed), max_iters=end),
        arguments(whole, pictures, max_iters=end),
    ]
    trainings = process("-c", BOTH.format(runs))  # two, for one import of TensorFlow
    _, errors = trainings.communicate(timeout=240)
    assert trainings.returncode == 0, errors
    assert_same(snapshot(killed, end), snapshot(whole, end))

    assert cli.main(["export", "--checkpoint_dir", "killed", "--export_dir", "ex"]) == 0
    mask = np.zeros((40, 48), np.uint8)
    mask[10:20, 10:30] = 255
    cv2.imwrite("mask.png", mask)
    picture = str(pictures / "0.png")
    filled = []
    for weights in ("killed", str(Path("ex", "1"))):
        files = ["--image", picture, "--mask", "mask.png", "--output", "filled.png"]
        assert cli.main(["test", *files, "--checkpoint_dir", weights]) == 0
        filled.append(cv2.imread("filled.png"))
    np.testing.assert_array_equal(*filled)
    known = mask == 0
    np.testing.assert_array_equal(filled[0][known], cv2.imread(picture)[known])
    assert (filled[0][~known] != cv2.imread(picture)[~known]).any()

    models = ["--model", "mine=killed", "--model", "telea"]
    measured = ["--images", str(pictures), "--masks", "center", "--samples", "0"]
    assert cli.main(["evaluate", *measured, *models]) == 0
    with open("evaluation/results.csv", encoding="utf-8", newline="") as file:
        assert {row["method"] for row in csv.DictReader(file)} == {"mine", "telea"}

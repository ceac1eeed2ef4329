"""A training that is stopped, or killed, goes on as if it had not been."""

import re
import resource
import signal
import subprocess
import time

import pytest
from forks import forked
from training_runs import (
    QUICK,
    assert_same,
    command,
    environment,
    make_pictures,
    make_trainer,
    settings,
    snapshot,
    train,
)

from inpaint import config


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("data") / "pictures")


def begin(log_dir, pictures, *words, **settings):
    return subprocess.Popen(
        forked(command(log_dir, pictures, *words, **settings)),
        env=environment(),
        cwd=log_dir.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path, process, seconds=200):
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.02)


def read_until(word, process):
    """The output up to the line that has the word."""
    output = ""
    while word not in output:
        line = process.stdout.readline()
        assert line, process.communicate()
        output += line
    return output


def saved_step(log_dir):
    """That of the newest checkpoint."""
    text = (log_dir / "checkpoint").read_text()
    return int(re.search(r'^model_checkpoint_path: "snap-(\d+)"', text)[1])


@pytest.mark.slow  # processes that train
def test_killed_resumed_and_stopped_is_bitwise_the_same(tmp_path, pictures):
    """Resumed as the kill left the folder; stopped by either signal, wherever it was.

    Of the model that trains soonest; test_contract.py resumes all, test_old_files.py
    DeepFill's graphs.
    """
    changes = {**QUICK, "max_iters": 100000, "train_spe": 1, "max_to_keep": 100000}
    log_dir = tmp_path / "log"
    process = begin(log_dir, pictures, **changes)
    wait_for(log_dir / "snap-3.index", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    for number in (signal.SIGINT, signal.SIGTERM):
        newest = saved_step(log_dir)
        process = begin(log_dir, pictures, "--resume", log_dir, **changes)
        output = read_until("images/s", process)  # in the bar: training has begun
        assert f"at step {newest}" in output
        process.send_signal(number)
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")  # nor TensorFlow's notes
        end = saved_step(log_dir)
        assert end > newest
        assert f"stopped by {number.name} after step {end}, saved" in output

    whole = tmp_path / "whole"
    train(whole, pictures, **{**changes, "max_iters": end, "train_spe": end})
    assert_same(snapshot(log_dir, end), snapshot(whole, end))


def test_a_full_disk_leaves_the_older_checkpoint(tmp_path, pictures):
    log_dir = tmp_path / "log"
    before = make_trainer(log_dir, str(pictures), random_seed=7, **QUICK).snapshots
    before.step.assign(2)
    before.save()
    size = max(path.stat().st_size for path in log_dir.glob("snap-2.data*"))
    config.save(settings(log_dir, random_seed=7, **QUICK), log_dir / "config.yml")

    def limit():  # stands in for a full disk: files end below a checkpoint's size
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    result = subprocess.run(
        command(log_dir, pictures, "--resume", log_dir, max_iters=4, **QUICK),
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=240,
    )
    assert result.returncode == 1
    assert "snap-4" in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(log_dir.glob("snap-4*"))
    lines = []
    make_trainer(log_dir, str(pictures), lines=lines, random_seed=7, **QUICK).resume()
    assert "at step 2" in lines[0]

"""A training that is stopped, or killed, goes on as if it had not been."""

import re
import resource
import signal
import subprocess
import time

import pytest
from training_runs import (
    MODELS,
    assert_same,
    command,
    environment,
    make_pictures,
    snapshot,
    train,
)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("data") / "pictures")


def begin(log_dir, pictures, **settings):
    return subprocess.Popen(
        command(log_dir, pictures, **settings),
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


@pytest.mark.parametrize("model", MODELS)
def test_killed_and_resumed_is_bitwise_the_same(tmp_path, pictures, model):
    """Of the folder as the kill left it, wherever the training was."""
    settings = MODELS[model]
    log_dir = tmp_path / "log"
    process = begin(log_dir, pictures, max_iters=100000, **settings)
    wait_for(log_dir / "snap-4.index", process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (newest,) = re.findall(
        r'^model_checkpoint_path: "snap-(\d+)"', (log_dir / "checkpoint").read_text()
    )
    end = int(newest) + 2
    result = train(log_dir, pictures, "--resume", log_dir, max_iters=end, **settings)
    assert f"at step {newest}" in result.stdout
    whole = tmp_path / "whole"
    train(whole, pictures, max_iters=end, **settings)
    assert_same(snapshot(log_dir, end), snapshot(whole, end))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_step_saves_and_exits_0(tmp_path, pictures, number):
    log_dir = tmp_path / "log"
    process = begin(log_dir, pictures, max_iters=100000, train_spe=100000)
    wait_for(log_dir / "config.yml", process)
    line = ""
    while "d_loss" not in line:  # in the bar: training has begun
        line = process.stdout.readline()
        assert line, process.communicate()
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert number.name in out
    assert len(list(log_dir.glob("snap-*.index"))) == 1


def test_a_full_disk_leaves_the_older_checkpoint(tmp_path, pictures):
    log_dir = tmp_path / "log"
    train(log_dir, pictures, max_iters=2)
    size = max(path.stat().st_size for path in log_dir.glob("snap-2.data*"))

    def limit():  # stands in for a full disk: files end below a checkpoint's size
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    result = subprocess.run(
        command(log_dir, pictures, "--resume", log_dir, max_iters=4),
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
    result = train(log_dir, pictures, "--resume", log_dir, max_iters=4)
    assert "at step 2" in result.stdout

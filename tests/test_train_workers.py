"""Two workers on this machine train as two replicas in one process do."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from ports import free_ports
from training_runs import (
    QUICK,
    ROOT,
    assert_same,
    command,
    environment,
    make_pictures,
    snapshot,
)

TWO_CPUS = ROOT / "tests" / "train_on_two_cpus.py"


def start(line, **variables):
    return subprocess.Popen(
        line,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def start_workers(line, count=2):
    """train.py so many times, as the workers of a cluster; the first is its chief."""
    workers = [f"127.0.0.1:{port}" for port in free_ports(count)]
    cluster = {"cluster": {"worker": workers}}
    tasks = ({"task": {"type": "worker", "index": index}} for index in range(count))
    return [start(line, TF_CONFIG=json.dumps({**cluster, **task})) for task in tasks]


def wait_for(path, chief):
    end = time.monotonic() + 240
    while not path.exists():
        assert chief.poll() is None, chief.communicate()
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.05)


def saved_step(log_dir):
    """That of the newest checkpoint."""
    text = (log_dir / "checkpoint").read_text()
    return int(re.search(r'^model_checkpoint_path: "snap-(\d+)"', text)[1])


def ended(processes):
    """Their outputs, once all have ended well."""
    try:
        outputs = [process.communicate(timeout=240)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    codes = [process.returncode for process in processes]
    assert codes == [0] * len(codes), "\n".join(outputs)
    return outputs


def test_two_workers_agree_with_one_process_and_stop_at_one_step(tmp_path):
    """Of the updates of both versions test_steps.py says the same."""
    pictures = make_pictures(tmp_path / "pictures")
    settings = {"train_spe": 1, "max_to_keep": 100000}
    workers, mirrored = tmp_path / "workers", tmp_path / "mirrored"
    endless = command(workers, pictures, max_iters=100000, **settings)
    processes = chief, other = start_workers(endless)
    wait_for(workers / "snap-2.index", chief)
    other.send_signal(signal.SIGTERM)
    output, _ = ended(processes)
    assert "MultiWorkerMirroredStrategy: 2 × CPU, here worker 0" in output
    (step,) = re.findall(r"stopped by another worker after step (\d+), saved", output)
    saved = {path.name for path in workers.glob("snap-*.index")}
    assert saved == {f"snap-{i}.index" for i in range(1, int(step) + 1)}

    line = command(mirrored, pictures, max_iters=2, **settings)
    (output,) = ended([start([sys.executable, str(TWO_CPUS), *line[2:]])])
    assert "MirroredStrategy: 2 × CPU" in output
    assert "batches of 4" in output
    (start_, first), (_, second) = (
        [snapshot(folder, step) for step in (1, 2)] for folder in (workers, mirrored)
    )
    assert sorted(first) == sorted(second)
    for key, value in first.items():
        if key.startswith("weights/"):
            moved = np.linalg.norm(value - start_[key])
            error = np.linalg.norm(value - second[key])
            assert error <= 0.1 * moved, key


@pytest.mark.slow  # two processes that train
def test_replicas_share_rates_averages_and_parts_and_go_on_bit_for_bit(tmp_path):
    """On two CPUs: three steps, or one and two more; its best checkpoint too."""
    pictures = make_pictures(tmp_path / "pictures")
    settings = {
        "train_spe": 1,
        "val_psteps": 1,
        "max_iters": 3,
        "accumulate": 2,
        "ema": 0.9,
        "learning_rate": "[[0, 0, linear], [2, 1e-3, cosine], [9, 1e-4]]",
        "keep_best": "val/l1",
    }
    flags = ["--val_data", pictures]
    whole, again = tmp_path / "whole", tmp_path / "again"
    line = command(whole, pictures, *flags, **settings)
    (output,) = ended([start([sys.executable, str(TWO_CPUS), *line[2:]])])
    assert "batches of 8" in output
    assert "val/l1" in output
    assert "is the best so far: saved best" in output
    shutil.copytree(whole, again)
    (again / "checkpoint").write_text('model_checkpoint_path: "snap-1"\n')
    line = command(again, pictures, *flags, "--resume", again, **settings)
    (output,) = ended([start([sys.executable, str(TWO_CPUS), *line[2:]])])
    assert "at step 1" in output
    assert_same(snapshot(whole, 3), snapshot(again, 3))
    before, after = (snapshot(whole, step) for step in (2, 3))
    moved = [k for k in after if np.any(before[k] != after[k])]
    assert any(key.startswith("ema/") for key in moved)
    assert any("kernel_sn.Su" in key for key in moved)


@pytest.mark.slow  # two processes that train
def test_workers_add_up_parts_and_keep_the_best_together(tmp_path):
    """The chief alone validates, and both write when it has found a better one."""
    pictures, log_dir = make_pictures(tmp_path / "pictures"), tmp_path / "log"
    settings = {**QUICK, "max_iters": 2, "train_spe": 2, "val_psteps": 1}
    settings |= {"keep_best": "val/l1", "ema": 0.5, "accumulate": 2}
    chief, other = ended(
        start_workers(command(log_dir, pictures, "--val_data", pictures, **settings))
    )
    assert "is the best so far: saved best" in chief
    assert "best" not in other
    assert (log_dir / "best" / "config.yml").exists()
    assert len(list((log_dir / "best").glob("snap-*.index"))) == 1
    assert any(key.startswith("ema/") for key in snapshot(log_dir, 2))


@pytest.mark.slow  # nine processes
def test_one_of_three_workers_is_killed_and_all_are_started_again(tmp_path):
    """The others end, as nobody answers; what they saved is gone on with."""
    pictures = make_pictures(tmp_path / "pictures")
    settings = {**QUICK, "train_spe": 1, "max_to_keep": 100000, "img_shapes": "[8,8,3]"}
    settings |= {"height": 4, "width": 4, "max_delta_height": 0, "max_delta_width": 0}
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    processes = start_workers(
        command(broken, pictures, max_iters=100000, **settings), 3
    )
    try:
        wait_for(broken / "snap-2.index", processes[0])
        processes[2].send_signal(signal.SIGKILL)
        outputs = [process.communicate(timeout=240)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [1, 1, -signal.SIGKILL]
    for output in outputs[:2]:
        assert "Traceback" not in output
        assert f"start all of them again, with --resume {broken}" in output
    last = saved_step(broken)
    for folder in (broken, whole):
        words = ["--resume", broken] if folder == broken else []
        line = command(folder, pictures, *words, max_iters=last + 2, **settings)
        outputs = ended(start_workers(line, 3))
        resumed = f"at step {last}" in outputs[0]
        assert resumed == (folder == broken), outputs[0]
    assert_same(snapshot(broken, last + 2), snapshot(whole, last + 2))

"""Two workers on this machine train as two replicas in one process do.

They train tests/toy_paper.py, whose graphs are made soonest: it has two phases, batch
statistics, a spectral norm and two optimizers. Of DeepFill's updates test_steps.py says
the same.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import toy_paper  # noqa: F401 (registers "toy")
from forks import forked
from ports import free_ports
from training_runs import (
    ROOT,
    assert_same,
    command,
    environment,
    make_pictures,
    snapshot,
)

TESTS = ROOT / "tests"
TOY = {
    "model": "toy",
    "toy_alone": 1,
    "img_shapes": "[16,16,3]",
    "height": 8,
    "width": 8,
    "max_delta_height": 0,
    "max_delta_width": 0,
    "train_spe": 1,
    "max_to_keep": 100000,
}


def start(line, **variables):
    return subprocess.Popen(
        forked([sys.executable, str(TESTS / "toy_paper.py"), "train", *line]),
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def arguments(*words, **changes):
    """train.py's, of the toy's training."""
    return command(*words, **{**TOY, **changes})[2:]


def start_workers(line, count=2):
    """train.py so many times, as the workers of a cluster; the first is its chief."""
    workers = [f"127.0.0.1:{port}" for port in free_ports(count)]
    cluster = {"cluster": {"worker": workers}}
    tasks = ({"task": {"type": "worker", "index": index}} for index in range(count))
    return [start(line, TF_CONFIG=json.dumps({**cluster, **task})) for task in tasks]


def wait_for(path, processes):
    """Until it is there, which must be before any of the processes ends."""
    end = time.monotonic() + 240
    while not path.exists():
        if any(process.poll() is not None for process in processes):
            raise AssertionError("\n".join(x.communicate()[0] for x in processes))
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


@pytest.fixture(scope="module")
def train_on_two_cpus():
    """train.py's output, on two CPUs of one process, which trains more than once."""
    process = subprocess.Popen(
        forked([sys.executable, str(TESTS / "train_on_two_cpus.py")]),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def train(line):
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
        code, output = json.loads(process.stdout.readline())
        assert code == 0, output
        return output

    yield train
    process.stdin.close()
    process.wait()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return make_pictures(tmp_path_factory.mktemp("data") / "pictures")


def test_two_workers_agree_with_one_process_and_stop_at_one_step(
    tmp_path, pictures, train_on_two_cpus
):
    workers, mirrored = tmp_path / "workers", tmp_path / "mirrored"
    endless = arguments(workers, pictures, max_iters=100000, ema=0.5)
    processes = start_workers(endless)
    wait_for(workers / "snap-3.index", processes)
    processes[1].send_signal(signal.SIGTERM)
    output, _ = ended(processes)
    assert "MultiWorkerMirroredStrategy: 2 × CPU, here worker 0" in output
    (step,) = re.findall(r"stopped by another worker after step (\d+), saved", output)
    saved = {path.name for path in workers.glob("snap-*.index")}
    assert saved == {f"snap-{i}.index" for i in range(1, int(step) + 1)}

    output = train_on_two_cpus(arguments(mirrored, pictures, max_iters=3, ema=0.5))
    assert "MirroredStrategy: 2 × CPU" in output
    assert "batches of 4" in output
    for before, after in ((1, 2), (2, 3)):  # the phases
        start_, first = (snapshot(workers, step) for step in (before, after))
        second = snapshot(mirrored, after)
        assert sorted(first) == sorted(second)
        for key, value in first.items():
            if key.startswith(("weights/", "ema/")):
                moved = np.linalg.norm(value - start_[key])
                error = np.linalg.norm(value - second[key])
                assert error <= 0.01 * moved + 1e-8, key  # a bias before norms: 0


@pytest.mark.slow  # trains twice
def test_replicas_share_rates_averages_and_parts_and_go_on_bit_for_bit(
    tmp_path, pictures, train_on_two_cpus
):
    """On two CPUs: three steps, or one and two more; its best checkpoint too."""
    settings = {
        "val_psteps": 1,
        "max_iters": 3,
        "accumulate": 2,
        "ema": 0.9,
        "learning_rate": "[[0, 0, linear], [2, 1e-3, cosine], [9, 1e-4]]",
        "keep_best": "val/l1",
    }
    flags = ["--val_data", pictures]
    whole, again = tmp_path / "whole", tmp_path / "again"
    output = train_on_two_cpus(arguments(whole, pictures, *flags, **settings))
    assert "batches of 8" in output
    assert "val/l1" in output
    assert "is the best so far: saved best" in output
    shutil.copytree(whole, again)
    (again / "checkpoint").write_text('model_checkpoint_path: "snap-1"\n')
    output = train_on_two_cpus(
        arguments(again, pictures, *flags, "--resume", again, **settings)
    )
    assert "at step 1" in output
    assert_same(snapshot(whole, 3), snapshot(again, 3))
    before, after = (snapshot(whole, step) for step in (2, 3))
    moved = [k for k in after if np.any(before[k] != after[k])]
    assert any(key.startswith("ema/") for key in moved)
    assert any("critic.Sconvolution.Su" in key for key in moved)


@pytest.mark.slow  # two processes that train
def test_workers_add_up_parts_and_keep_the_best_together(tmp_path, pictures):
    """The chief alone validates, and both write when it has found a better one."""
    log_dir = tmp_path / "log"
    settings = {"max_iters": 2, "train_spe": 2, "val_psteps": 1}
    settings |= {"keep_best": "val/l1", "ema": 0.5, "accumulate": 2}
    chief, other = ended(
        start_workers(arguments(log_dir, pictures, "--val_data", pictures, **settings))
    )
    assert "is the best so far: saved best" in chief
    assert "best" not in other
    assert (log_dir / "best" / "config.yml").exists()
    assert len(list((log_dir / "best").glob("snap-*.index"))) == 1
    assert any(key.startswith("ema/") for key in snapshot(log_dir, 2))


@pytest.mark.slow  # six processes
def test_one_of_three_workers_is_killed_and_all_are_started_again(tmp_path, pictures):
    """The others end, as nobody answers; what they saved is gone on with.

    In parts, and from the second step of what was saved, to the last: bit for bit.
    """
    settings = {"max_iters": 100000, "accumulate": 2}
    log_dir = tmp_path / "log"
    processes = start_workers(arguments(log_dir, pictures, **settings), 3)
    try:
        wait_for(log_dir / "snap-4.index", processes)
        processes[2].send_signal(signal.SIGKILL)
        outputs = [process.communicate(timeout=240)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [1, 1, -signal.SIGKILL]
    for output in outputs[:2]:
        assert "Traceback" not in output
        assert f"start all of them again, with --resume {log_dir}" in output
    last = saved_step(log_dir)
    expected = snapshot(log_dir, last)
    for step in range(3, last + 1):
        for path in log_dir.glob(f"snap-{step}.*"):
            path.unlink()
    (log_dir / "checkpoint").write_text('model_checkpoint_path: "snap-2"\n')
    again = arguments(log_dir, pictures, "--resume", log_dir, max_iters=last)
    outputs = ended(start_workers(again, 3))
    assert "at step 2" in outputs[0]
    assert_same(snapshot(log_dir, last), expected)

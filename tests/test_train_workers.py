"""Two workers on this machine train as two replicas in one process do."""

import json
import re
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
from training_runs import MODELS, ROOT, command, environment, make_pictures, snapshot

TWO_CPUS = ROOT / "tests" / "train_on_two_cpus.py"


def start(line, **variables):
    return subprocess.Popen(
        line,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def start_workers(line):
    """train.py twice, as the workers of a cluster; the first is its chief."""
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    cluster = {"cluster": {"worker": workers}}
    tasks = ({"task": {"type": "worker", "index": index}} for index in range(2))
    return [start(line, TF_CONFIG=json.dumps({**cluster, **task})) for task in tasks]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


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


@pytest.mark.parametrize("model", MODELS)
def test_two_workers_agree_with_one_process(tmp_path, model):
    pictures = make_pictures(tmp_path / "pictures")
    settings = {**MODELS[model], "train_spe": 1, "max_iters": 2}
    workers, mirrored = tmp_path / "workers", tmp_path / "mirrored"
    processes = start_workers(command(workers, pictures, **settings))
    line = command(mirrored, pictures, **settings)
    outputs = ended([*processes, start([sys.executable, str(TWO_CPUS), *line[2:]])])
    assert "MultiWorkerMirroredStrategy: 2 × CPU, here worker 0" in outputs[0]
    assert "MirroredStrategy: 2 × CPU" in outputs[2]
    assert "batches of 4" in outputs[2]

    (start_, first), (_, second) = (
        [snapshot(folder, step) for step in (1, 2)] for folder in (workers, mirrored)
    )
    assert sorted(first) == sorted(second)
    for key, value in first.items():
        # Differences of scores do not know the last bias.
        if key.startswith("weights/") and not key.count("_fc.Sbias"):
            moved = np.linalg.norm(value - start_[key])
            error = np.linalg.norm(value - second[key])
            assert error <= 0.1 * moved, key


def test_a_signal_to_one_worker_stops_both_at_one_step(tmp_path):
    pictures = make_pictures(tmp_path / "pictures")
    log_dir = tmp_path / "log"
    endless = {"max_iters": 100000, "train_spe": 100000}
    processes = chief, other = start_workers(command(log_dir, pictures, **endless))
    line = ""
    while "d_loss" not in line:  # in the chief's bar: training has begun
        line = chief.stdout.readline()
        assert line, chief.communicate()
    other.send_signal(signal.SIGTERM)
    output, _ = ended(processes)
    (step,) = re.findall(r"stopped by another worker after step (\d+), saved", output)
    (saved,) = log_dir.glob("snap-*.index")
    assert saved.name == f"snap-{step}.index"

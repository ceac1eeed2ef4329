"""Two workers on this machine train as two replicas in one process do."""

import json
import re
import signal
import subprocess
import sys
import time

import numpy as np
from ports import free_ports
from training_runs import ROOT, command, environment, make_pictures, snapshot

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
    second = workers / "snap-2.index"
    end = time.monotonic() + 240
    while not second.exists():
        assert chief.poll() is None, chief.communicate()
        assert time.monotonic() < end, f"no {second.name}"
        time.sleep(0.05)
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

"""Two workers on this machine train as two replicas in one process do."""

import json
import socket
import subprocess
import sys

import numpy as np
import pytest
from training_runs import MODELS, ROOT, environment, make_pictures, snapshot

# Sums of gradients come in another order; Adam turns a rounding of a gradient near 0
# into at most a step of the learning rate, 1e-4, each time: a critic makes 2 steps of
# v2, 10 of v1.
TOLERANCE = {"deepfill_v2": 2.1e-4, "deepfill_v1": 1.05e-3}


def start(log_dir, pictures, *words, **variables):
    command = [sys.executable, str(ROOT / "tests" / "training_worker.py")]
    command += [str(log_dir), str(pictures), *words]
    return subprocess.Popen(
        command,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@pytest.mark.parametrize("model", MODELS)
def test_two_workers_agree_with_one_process(tmp_path, model):
    pictures = make_pictures(tmp_path / "pictures")
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = [
        start(
            tmp_path / "workers",
            pictures,
            model,
            TF_CONFIG=json.dumps(
                {
                    "cluster": {"worker": workers},
                    "task": {"type": "worker", "index": index},
                }
            ),
        )
        for index in range(2)
    ]
    try:
        outputs = [process.communicate(timeout=240)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [p.returncode for p in processes] == [0, 0], "\n".join(outputs)

    process = start(tmp_path / "mirrored", pictures, model, "mirrored")
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    first, second = (snapshot(tmp_path / name, 2) for name in ("workers", "mirrored"))
    assert sorted(first) == sorted(second)
    for key, value in first.items():
        np.testing.assert_allclose(
            value, second[key], atol=TOLERANCE[model], err_msg=key
        )

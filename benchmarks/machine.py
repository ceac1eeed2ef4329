"""What benchmarks share: the machine's rate, peak memory, processes of their own."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "examples")]


def matrix_rate(size=4096, repeats=5):
    """Best float32 matrix-product rate of several, in GFLOP/s."""
    import tensorflow as tf

    product = tf.function(tf.matmul)
    a = tf.random.normal([size, size])
    product(a, a)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        product(a, a).numpy()
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times) / 1e9


def peak_gb():
    """Peak resident memory of this process, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def in_own_process(file, *words):
    """What a benchmark file, called with these words, prints as its last line: JSON."""
    command = [sys.executable, file, *map(str, words)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(result.stdout.splitlines()[-1])

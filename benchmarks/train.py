"""How long one training iteration takes, and how much memory, on this machine.

    python benchmarks/train.py                 # 256×256, batch 8
    python benchmarks/train.py --batch 16

An iteration is one update of SN-PatchGAN and one of the full-width v2 generator, each
on a batch of its own, as the trainer runs them. The time is also given in units of the
267 GFLOP a picture that the original's iteration takes, at the rate of this machine's
own float32 matrix products, measured in the same process: the original takes 1.25.
"""

import argparse
import json
import statistics
import tempfile
import time

import machine

GFLOP_A_PICTURE = 267


def measure(batch, precision):
    import numpy as np
    import tensorflow as tf

    from inpaint.config import Config
    from inpaint.models.base import Batch
    from inpaint.pictures.lists import Pictures
    from inpaint.training.trainer import Trainer

    folder = tempfile.TemporaryDirectory()
    settings = Config(batch_size=batch, precision=precision, log_dir=folder.name)
    strategy = tf.distribute.get_strategy()
    trainer = Trainer(settings, strategy, Pictures(["none"]))
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (batch, 256, 256, 3)).astype(np.float32)
    mask = np.zeros((1, 256, 256, 1), np.float32)
    mask[:, 64:192, 64:192] = 1
    batches = [Batch(tf.constant(images), tf.constant(mask)) for _ in range(2)]
    trainer.iteration(batches)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        scalars = trainer.iteration(batches)
        float(scalars["losses/g_loss"])
        times.append(time.perf_counter() - start)
    peak = machine.peak_gb()
    return {
        "seconds": statistics.median(times),
        "peak_gb": peak,
        "rate": machine.matrix_rate(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    words = ["--batch", arguments.batch, "--precision", arguments.precision]
    if arguments.child:
        print(json.dumps(measure(arguments.batch, arguments.precision)))
        return
    found = machine.in_own_process(__file__, "--child", *words)
    unit = GFLOP_A_PICTURE * arguments.batch / found["rate"]
    print("| batch | iteration | pictures/s | peak memory | rate | in units |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {arguments.batch} | {found['seconds']:.2f} s "
        f"| {arguments.batch / found['seconds']:.2f} | {found['peak_gb']:.2f} GB "
        f"| {found['rate']:.0f} GFLOP/s | {found['seconds'] / unit:.2f} |"
    )


if __name__ == "__main__":
    main()

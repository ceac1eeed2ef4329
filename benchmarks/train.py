"""How long one training iteration takes, and how much memory, on this machine.

    python benchmarks/train.py                 # 256×256, batch 8
    python benchmarks/train.py --batch 16
    python benchmarks/train.py --model global_local

An iteration is one of the trainer's, in the model's last phase: with DeepFill v2 one
update of SN-PatchGAN and one of the full-width generator, each on a batch of its own.
Its time is also given in units of the 267 GFLOP a picture that the original's iteration
takes, at the rate of this machine's own float32 matrix products, measured in the same
process: the original takes 1.25.
"""

import argparse
import json
import statistics
import tempfile
import time

import machine

GFLOP_A_PICTURE = 267


def measure(model, batch, precision):
    import numpy as np
    import tensorflow as tf

    from inpaint import config, masks
    from inpaint.models.base import Batch
    from inpaint.pictures.lists import Pictures
    from inpaint.training.trainer import Trainer

    folder = tempfile.TemporaryDirectory()
    given = {"batch_size": batch, "precision": precision, "log_dir": folder.name}
    settings = config.from_dict({"model": model, **given}, "the benchmark")
    trainer = Trainer(settings, tf.distribute.get_strategy(), Pictures(["none"]))
    height, width, _ = settings.img_shapes
    levels = np.random.default_rng(0).integers(0, 256, (batch, height, width, 3))
    images = trainer.model.generator.to_network(levels.astype(np.uint8))
    count = batch if settings.mask_per_sample else 1
    draws = trainer.model.sampler.draw(masks.rng(0, 0), count, height, width)
    draws = {name: tf.constant(value) for name, value in draws.items()}
    last = settings.max_iters - 1
    phase, _ = trainer.phases.at(last)
    batches = [Batch.of(images=images, **draws) for _ in set(phase.batches())]
    trainer.iteration(batches, last)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        scalars = trainer.iteration(batches, last)
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
    parser.add_argument("--model", default="deepfill_v2")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    given = arguments.model, arguments.batch, arguments.precision
    if arguments.child:
        print(json.dumps(measure(*given)))
        return
    words = [
        x for pair in zip(("--model", "--batch", "--precision"), given) for x in pair
    ]
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

"""How models compare on this machine: parameters, receptive field, time and memory.

    python benchmarks/models.py                              # all models, 256×256
    python benchmarks/models.py --size 512x680
    python benchmarks/models.py global_local --size 1024x1024 --hole 256 --whole

Each model is run at full width with fresh weights in a process of its own, on one
picture with a square hole in the middle; the figure is the faster of two calls. A
network of one size fills that size. `--whole` also runs the network on the
whole picture and compares the two in the hole.
"""

import argparse
import json
import time

import machine

FULL_WIDTH = {"deepfill_v2": 48, "deepfill_v1": 32, "deepfill_v1_baseline": 32}


def measure(name, size, hole, whole):
    import math

    import numpy as np
    import tensorflow as tf

    from inpaint.config import from_dict
    from inpaint.filling import prepared
    from inpaint.models.building import build_generator

    settings = {"model": name}
    if name in FULL_WIDTH:
        settings["base_filters"] = FULL_WIDTH[name]
    generator = build_generator(from_dict(settings, name))
    height, width = generator.fixed_size or size
    hole = min(hole, height // 2)
    images = np.random.default_rng(0).integers(0, 256, (1, height, width, 3))
    mask = np.zeros((1, height, width, 1), bool)
    top, left = (height - hole) // 2, (width - hole) // 2
    mask[:, top : top + hole, left : left + hole] = True
    inputs = prepared(generator, tf.constant(images, tf.uint8), tf.constant(mask))

    def fastest(function):
        times, found = [], None
        for _ in range(2):
            start = time.perf_counter()
            found = function()
            found[0].numpy()
            times.append(time.perf_counter() - start)
        return min(times), found

    seconds, (painted, region) = fastest(lambda: generator.complete(inputs))
    found = {
        "name": name,
        "size": f"{height}×{width}",
        "hole": hole,
        "parameters": sum(math.prod(v.shape) for v in generator.trainable_variables),
        "seconds": seconds,
        "peak_gb": machine.peak_gb(),
    }
    if whole:
        stage = generator.stages[-1]
        found["whole_seconds"], (plain,) = fastest(
            lambda: [generator(inputs, training=False)[stage]]
        )
        painted = region.put(painted, (height, width)).numpy()
        difference = np.abs(painted - plain.numpy())[mask[..., 0]]
        found["difference"] = float(difference.max())
    return found


def size(text):
    height, width = map(int, text.split("x"))
    return height, width


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--size", type=size, default=(256, 256), metavar="HxW")
    parser.add_argument("--hole", type=int, default=128, metavar="PIXELS")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        (name,) = arguments.models
        found = measure(name, arguments.size, arguments.hole, arguments.whole)
        print(json.dumps(found))
        return
    from inpaint.models import registry

    print("| model | picture | hole | parameters | seconds | peak memory |")
    print("|---|---|---|---|---|---|")
    for name in arguments.models or registry.names():
        words = [name, "--size", "x".join(map(str, arguments.size)), "--child"]
        words += ["--hole", arguments.hole, *["--whole"] * arguments.whole]
        found = machine.in_own_process(__file__, *words)
        print(
            f"| `{name}` | {found['size']} | {found['hole']} "
            f"| {found['parameters']:,} | {found['seconds']:.2f} "
            f"| {found['peak_gb']:.2f} GB |",
            flush=True,
        )
        if arguments.whole:
            share = found["seconds"] / found["whole_seconds"]
            print(
                f"\n`{name}`: {share:.2f} of the whole network's "
                f"{found['whole_seconds']:.2f} s; they differ by "
                f"{found['difference']:.1e} at most in the hole"
            )


if __name__ == "__main__":
    main()

"""How models compare on this machine: parameters, time and memory of a fill.

    python benchmarks/models.py                          # all, 256×256 and 512×680
    python benchmarks/models.py lama --size 512x512 --size 2048x2048 --calls 1
    python benchmarks/models.py global_local --size 1024x1024 --hole 256 --whole

Each model has its paper's width and fresh weights, and fills a picture with a box hole
of a quarter of each side in its middle, in a process of its own: the median of the
calls of an `Inpainter` after the first, or the first where there is no other. A network
of one size fills that size. `--whole` also runs the network on the whole picture and
compares the two in the hole.
"""

import argparse
import json
import math
import statistics
import time

import machine

FULL_WIDTH = {"deepfill_v2": 48, "deepfill_v1": 32, "deepfill_v1_baseline": 32}
SIZES = ((256, 256), (512, 680))


def case(height, width, hole):
    """A picture and its hole, of `hole` pixels a side, or of a quarter of each."""
    import numpy as np

    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    mask = np.zeros((height, width), bool)
    rows, columns = (hole or side // 4 for side in (height, width))
    top, left = (height - rows) // 2, (width - columns) // 2
    mask[top : top + rows, left : left + columns] = True
    return image, mask


def measure(name, size, hole, calls, whole):
    from inpaint import Inpainter
    from inpaint.config import from_dict
    from inpaint.models.building import build_generator

    settings = {"model": name}
    if name in FULL_WIDTH:
        settings["base_filters"] = FULL_WIDTH[name]
    generator = build_generator(from_dict(settings, name))
    inpainter = Inpainter(generator, strategy="exact")
    height, width = generator.fixed_size or size
    image, mask = case(height, width, hole)
    if calls > 1:
        inpainter.trace()
    found = {
        "size": f"{height}×{width}",
        "hole": "×".join(str(len(set(x))) for x in mask.nonzero()),
        "parameters": sum(math.prod(v.shape) for v in generator.trainable_variables),
        "seconds": timed(lambda: inpainter(image, mask), calls),
        "peak_gb": machine.peak_gb(),
    }
    if whole:
        found.update(compared(generator, image, mask, calls))
    return found


def timed(function, calls):
    """Seconds of a call: the median of those after the first."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:] or times)


def compared(generator, image, mask, calls):
    """The network on the whole picture, and on what the hole depends on."""
    import numpy as np
    import tensorflow as tf

    from inpaint.filling import prepared

    hole = tf.constant(mask[np.newaxis, ..., np.newaxis])
    inputs = prepared(generator, tf.constant(image[np.newaxis]), hole)
    stage, size = generator.stages[-1], inputs["image"].shape[1:3]
    plain = tf.function(lambda: generator(inputs, training=False)[stage])
    part = tf.function(lambda: generator.complete(inputs))
    picture, region = part()
    there = np.broadcast_to(inputs["hole"] > 0.5, plain().shape)
    difference = np.abs(region.put(picture, size) - plain())[there]
    return {
        "whole_seconds": timed(lambda: plain().numpy(), calls),
        "part_seconds": timed(lambda: part()[0].numpy(), calls),
        "difference": float(difference.max()),
    }


def size(text):
    height, width = map(int, text.split("x"))
    return height, width


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--size", type=size, action="append", metavar="HxW")
    parser.add_argument("--hole", type=int, metavar="PIXELS", help="its sides")
    parser.add_argument("--calls", type=int, default=4)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        (name,), (here,) = args.models, args.size
        print(json.dumps(measure(name, here, args.hole, args.calls, args.whole)))
        return
    from inpaint.models import registry

    print("| model | picture | hole | parameters | seconds | peak memory |")
    print("|---|---|---|---|---|---|")
    for name in args.models or registry.names():
        fixed = registry.paper(name).generator.fixed_size
        for height, width in [fixed] if fixed else args.size or SIZES:
            words = [name, "--child", "--size", f"{height}x{width}"]
            words += ["--calls", args.calls, *["--whole"] * args.whole]
            words += ["--hole", args.hole] if args.hole else []
            found = machine.in_own_process(__file__, *words)
            print(
                f"| `{name}` | {found['size']} | {found['hole']} "
                f"| {found['parameters']:,} | {found['seconds']:.2f} "
                f"| {found['peak_gb']:.2f} GB |",
                flush=True,
            )
            if args.whole:
                print(
                    f"\n`{name}`: {found['part_seconds']:.2f} s for what the hole "
                    f"depends on, {found['whole_seconds']:.2f} s for the whole "
                    f"picture; they differ by {found['difference']:.1e} at most in "
                    "the hole"
                )


if __name__ == "__main__":
    main()

"""How long a model's network takes to fill a hole, and its peak memory.

    python benchmarks/fill_models.py lama partial_conv
    python benchmarks/fill_models.py lama --size 2048x2048 --once

The networks have their papers' widths and random weights; the hole is a box of a
quarter of each side. Each figure is of a process of its own: the median of three warm
calls of Inpainter, or with --once the first call, its tracing included.
"""

import argparse
import json
import statistics
import sys
import time

import machine
from fill import case

SIZES = ("256x256", "512x680")


def measure(name, height, width, calls):
    from inpaint.config import Config
    from inpaint.inference import Inpainter
    from inpaint.models.building import build_generator

    generator = build_generator(Config(model=name))
    inpainter = Inpainter(generator, strategy="exact")
    image, mask = case(height, width)
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        inpainter(image, mask)
        times.append(time.perf_counter() - start)
    return {
        "seconds": statistics.median(times[1:] or times),
        "peak_gb": machine.peak_gb(),
        "parameters": sum(v.numpy().size for v in generator.trainable_variables),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--size", action="append", metavar="HEIGHTxWIDTH")
    parser.add_argument("--once", action="store_true", help="the first call alone")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    for size in args.size or SIZES:
        height, width = map(int, size.split("x"))
        for name in args.models:
            if args.here:
                print(json.dumps(measure(name, height, width, 1 if args.once else 4)))
                continue
            words = [name, "--size", size, "--here", *["--once"] * args.once]
            found = machine.in_own_process(__file__, *words)
            print(
                f"{name}, {found['parameters']:,} parameters, {height} × {width}: "
                f"{found['seconds']:.2f} s, {found['peak_gb']:.2f} GB",
                file=sys.stderr,
            )


if __name__ == "__main__":
    main()

"""Where the time of the first answer goes.

    python benchmarks/first_answer.py                  # 512×680 and 256×256
    python benchmarks/first_answer.py --size 512x680 --weights full

For each size and each set of weights, bundled and full-width: test.py as a whole
process, and its ratio to `python -c "import tensorflow"`, medians of runs in turn.
Then, in a process of its own, the split: importing, loading, the first call (eager)
and, for comparison, what a graph takes: tracing, optimising with the first run, and a
warm call. --precision also says how far another precision's levels are off.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time

import fill
import machine

SIZES = ((512, 680), (256, 256))
PARTS = ("import", "load", "first call", "trace", "first run", "warm")


def split(checkpoint, height, width, precision):
    """Seconds by part, and the picture that the last call fills."""
    laps, start = {}, time.perf_counter()

    def lap(name):
        nonlocal start
        laps[name] = time.perf_counter() - start
        start = time.perf_counter()

    from inpaint.inference import Inpainter

    lap("import")
    inpainter = Inpainter.load(checkpoint, precision=precision, strategy="exact")
    lap("load")
    image, mask = fill.case(height, width)
    start = time.perf_counter()
    inpainter(image, mask)
    lap("first call")
    inpainter.trace()
    lap("trace")
    inpainter(image, mask)
    lap("first run")
    times = []
    for _ in range(5):
        completed = inpainter(image, mask)
        lap("warm")
        times.append(laps["warm"])
    return {**laps, "warm": statistics.median(times)}, completed, mask


def seconds(command, **options):
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, **options)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=fill.size, action="append", metavar="HxW")
    parser.add_argument("--weights", choices=("bundled", "full"), action="append")
    parser.add_argument("--precision", default="float32", metavar="PRECISION")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", metavar="CHECKPOINT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        child(arguments)
        return
    import stand_in

    importing = [sys.executable, "-c", "import tensorflow"]
    with tempfile.TemporaryDirectory() as folder:
        stand_in.write_checkpoint(f"{folder}/checkpoint")
        checkpoints = {"bundled": "", "full": f"{folder}/checkpoint"}
        print("| size | weights | whole test.py | import alone | ratio |")
        print("|---|---|---|---|---|")
        cases = [
            (height, width, weights)
            for height, width in arguments.size or SIZES
            for weights in arguments.weights or checkpoints
        ]
        for height, width, weights in cases:
            whole, alone = [], []
            for _ in range(arguments.runs):
                alone.append(seconds(importing))
                whole.append(
                    fill.measure_process(checkpoints[weights], height, width, folder)
                )
            whole, alone = statistics.median(whole), statistics.median(alone)
            print(
                f"| {height}×{width} | {weights} | {whole:.2f} s | {alone:.2f} s "
                f"| {whole / alone:.2f} |",
                flush=True,
            )
        print(f"\n| size | weights | {' | '.join(PARTS)} |")
        print("|---|---|" + "---|" * len(PARTS))
        for height, width, weights in cases:
            found = machine.in_own_process(
                __file__,
                *("--child", checkpoints[weights], "--size", f"{height}x{width}"),
                *("--precision", arguments.precision),
            )
            laps = " | ".join(f"{found[part]:.2f} s" for part in PARTS)
            print(f"| {height}×{width} | {weights} | {laps} |", flush=True)
            if arguments.precision != "float32":
                print(f"\nlevels off in the hole: {found['levels']}\n", flush=True)


def child(arguments):
    """Prints the split as JSON."""
    import numpy as np

    checkpoint = arguments.child or None
    size = arguments.size[0]
    laps, completed, mask = split(checkpoint, *size, arguments.precision)
    if arguments.precision != "float32":
        exact = split(checkpoint, *size, "float32")
        difference = np.abs(completed.astype(int) - exact[1])[mask]
        laps["levels"] = (
            f"mean {difference.mean():.2f}, largest {difference.max()}; "
            f"warm in float32 {exact[0]['warm']:.2f} s"
        )
    print(json.dumps(laps))


if __name__ == "__main__":
    main()

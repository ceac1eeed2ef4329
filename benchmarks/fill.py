"""How long it takes to fill a hole, and how much memory, on this machine.

    python benchmarks/fill.py                     # from 256×256 to 2048×2048
    python benchmarks/fill.py --size 768x1024

For each size, a box hole of a quarter of each side is filled with the full-width
v2 network. Three figures: test.py as a whole process (start to finish, its first
picture), a warm call of Inpainter (median of several, in one process) and that
process's peak memory. Times are also given in units of the time that the machine
needs for the original graph's operations at the rate of its own float32 matrix
products, measured in the same process: the original takes 1.77 of these.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time

import machine

SIZES = ((256, 256), (512, 680), (1024, 1024), (1536, 1536), (2048, 2048))


def original_gflop(height, width):
    """Operations of the published graph: convolutions, then attention (P·Q·25C·2)."""
    convolutions = 50.4e9 * height * width / 256**2
    places = height * width / 64
    return (convolutions + 2 * places**2 * 25 * 96) / 1e9


def case(height, width):
    import numpy as np

    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    mask = np.zeros((height, width), bool)
    top, left = height * 3 // 8, width * 3 // 8
    mask[top : top + height // 4, left : left + width // 4] = True
    return image, mask


def measure_warm(checkpoint, height, width):
    """Runs in a process of its own, so that its peak memory is this size's."""
    from inpaint import Inpainter

    inpainter = Inpainter.load(checkpoint, strategy="exact")
    image, mask = case(height, width)
    inpainter.trace()
    inpainter(image, mask)
    times = []
    while len(times) < 3 or (sum(times) < 10 and len(times) < 15):
        start = time.perf_counter()
        inpainter(image, mask)
        times.append(time.perf_counter() - start)
    peak = machine.peak_gb()
    return {
        "warm": statistics.median(times),
        "peak_gb": peak,
        "rate": machine.matrix_rate(),
    }


def measure_process(checkpoint, height, width, folder):
    import cv2

    image, mask = case(height, width)
    cv2.imwrite(f"{folder}/image.png", image)
    cv2.imwrite(f"{folder}/mask.png", mask.astype("uint8") * 255)
    command = [sys.executable, str(machine.ROOT / "test.py"), "--strategy", "exact"]
    if checkpoint:  # else the bundled weights
        command += ["--checkpoint_dir", checkpoint]
    for name in ("image", "mask", "output"):
        command += [f"--{name}", f"{folder}/{name}.png"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - start


def size(text):
    height, width = map(int, text.split("x"))
    return height, width


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=size, action="append", metavar="HxW")
    parser.add_argument("--child", metavar="CHECKPOINT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure_warm(arguments.child, *arguments.size[0])))
        return
    import stand_in
    import tensorflow as tf

    print(f"TensorFlow {tf.__version__}\n")
    print("| size | test.py, whole | warm | peak memory | rate | warm in units |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = f"{folder}/checkpoint"
        stand_in.write_checkpoint(checkpoint)
        for height, width in arguments.size or SIZES:
            whole = statistics.median(
                measure_process(checkpoint, height, width, folder) for _ in range(3)
            )
            warm = machine.in_own_process(
                __file__, "--child", checkpoint, "--size", f"{height}x{width}"
            )
            unit = original_gflop(height, width) / warm["rate"]
            print(
                f"| {height}×{width} | {whole:.1f} s | {warm['warm']:.2f} s "
                f"| {warm['peak_gb']:.2f} GB | {warm['rate']:.0f} GFLOP/s "
                f"| {warm['warm'] / unit:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""How many pictures an hour: lists on Apache Beam, in batches, on one core.

    python benchmarks/scale.py engine               # 200 pictures of mixed sizes
    python benchmarks/scale.py batch
    python benchmarks/scale.py core

`engine` fills one list by `inpaint fill`, by two of it with --shard, and by `inpaint
beam` with one process and with two: whole time from start to finish, the peak of the
memory of all its processes (shared pages counted once), and how many files are byte for
byte those of the first. `batch` compares pictures one by one with batches of 4. `core`
reads, fills and writes pictures on one core, and says what ten million would take. All
of them with the full-width v2 network and box holes of a quarter of each side.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import machine

SIZES = ((256, 256),) * 12 + ((384, 512),) * 6 + ((512, 680),) * 2
CORE_SIZES = ((256, 256), (512, 680), (2048, 2048))
MANY = 10_000_000
CHECKPOINT = "checkpoint"


def picture(height, width, seed):
    """Smooth noise, uint8 BGR, and a box hole of a quarter of each side, 255 in it."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (height // 16, width // 16, 3), np.uint8)
    image = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    mask = np.zeros((height, width), np.uint8)
    top, left = height * 3 // 8, width * 3 // 8
    mask[top : top + height // 4, left : left + width // 4] = 255
    return image, mask


def write_pictures(folder, count):
    """The names of the pictures, every other one a JPEG; NAME.mask.png lies beside."""
    import cv2

    names = []
    for number in range(count):
        height, width = SIZES[number % len(SIZES)]
        image, mask = picture(height, width, number)
        names.append(f"{number}.{('png', 'jpg')[number % 2]}")
        cv2.imwrite(f"{folder}/{names[-1]}", image)
        cv2.imwrite(f"{folder}/{number}.mask.png", mask)
    return names


def write_list(folder, names, outputs):
    os.mkdir(f"{folder}/{outputs}")
    rows = [f"{x}\t{x.split('.')[0]}.mask.png\t{outputs}/{x}\n" for x in names]
    path = Path(folder, f"{outputs}.txt")
    path.write_text("".join(rows))
    return path.name


def tree_gb(parent):
    """Memory of a process and all below it now, in GB; pages that they share, once."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:  # it has ended
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    family, size = {parent}, 0
    while len(family) != size:
        size = len(family)
        family |= {x for x, above in parents.items() if above in family}
    total = 0
    for each in family:
        try:
            rows = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(x.split()[1]) for x in rows if x.startswith("Pss:"))
    return total * 1024 / 1e9


def timed(folder, commands, **variables):
    """(Seconds, peak GB, the last line that each says) of commands at the same time."""
    environment = {**os.environ, "PYTHONPATH": str(machine.ROOT), **variables}
    start = time.perf_counter()
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "inpaint", *command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    peak, ended = [0.0], threading.Event()

    def watch():
        while not ended.wait(0.5):
            peak[0] = max(peak[0], sum(tree_gb(x.pid) for x in processes))

    thread = threading.Thread(target=watch)
    thread.start()
    lines = [x.communicate()[0].splitlines()[-1] for x in processes]
    seconds = time.perf_counter() - start
    ended.set()
    thread.join()
    if any(x.returncode for x in processes):
        raise SystemExit("\n".join(lines))
    return seconds, peak[0], lines


def engine(arguments):
    import stand_in

    one_thread = {"TF_NUM_INTRAOP_THREADS": "1"}
    runs = {
        "`inpaint fill`": ("fill", [[]], {}),
        "`inpaint fill --shard`, two, a thread each": (
            "fill",
            [["--shard", "1/2"], ["--shard", "2/2"]],
            one_thread,
        ),
        "`inpaint beam`, one process": ("beam", [[]], {}),
        "`inpaint beam`, two processes": ("beam", [["--direct_num_workers", "2"]], {}),
        "`inpaint beam`, two processes, a thread each": (
            "beam",
            [["--direct_num_workers", "2"]],
            one_thread,
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        stand_in.write_checkpoint(f"{folder}/{CHECKPOINT}")
        names = write_pictures(folder, arguments.pictures)
        print(f"{len(names)} pictures, {os.cpu_count()} cores\n")
        print("| | whole | pictures/s | peak memory | files of `fill` |")
        print("|---|---|---|---|---|")
        first, said = None, []
        for number, (title, (command, words, variables)) in enumerate(runs.items()):
            flist = write_list(folder, names, f"out{number}")
            fixed = [command, "--flist", flist, "--checkpoint_dir", CHECKPOINT]
            commands = [[*fixed, *more] for more in words]
            seconds, peak, lines = timed(folder, commands, **variables)
            said += [f"{title}: {line}" for line in lines]
            files = [Path(folder, f"out{number}", x).read_bytes() for x in names]
            first = first or files
            same = sum(x == y for x, y in zip(files, first))
            print(
                f"| {title} | {seconds:.1f} s | {len(names) / seconds:.2f} "
                f"| {peak:.2f} GB | {same} of {len(names)} |",
                flush=True,
            )
        print("", *said, sep="\n")


def batch(arguments):
    import numpy as np
    import stand_in

    from inpaint import Inpainter

    print("| size | one by one | batches of 4 | equal levels |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        stand_in.write_checkpoint(folder)
        inpainter = Inpainter.load(folder, strategy="exact")
    inpainter.trace()
    for height, width in ((256, 256), (512, 680)):
        pairs = [picture(height, width, seed) for seed in range(4)]
        images, masks = (np.stack(x) for x in zip(*pairs))

        def alone(images=images, masks=masks):
            return np.stack([inpainter(*pair) for pair in zip(images, masks)])

        def together(images=images, masks=masks):
            return inpainter(images, masks)

        took = []
        for function in (alone, together):
            filled, times = function(), []
            for _ in range(arguments.repeats):
                start = time.perf_counter()
                again = function()
                times.append(time.perf_counter() - start)
            assert (again == filled).all()
            took.append((4 / statistics.median(times), filled))
        (one, by_one), (four, by_four) = took
        equal = np.mean((by_one == by_four).all((1, 2, 3)))
        print(
            f"| {height}×{width} | {one:.2f} /s | {four:.2f} /s "
            f"| of {equal:.0%} of the pictures |",
            flush=True,
        )


def measure_core(folder, height, width):
    """Runs in a process of its own, on one core: seconds a picture, and memory."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"
    warnings.simplefilter("ignore")  # which strategy it is
    from inpaint import Inpainter
    from inpaint.cli import model, pictures
    from inpaint.pictures import images

    inpainter = Inpainter.load(f"{folder}/{CHECKPOINT}", strategy="auto")
    inpainter.trace()
    times = []
    while len(times) < 4 or (sum(times) < 20 and len(times) < 20):
        start = time.perf_counter()
        read = pictures.read(f"{folder}/image.png", f"{folder}/mask.png")
        filled = model.fill(inpainter, read, "image.png")
        content = images.encode_image("out.png", filled, read.metadata)
        Path(folder, "out.png").write_bytes(content)
        times.append(time.perf_counter() - start)
    return {
        "plan": inpainter.plan(read.mask).strategy,
        "seconds": statistics.median(times[1:]),
        "peak_gb": machine.peak_gb(),
        "rate": machine.matrix_rate(2048),
    }


def core(arguments):
    import cv2
    import stand_in

    print("| size | a picture | an hour | peak memory | rate | strategy | 10 million |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        stand_in.write_checkpoint(f"{folder}/{CHECKPOINT}")
        for height, width in CORE_SIZES:
            for name, pixels in zip(("image", "mask"), picture(height, width, 0)):
                cv2.imwrite(f"{folder}/{name}.png", pixels)
            words = ("--child", folder, "--size", f"{height}x{width}", "core")
            found = machine.in_own_process(__file__, *words)
            hours = MANY * found["seconds"] / 3600
            print(
                f"| {height}×{width} | {found['seconds']:.2f} s "
                f"| {3600 / found['seconds']:,.0f} | {found['peak_gb']:.2f} GB "
                f"| {found['rate']:.0f} GFLOP/s | {found['plan']} "
                f"| {hours:,.0f} core hours |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("engine", "batch", "core"))
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--child", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--size", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        size = map(int, arguments.size.split("x"))
        print(json.dumps(measure_core(arguments.child, *size)))
        return
    {"engine": engine, "batch": batch, "core": core}[arguments.what](arguments)


if __name__ == "__main__":
    main()

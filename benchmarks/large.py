"""How long large photographs take by each strategy, and how well they are filled.

    python benchmarks/large.py speed
    python benchmarks/large.py speed --case "20 MP, 60 strokes"
    python benchmarks/large.py context PHOTO…
    python benchmarks/large.py detail PHOTO…
    python benchmarks/large.py thresholds PHOTO…

`speed` fills pictures with the full-width v2 network, each in a process of its own: a
warm call (of `exact` the first), the peak memory and, in the same process, the rate of
the machine's float32 matrix products. `context` compares windows of some contexts with
the exact fill. `detail` compares `residual` with `scaled` in holes of known truth.
`thresholds` compares `residual` with `exact` by the hole's depth, and `windows` with
`exact` by the picture's size: what `auto` goes by. The last three take any photographs,
with the bundled weights or --checkpoint.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import machine

CASES = {  # (height, width), hole, strategy
    "12 MP, 60 strokes": ((3000, 4000), "strokes", "auto"),
    "20 MP, 60 strokes": ((3888, 5164), "strokes", "auto"),
    "12 MP, hole of 1000²": ((3000, 4000), 1000, "auto"),
    "4096², hole of 512², exact": ((4096, 4096), 512, "exact"),
}
CONTEXTS = (16, 24, 32, 48, 64, 96, 128)
DEPTHS = (48, 64, 96, 128, 160, 192)
SIDES = (768, 1024, 1232, 1448, 2048)  # of pictures of 0.6 to 4 megapixels


def strokes(height, width, count=60, seed=0):
    """Thin crooked lines, as of scratches: bool `[H, W]`, about 3% of the pixels."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    length = np.hypot(height, width) / 16
    for _ in range(count):
        turns = rng.integers(3, 8)
        point = rng.uniform([0, 0], [width, height])
        angle, points = rng.uniform(0, 6.28), [point]
        for _ in range(turns):
            angle += rng.uniform(-1, 1)
            step = np.array([np.cos(angle), np.sin(angle)])
            point = point + rng.uniform(0.5, 1.5) * length * step
            point = np.clip(point, [0, 0], [width - 1, height - 1])
            points.append(point)
        line = np.array(points).astype(np.int32)
        cv2.polylines(mask, [line], False, 1, int(rng.integers(3, 8)))
    return mask.astype(bool)


def box(height, width, side):
    import numpy as np

    mask = np.zeros((height, width), bool)
    top, left = (height - side) // 2 // 8 * 8, (width - side) // 2 // 8 * 8
    mask[top : top + side, left : left + side] = True
    return mask


def measure_speed(checkpoint, name):
    """Runs in a process of its own, so that its peak memory is this case's."""
    import numpy as np

    from inpaint import Inpainter

    (height, width), hole, strategy = CASES[name]
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = strokes(height, width) if hole == "strokes" else box(height, width, hole)
    inpainter = Inpainter.load(checkpoint, strategy=strategy)
    if strategy == "auto":
        inpainter.trace()
        near = np.s_[:512, :512]
        for _ in range(2):
            inpainter(image[near], box(512, 512, 160))
    base = machine.peak_gb()
    steps = []
    start = time.perf_counter()
    inpainter(image, mask, progress=lambda *step: steps.append(step))
    return {
        "seconds": time.perf_counter() - start,
        "plan": str(inpainter.plan(mask)),
        "steps": steps[-1][1],
        "peak_gb": machine.peak_gb(),
        "base_gb": base,
        "rate": machine.matrix_rate(2048),
    }


def speed(arguments):
    import stand_in

    print("| case | strategy | windows | warm | peak memory | rate |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = f"{folder}/checkpoint"
        stand_in.write_checkpoint(checkpoint)
        for name in arguments.case or CASES:
            found = machine.in_own_process(__file__, "child", checkpoint, name)
            print(
                f"| {name} | {found['plan'].split(':')[0]} | {found['steps']} "
                f"| {found['seconds']:.1f} s | {found['peak_gb']:.2f} GB "
                f"| {found['rate']:.0f} GFLOP/s |",
                flush=True,
            )


def crops(paths, side):
    """(name, the middle of a photograph, at most side×side)."""
    import numpy as np

    from inpaint.pictures import images

    for path in paths:
        image = images.read_image(path)
        top, left = (max(length - side, 0) // 2 for length in image.shape[:2])
        image = image[top : top + side, left : left + side]
        yield Path(path).stem, np.ascontiguousarray(image[..., :3])


def filled_by(plan, inpainter, image, mask):
    inpainter.plan = lambda _: plan
    return inpainter(image, mask)


def context(arguments):
    """Windows of some contexts beside the exact fill, where both can be had."""
    import numpy as np

    from inpaint import Inpainter, strategies
    from inpaint.strategies.grouping import windows_of

    inpainter = Inpainter.load(arguments.checkpoint, strategy="exact")
    inpainter.trace()
    print("| photograph | hole | context | to exact | ℓ1, exact | ℓ1 | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name, image in crops(arguments.photographs, arguments.side):
        height, width = image.shape[:2]
        holes = {
            "strokes": strokes(height, width, 12),
            "box of 64²": box(height, width, 64),
            "box of 120²": box(height, width, 120),
        }
        for hole, mask in holes.items():
            plan = strategies.choose(mask, "exact")
            exact = filled_by(plan, inpainter, image, mask)[mask].astype(np.float32)
            truth = image[mask].astype(np.float32)
            for pixels in arguments.context:  # these, whatever the hole's depth
                near = tuple(windows_of(mask, pixels))
                plan = strategies.Plan("windows", 1, 0, "", near)
                start = time.perf_counter()
                found = filled_by(plan, inpainter, image, mask)
                seconds = time.perf_counter() - start
                found = found[mask].astype(np.float32)
                off = [
                    f"{np.abs(x - y).mean():.2f}"
                    for x, y in ((found, exact), (exact, truth), (found, truth))
                ]
                row = name, hole, pixels, *off, f"{seconds:.2f}"
                print(f"| {' | '.join(map(str, row))} |", flush=True)


def sharpness(image, mask):
    """Mean absolute Laplacian of the hole's pixels, in levels."""
    import cv2
    import numpy as np

    return np.abs(cv2.Laplacian(image.astype(np.float32), cv2.CV_32F))[mask].mean()


def detail(arguments):
    """`residual` beside `scaled`, in holes whose truth is known."""
    import numpy as np

    from inpaint import Inpainter
    from inpaint.pictures import images

    inpainter = Inpainter.load(arguments.checkpoint)
    print("| photograph | megapixels | hole | strategy | sharpness | ℓ1 | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name, image in crops(arguments.photographs, 10**6):
        height, width = image.shape[:2]
        for side in arguments.hole:
            mask = box(height, width, side)
            truth = sharpness(image, mask)
            for strategy in ("scaled", "residual"):
                inpainter.strategy = strategy
                start = time.perf_counter()
                found = inpainter(image, mask)
                seconds = time.perf_counter() - start
                off = np.abs(found[mask].astype(np.float32) - image[mask]).mean()
                print(
                    f"| {name} | {height * width / 1e6:.1f} | {side}² | {strategy} "
                    f"| {sharpness(found, mask) / truth:.2f} | {off:.2f} "
                    f"| {seconds:.1f} |",
                    flush=True,
                )
                if arguments.write:
                    edge = max(side // 2, 64)
                    top, left = ((n - side) // 2 // 8 * 8 for n in (height, width))
                    near = np.s_[
                        max(top - edge, 0) : top + side + edge,
                        max(left - edge, 0) : left + side + edge,
                    ]
                    path = f"{arguments.write}/{name}_{side}_{strategy}.png"
                    images.write_image(path, found[near])


def thresholds(arguments):
    """`residual` and `windows` beside `exact`: from which depth and size they pay."""
    import numpy as np

    from inpaint import Inpainter

    inpainter = Inpainter.load(arguments.checkpoint)
    inpainter.trace()

    def fill(image, mask, strategy):
        inpainter.strategy = strategy
        start = time.perf_counter()
        found = inpainter(image, mask)
        seconds = time.perf_counter() - start
        off = np.abs(found[mask].astype(np.float32) - image[mask]).mean()
        return seconds, off, sharpness(found, mask) / sharpness(image, mask)

    print("| photograph | size | hole | strategy | seconds | ℓ1 | sharpness |")
    print("|---|---|---|---|---|---|---|")
    cases = [(1024, depth) for depth in DEPTHS] + [(side, None) for side in SIDES]
    for side, depth in cases:
        for name, image in crops(arguments.photographs, side):
            height, width = image.shape[:2]
            if (height, width) != (side, side):
                continue  # the photograph is smaller
            if depth is None:
                hole, strategy = "strokes", "windows"
                mask = strokes(height, width, -(-60 * side**2 // 12_000_000))
            else:
                hole, strategy = f"{depth} deep", "residual"
                mask = box(height, width, 2 * depth)
            for chosen in ("exact", strategy):
                found = fill(image, mask, chosen)
                numbers = " | ".join(f"{x:.2f}" for x in found)
                print(
                    f"| {name} | {side}² | {hole} | {chosen} | {numbers} |", flush=True
                )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("speed")
    command.add_argument("--case", action="append", choices=CASES)
    command.set_defaults(run=speed)
    for run in (context, detail, thresholds):
        command = commands.add_parser(run.__name__)
        command.add_argument("photographs", nargs="+")
        command.add_argument("--checkpoint")
        command.set_defaults(run=run)
        if run is context:
            command.add_argument("--context", type=int, nargs="+", default=CONTEXTS)
            command.add_argument("--side", type=int, default=1024)
        elif run is detail:
            command.add_argument("--hole", type=int, nargs="+", default=[256, 512])
            command.add_argument("--write", metavar="FOLDER")
    command = commands.add_parser("child")
    command.add_argument("checkpoint")
    command.add_argument("name")
    command.set_defaults(
        run=lambda x: print(json.dumps(measure_speed(x.checkpoint, x.name)))
    )
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()

"""How fast an export answers, and what warm-up requests are worth, on this machine.

    python benchmarks/serving.py                  # 256×256
    python benchmarks/serving.py --size 512x680

The full-width v2 network is exported and run by TensorFlow's C library in a process
without Python's TensorFlow, as TensorFlow Serving runs it (tests/served_model.py):
its network side and its batching are not in these figures. Holes are boxes of a
quarter of each side.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / folder) for folder in ("", "examples", "tests")]

BATCHES = (1, 4, 8)
SECONDS = 10  # of each measurement, about


def arrays(height, width, batch):
    """Inputs of `serving_default`; a server takes others' pictures, not its own."""
    import fill
    import numpy as np

    image, mask = fill.case(height, width)
    image = np.stack([np.roll(image, 7 * i, axis=0) for i in range(batch)])
    mask = np.broadcast_to(mask[None, ..., None], (*image.shape[:3], 1))
    return {"image": image, "mask": mask.astype(np.uint8) * 255}


def files(height, width, batch):
    """The same as inputs of `bytes`."""
    import tensorflow as tf

    return {
        f"{name}_bytes": [tf.io.encode_png(x).numpy() for x in array]
        for name, array in arrays(height, width, batch).items()
    }


def seconds(served, signature, inputs):
    start = time.perf_counter()
    served.predict(signature, **inputs)
    return time.perf_counter() - start


def later(served, signature, inputs):
    """Seconds of requests that are not the first, until there are enough."""
    times = []
    while len(times) < 3 or (sum(times) < SECONDS and len(times) < 50):
        times.append(seconds(served, signature, inputs))
    return times


def replay(served, generator, size):
    """What a server does before it takes requests."""
    from inpaint.export.signatures import signatures
    from inpaint.export.warmup import requests

    for signature, tensors in requests(signatures(generator), [size]):
        inputs = {name: tensor.numpy() for name, tensor in tensors.items()}
        if signature == "bytes":
            inputs = {name: list(value) for name, value in inputs.items()}
        served.predict(signature, **inputs)


def size(text):
    height, width = map(int, text.split("x"))
    return height, width


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=size, default=(256, 256), metavar="HxW")
    height, width = parser.parse_args().size
    import stand_in
    import tensorflow as tf
    from served_model import ServedModel

    from inpaint import checkpoints
    from inpaint.export import saved_model

    with tempfile.TemporaryDirectory() as folder:
        generator = checkpoints.load_generator(
            stand_in.write_checkpoint(f"{folder}/checkpoint")
        )
        start = time.perf_counter()
        export = saved_model.export(
            generator, f"{folder}/inpaint", warmup=[(height, width)]
        )
        exporting = time.perf_counter() - start
        content = [path for path in Path(export).rglob("*") if path.is_file()]
        megabytes = sum(path.stat().st_size for path in content) / 1e6
        print(f"TensorFlow {tf.__version__}, {height}×{width}\n")
        print(f"exported in {exporting:.1f} s, {megabytes:.1f} MB\n")
        print("| signature | warm-up | first request | later, median | ratio |")
        print("|---|---|---|---|---|")
        inputs = {
            "serving_default": arrays(height, width, 1),
            "bytes": files(height, width, 1),
        }
        for signature, values in inputs.items():
            for warm in (False, True):
                with ServedModel(export) as served:
                    if warm:
                        replay(served, generator, (height, width))
                    first = seconds(served, signature, values)
                    median = statistics.median(later(served, signature, values))
                print(
                    f"| `{signature}` | {'yes' if warm else 'no'} | {first:.2f} s "
                    f"| {median:.2f} s | {first / median:.2f} |",
                    flush=True,
                )
        print("\n| signature | batch | pictures a second | one request, median |")
        print("|---|---|---|---|")
        with ServedModel(export) as served:
            replay(served, generator, (height, width))
            for signature, make in (("serving_default", arrays), ("bytes", files)):
                for batch in BATCHES:
                    values = make(height, width, batch)
                    seconds(served, signature, values)
                    times = later(served, signature, values)
                    rate = batch * len(times) / sum(times)
                    print(
                        f"| `{signature}` | {batch} | {rate:.2f} "
                        f"| {statistics.median(times):.2f} s |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()

"""How much longer a fill takes in LiteRT and in onnxruntime than in an Inpainter.

    python benchmarks/portable.py                      # 256×256 and 512×680
    python benchmarks/portable.py --size 512x680 --profile

A box hole of a quarter of each side, the bundled weights or --checkpoint. All of them
are loaded by one process and fill in turn, so what else the machine does meets them
alike; figures are medians. "whole" is an Inpainter that computes the whole picture, as
the exports do (`return_details=True`). --profile adds where onnxruntime's operators
spend their time.

onnxruntime's threads spin while they wait, which is processor time too; so it is
measured with one thread and with two.
"""

import argparse
import collections
import json
import statistics
import tempfile
import time
import warnings

import machine  # noqa: F401 - finds the package
from fill import case, size

FORMATS = ("tflite", "onnx")
SETTLING = 0.3  # seconds: onnxruntime's threads spin for a while when it has answered


def litert(path):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this one is to go
        interpreter = tf.lite.Interpreter(model_path=path, num_threads=2)
    runner = interpreter.get_signature_runner()
    return lambda inputs: runner(**inputs)["completed"]


def onnx(path, threads=1, profile=None):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
    session = onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"]
    )
    run = lambda inputs: session.run(["completed"], inputs)[0]  # noqa: E731
    run.session = session
    return run


RUNTIMES = {  # name: (format, what loads it)
    "LiteRT": ("tflite", litert),
    "onnxruntime, one thread": ("onnx", onnx),
    "onnxruntime, two threads": ("onnx", lambda path: onnx(path, 2)),
}


def inputs_of(height, width):
    import numpy as np

    image, mask = case(height, width)
    planes = mask[np.newaxis, ..., np.newaxis].astype(np.uint8) * 255
    return {"image": image[np.newaxis], "mask": planes}


def exports(checkpoint, folder, height, width):
    """The files' paths by format."""
    from inpaint import Inpainter
    from inpaint.export import portable

    generator = Inpainter.load(checkpoint).generator
    return {x: portable.export(generator, folder, x, (height, width)) for x in FORMATS}


def alternate(functions, repeats):
    """Median (processor seconds, seconds) of each function, called in turn."""
    found = {name: [] for name in functions}
    for repeat in range(repeats + 2):
        for name, function in functions.items():
            time.sleep(SETTLING)
            start = time.process_time(), time.perf_counter()
            function()
            spent = time.process_time() - start[0], time.perf_counter() - start[1]
            if repeat > 1:  # the first two warm up, the second makes graphs
                found[name].append(spent)
    return {
        name: [statistics.median(x) for x in zip(*spent)]
        for name, spent in found.items()
    }


def compare(checkpoint, paths, height, width, repeats):
    import numpy as np

    from inpaint import Inpainter

    inpainter = Inpainter.load(checkpoint, strategy="exact")
    inpainter.trace()
    image, mask = case(height, width)
    inputs = inputs_of(height, width)
    functions = {
        "Inpainter": lambda: inpainter(image, mask),
        "whole": lambda: inpainter(image, mask, return_details=True),
    }
    for name, (file_format, load) in RUNTIMES.items():
        path = paths[file_format]
        run = load(path)
        functions[name] = lambda run=run: run(inputs)
        apart = np.abs(run(inputs)[0].astype(int) - inpainter(image, mask))
        if apart.max() > 1:
            raise SystemExit(f"{path}: {apart.max()} levels from Inpainter's")
    return alternate(functions, repeats)


def profile(path, folder, height, width):
    """Share of the operators' time, by kind, in per cent."""
    run, inputs = onnx(path, profile=f"{folder}/profile"), inputs_of(height, width)
    for _ in range(3):
        run(inputs)
    with open(run.session.end_profiling()) as file:
        events = json.load(file)
    spent = collections.Counter()
    for event in events:
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    total = sum(spent.values())
    return {name: 100 * time / total for name, time in spent.most_common(12)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=size, action="append", metavar="HxW")
    parser.add_argument("--checkpoint")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    print("| size | in | processor time | ratio | wall time | ratio |")
    print("|---|---|---|---|---|---|")
    for height, width in arguments.size or ((256, 256), (512, 680)):
        with tempfile.TemporaryDirectory() as folder:
            paths = exports(arguments.checkpoint, folder, height, width)
            found = compare(
                arguments.checkpoint, paths, height, width, arguments.repeats
            )
            first = found["Inpainter"]
            for name, spent in found.items():
                cells = [f"{x:.2f} s | {x / y:.2f}" for x, y in zip(spent, first)]
                row = f"{height}×{width}", name, *cells
                print(f"| {' | '.join(row)} |", flush=True)
            if arguments.profile:
                for name, share in profile(
                    paths["onnx"], folder, height, width
                ).items():
                    print(f"{share:5.1f}%  {name}")


if __name__ == "__main__":
    main()

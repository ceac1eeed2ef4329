"""Ours against the published layers' plain definition: time and memory by size.

    python benchmarks/compare.py                              # all sizes below
    python benchmarks/compare.py --size 1024x1024 --plot docs/performance.png
    python benchmarks/compare.py --picture photo.png mask.png

A box hole of a quarter of each side (that of 512² where the picture is larger than
2048²), full-width v2, warm calls in a process of its own each: an `Inpainter`'s, and
"definition", the network run whole by the published layers (see `definition`), which
are left out at sizes where they take minutes and more memory than most machines have.
Times are also given in units of the time that the machine needs for the original
graph's operations at the rate of its own float32 matrix products, measured in the same
process.
"""

import argparse
import io
import json
import statistics
import time

import fill
import machine

SIZES = ((256, 256), (512, 680), (1024, 1024), (1536, 1536), (2048, 2048), (4096, 4096))
DEFINITION_UP_TO = 1024 * 1024  # pixels: 1536² takes minutes and 14 GB
LARGEST_HOLE = 512


def box_case(height, width):
    """uint8 noise `[1, H, W, 3]` and a box hole `[1, H, W, 1]`."""
    import numpy as np

    images = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
    mask = np.zeros((1, height, width, 1), bool)
    rows, columns = (min(side // 4, LARGEST_HOLE) for side in (height, width))
    top, left = (height - rows) // 2, (width - columns) // 2
    mask[:, top : top + rows, left : left + columns] = True
    return images, mask


def picture_case(image, mask):
    """A photograph and its mask from files."""
    from inpaint.pictures import images

    return images.read_image(image)[None, ..., :3], images.read_mask(mask)[
        None, ..., None
    ]


def measure(form, case):
    import stand_in

    from inpaint.models.deepfill_v2 import DeepFillV2Generator

    generator = DeepFillV2Generator()
    for name, variable in generator.variables_by_name().items():
        variable.assign(stand_in.value(name, tuple(variable.shape)))
    call = plainly(generator) if form == "definition" else ours(generator)
    call(*case)
    times = []
    while len(times) < 3 or sum(times) < 8:
        start = time.perf_counter()
        call(*case)
        times.append(time.perf_counter() - start)
    peak = machine.peak_gb()
    return {
        "seconds": statistics.median(times),
        "peak_gb": peak,
        "rate": machine.matrix_rate(),
    }


def ours(generator):
    from inpaint import Inpainter

    inpainter = Inpainter(generator, strategy="exact")
    inpainter.trace()
    return lambda images, mask: inpainter(images[0], mask[0, ..., 0])


def plainly(generator):
    """The network by its published layers, one graph, the whole picture."""
    import tensorflow as tf
    from definition import published

    from inpaint.tensors import composite, to_network, to_uint8

    published(generator)

    def fill(images, mask):
        hole = tf.cast(mask, tf.float32)
        inputs = {"image": to_network(images) * (1 - hole), "hole": hole}
        return composite(to_uint8(generator(inputs)["refined"]), images, mask)

    graph = tf.function(
        fill,
        input_signature=[
            tf.TensorSpec([None, None, None, 3], tf.uint8),
            tf.TensorSpec([None, None, None, 1], tf.bool),
        ],
    )
    return lambda images, mask: graph(images, mask).numpy()


def plot(path, found):
    """Time and memory against size, both forms, into a picture (needs matplotlib)."""
    import matplotlib

    from inpaint.pictures import images

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, key, label in zip(
        axes, ("seconds", "peak_gb"), ("seconds", "peak memory, GB")
    ):
        for form in ("definition", "ours"):
            points = [
                (height * width / 1e6, values[key])
                for (name, height, width), values in found.items()
                if name == form
            ]
            axis.plot(*zip(*points), "o-", label=form)
        axis.set(xscale="log", yscale="log", xlabel="megapixels", ylabel=label)
        axis.grid(True, which="both", alpha=0.3)
        axis.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    images.write_bytes(path, picture.getvalue())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=fill.size, action="append", metavar="HxW")
    parser.add_argument(
        "--picture", nargs=2, action="append", metavar=("IMAGE", "MASK")
    )
    parser.add_argument("--plot", metavar="FILE", help="draw the figures here")
    parser.add_argument("--child", metavar="FORM", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        case = (
            picture_case(*arguments.picture[0])
            if arguments.picture
            else box_case(*arguments.size[0])
        )
        print(json.dumps(measure(arguments.child, case)))
        return
    print("| size | form | seconds | peak memory | rate | in units |")
    print("|---|---|---|---|---|---|")
    cases = [
        (*picture_case(*files)[0].shape[1:3], ("--picture", *files))
        for files in arguments.picture or ()
    ]
    if arguments.size or not cases:
        cases += [
            (*size, ("--size", "x".join(map(str, size))))
            for size in arguments.size or SIZES
        ]
    found = {}
    for height, width, words in cases:
        for form in ("ours", "definition"):
            if form == "definition" and height * width > DEFINITION_UP_TO:
                continue
            values = machine.in_own_process(__file__, "--child", form, *words)
            found[form, height, width] = values
            unit = fill.original_gflop(height, width) / values["rate"]
            print(
                f"| {height}×{width} | {form} | {values['seconds']:.2f} "
                f"| {values['peak_gb']:.2f} GB | {values['rate']:.0f} GFLOP/s "
                f"| {values['seconds'] / unit:.3f} |",
                flush=True,
            )
    if arguments.plot:
        plot(arguments.plot, found)


if __name__ == "__main__":
    main()

"""How long the methods without a network take, and how close they come.

    python benchmarks/classical.py                # 512×680
    python benchmarks/classical.py --size 256x256

A photograph (scikit-image's coffee, resized) with a box hole of a quarter of each side
and with a free-form hole (seed 0): seconds, and PSNR over the hole's pixels.
"""

import argparse
import time

import machine  # noqa: F401 - finds the package and examples/
import numpy as np
from fill import case, size
from photographs import photograph

from inpaint import metrics
from inpaint.evaluation import classical
from inpaint.masks import sources
from inpaint.pictures import images


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=size, default=(512, 680), metavar="HxW")
    height, width = parser.parse_args().size
    image = images.resize(photograph("coffee"), height, width)
    free_form = sources.find("free_form", ["coffee"], 0)(0, height, width)
    print("| method | hole | of the picture | seconds | PSNR in the hole |")
    print("|---|---|---|---|---|")
    for hole, mask in (("box", case(height, width)[1]), ("free-form", free_form)):
        for method in classical.METHODS:
            start = time.perf_counter()
            completed = classical.fill(method, image, mask)
            seconds = time.perf_counter() - start
            holes = (x[np.newaxis, np.newaxis, mask] for x in (image, completed))
            found = metrics.psnr(*holes)
            print(
                f"| {method} | {hole} | {mask.mean():.1%} | {seconds:.2f} | "
                f"{float(found[0]):.1f} dB |",
                flush=True,
            )


if __name__ == "__main__":
    main()

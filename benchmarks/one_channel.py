"""A run with one channel: elevations are trained on, filled and exported.

    python benchmarks/one_channel.py FOLDER --steps 600

makes 64 terrains of 96×96 float32 values in FOLDER, metres from −100 to 100, a quarter
of them with a corner that lacks values; trains a small network on 56 of them by
`inpaint train`; fills a box in each of the others by `inpaint fill`; and compares the
hole with the truth, as it does the mean of the known values and Telea's method. Known
values must come back bit for bit. docs/one-channel.md has its figures.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

SIDE, COUNT, HELD_OUT = 96, 64, 8
RANGE = (-100.0, 100.0)
SETTINGS = {
    "channels": 1,
    "value_range": list(RANGE),
    "valid_maps": True,
    "img_shapes": [64, 64, 3],
    "random_crop": True,
    "base_filters": 8,
    "discriminator_filters": 8,
    "batch_size": 4,
    "height": 32,
    "width": 32,
    "max_delta_height": 8,
    "max_delta_width": 8,
    "learning_rate": 0.001,
    "random_seed": 1,
    "num_gpus_per_job": 0,
}


def terrain(seed):
    """Fractal noise: waves whose amplitudes fall with the square of their frequency."""
    rng = np.random.default_rng(seed)
    rows, columns = np.meshgrid(*[np.fft.fftfreq(SIDE)] * 2, indexing="ij")
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = np.inf
    waves = rng.normal(size=(SIDE, SIDE)) + 1j * rng.normal(size=(SIDE, SIDE))
    heights = np.fft.ifft2(waves / frequency**2).real
    return np.float32(30 * heights / heights.std()).clip(*RANGE)


def make(folder):
    """Terrains to train on and held out, and the mask of these."""
    from inpaint.pictures.images import write_image

    for number in range(COUNT):
        values = terrain(number)
        held_out = number >= COUNT - HELD_OUT
        if number % 4 == 0 and not held_out:
            values[:24, :24] = np.nan
        place = folder / ("held_out" if held_out else "terrains")
        place.mkdir(parents=True, exist_ok=True)
        np.save(place / f"{number}.npy", values)
    hole = np.zeros((SIDE, SIDE), bool)
    hole[36:60, 36:60] = True
    write_image(folder / "mask.png", np.uint8(hole) * 255)
    return hole


def inpaint(*words):
    """The seconds that a command took."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "inpaint", *map(str, words)], check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    args = parser.parse_args()
    folder, log = args.folder, args.folder / "log"
    hole = make(folder)
    settings = {**SETTINGS, "max_iters": args.steps, "log_dir": str(log)}
    flags = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    seconds = {"train": inpaint("train", "--data", folder / "terrains", *flags)}
    lacking = folder / "lacking"  # what is to be filled holds no numbers there
    lacking.mkdir(exist_ok=True)
    errors = {"network": [], "telea": [], "mean": []}
    for path in sorted((folder / "held_out").iterdir()):
        truth = np.load(path)
        values = np.where(hole, np.float32(np.nan), truth)
        np.save(lacking / path.name, values)
        seconds["fill"] = inpaint(
            "fill",
            lacking / path.name,
            folder / "mask.png",
            "-o",
            folder / "filled.npy",
            "--checkpoint_dir",
            log,
        )
        filled = np.load(folder / "filled.npy")
        assert np.array_equal(filled.view("u4")[~hole], truth.view("u4")[~hole])
        known = np.where(hole, np.float32(0), truth)
        found = {
            "network": filled,
            "telea": cv2.inpaint(known, np.uint8(hole), 5, cv2.INPAINT_TELEA),
            "mean": truth[~hole].mean(),
        }
        for name, values in found.items():
            errors[name].append(np.abs(values - truth)[hole].mean())
    where = ["--checkpoint_dir", log, "--export_dir", folder / "served"]
    seconds["export"] = inpaint("export", *where, "--smoke")
    print(
        json.dumps(
            {
                "hole_l1": {k: float(np.mean(v)) for k, v in errors.items()},
                "seconds": {k: round(v, 1) for k, v in seconds.items()},
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()

"""What is measured of a picture, and all of it over pictures and methods."""

from typing import Callable, NamedTuple, Optional

import numpy as np

from inpaint import metrics
from inpaint.evaluation import bootstrap, frechet


class Measure(NamedTuple):
    """How a measure is shown and what it is."""

    title: str
    percent: bool  # parts of the full range, shown in percent
    digits: int  # after the point, in tables with intervals
    definition: str


MEASURES = {
    "l1": Measure("ℓ1", True, 2, "mean absolute error, whole picture"),
    "l2": Measure("ℓ2", True, 2, "mean squared error, whole picture"),
    "hole_l1": Measure("hole ℓ1", True, 2, "mean absolute error of the hole's pixels"),
    "hole_l2": Measure("hole ℓ2", True, 2, "mean squared error of the hole's pixels"),
    "psnr": Measure("PSNR", False, 2, "10·log10(1/ℓ2) dB of each picture, at most 100"),
    "ssim": Measure("SSIM", False, 4, "structural similarity, 11×11 windows, σ 1.5"),
    "tv": Measure(
        "TV", True, 2, "mean absolute difference of neighbours, down plus across"
    ),
    "sharpness": Measure(
        "sharpness",
        False,
        3,
        "mean absolute Laplacian of the hole's pixels, by the original's",
    ),
    "lpips": Measure("LPIPS", False, 4, "learned perceptual distance, version 0.1"),
}


class Results(NamedTuple):
    """What was measured."""

    values: dict  # by method, by name in MEASURES: floats, one a picture
    means: dict  # by method, by name in MEASURES: `bootstrap.Mean`
    tv: bootstrap.Mean  # of the originals
    fid: dict  # by method; empty without features
    features: int  # how many of them FID had; 0 without

    @property
    def measured(self):
        """The names in MEASURES that were measured, in its order."""
        return list(next(iter(self.values.values())))


def of_picture(sample, completed, perceptual=None):
    """The measures of a completed picture, by name in `MEASURES`.

    Args:
      sample: a `Sample`.
      completed: uint8 RGB `[H, W, 3]`.
      perceptual: an `LPIPS`, or None to leave that out.

    Returns:
      floats by name.

    Example:
      >>> from inpaint.evaluation.samples import Sample
      >>> image = np.zeros((2, 2, 3), np.uint8)
      >>> sample = Sample("black.png", image, np.ones((2, 2), bool))
      >>> of_picture(sample, image)["psnr"]
      100.0
    """
    pair = sample.image[np.newaxis], completed[np.newaxis]
    mask = sample.mask[np.newaxis, ..., np.newaxis]
    found = {
        "l1": metrics.l1(*pair),
        "l2": metrics.l2(*pair),
        "hole_l1": metrics.hole_l1(*pair, mask),
        "hole_l2": metrics.hole_l2(*pair, mask),
        "psnr": metrics.psnr(*pair),
        "ssim": metrics.ssim(*pair),
        "tv": metrics.total_variation(pair[1]),
        "sharpness": metrics.sharpness(*pair, mask),
    }
    found = {name: float(value[0]) for name, value in found.items()}
    if perceptual is not None:
        found["lpips"] = perceptual(sample.image, completed)
    return found


def measure(
    samples,
    methods: dict,
    perceptual: Optional[Callable] = None,
    features: Optional[Callable] = None,
    seen: Callable = lambda index, sample, completed: None,
):
    """Fill every picture by every method and measure.

    Args:
      samples: `Samples`, or any iterable of `Sample`.
      methods: by name, functions of a `Sample` that return uint8 RGB `[H, W, 3]`.
      perceptual: an `LPIPS`, or None to leave that out.
      features: `frechet.Features`, or None to leave FID out; two pictures at least.
      seen: is called after each picture with its index, the `Sample` and the
        completed pictures by method.

    Returns:
      `Results`.

    Example:
      >>> from inpaint.evaluation.samples import Sample
      >>> image = np.zeros((2, 2, 3), np.uint8)
      >>> samples = [Sample("black.png", image, np.ones((2, 2), bool))]
      >>> results = measure(samples, {"same": lambda sample: sample.image})
      >>> results.means["same"]["l1"]
      Mean(mean=0.0, low=0.0, high=0.0)
    """
    values = {name: {} for name in methods}
    vectors = {name: [] for name in methods}
    originals, originals_tv = [], []
    for index, sample in enumerate(samples):
        completed = {name: fill(sample) for name, fill in methods.items()}
        for name, picture in completed.items():
            for key, value in of_picture(sample, picture, perceptual).items():
                values[name].setdefault(key, []).append(value)
            if features is not None:
                vectors[name].append(features(picture))
        originals_tv.append(float(metrics.total_variation(sample.image[None])[0]))
        if features is not None:
            originals.append(features(sample.image))
        seen(index, sample, completed)
    fid = {
        name: frechet.distance(originals, found)
        for name, found in vectors.items()
        if found
    }
    return Results(
        values,
        {
            name: {key: bootstrap.mean(value) for key, value in found.items()}
            for name, found in values.items()
        },
        bootstrap.mean(originals_tv),
        fid,
        len(originals[0]) if originals else 0,
    )

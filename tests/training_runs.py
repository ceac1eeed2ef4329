"""Small trainings for tests: pictures, settings, and train.py as a process."""

import dataclasses
import glob
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from forks import forked

ROOT = Path(__file__).resolve().parent.parent

SMALL = {
    "base_filters": 4,
    "discriminator_filters": 4,
    "img_shapes": [32, 32, 3],
    "height": 16,
    "width": 16,
    "max_delta_height": 4,
    "max_delta_width": 4,
    "batch_size": 2,
    "random_seed": 7,
    "num_cpus_per_job": 2,
    "static_view_size": 3,
    "train_spe": 2,
    "val_psteps": 100,
    "max_iters": 4,
}

# What else a model's training needs to be told.
MODELS = {
    "deepfill_v2": {},
    "deepfill_v1": {
        "model": "deepfill_v1",
        "gan": "wgan_gp",
        "gan_with_mask": False,
        "brush_strokes": False,
    },
}

# The model that trains soonest.
QUICK = {
    "model": "partial_conv",
    "levels": 3,
    "perceptual_alpha": 0,
    "style_alpha": 0,
}


def make_pictures(folder, count=6, edges=False):
    """PNGs of noise in a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for i in range(count):
        picture = rng.integers(0, 256, (40, 48, 3), np.uint8)
        cv2.imwrite(str(folder / f"{i}.png"), picture)
        if edges:
            sketch = (rng.random((40, 48)) > 0.8).astype(np.uint8) * 255
            cv2.imwrite(str(folder / f"{i}_edge.jpg"), sketch)
    return folder


def known_to(changes):
    """`SMALL`, as far as the model of the changes has such settings."""
    from inpaint import config

    made = config.class_of(changes.get("model", "deepfill_v2"))
    known = {field.name for field in dataclasses.fields(made)}
    return {key: value for key, value in SMALL.items() if key in known}


def command(log_dir, data, *words, **settings):
    """The command line of a small training."""
    line = [sys.executable, str(ROOT / "train.py"), "--data", str(data)]
    known = {**known_to(settings), "log_dir": str(log_dir), **settings}
    for key, value in known.items():
        line += ["--set", f"{key}={value}"]
    return line + [str(word) for word in words]


def environment(**changes):
    """No GPU, no noise; the checkout's package."""
    return {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1",
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **changes,
    }


def train(log_dir, data, *words, check=True, folder=None, **settings):
    """Run a small training to its end; its CompletedProcess."""
    result = subprocess.run(
        forked(command(log_dir, data, *words, **settings)),
        capture_output=True,
        text=True,
        env=environment(),
        cwd=folder or log_dir.parent,
        timeout=240,
    )
    if check:
        assert result.returncode == 0, result.stderr
    return result


def snapshot(log_dir, step):
    """All values of a checkpoint by key."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(log_dir / f"snap-{step}"))
    keys = reader.get_variable_to_shape_map()
    return {
        key: reader.get_tensor(key)
        for key in keys
        if key.endswith("VARIABLE_VALUE") and not key.startswith("save_counter")
    }


def assert_same(first, second):
    """Bitwise equal checkpoints."""
    assert sorted(first) == sorted(second)
    different = [k for k in first if not np.array_equal(first[k], second[k])]
    assert not different


def settings(log_dir, **changes):
    """A Config of a small training."""
    from inpaint import config

    small = {**known_to(changes), "random_seed": False, "log_dir": str(log_dir)}
    small |= changes
    return config.from_dict(small, "test")


def make_trainer(log_dir, pictures, views=None, lines=None, **changes):
    """A Trainer in this process; what it says goes to `lines`."""
    import tensorflow as tf

    from inpaint.pictures import lists
    from inpaint.training.trainer import Trainer

    config = settings(log_dir, **changes)
    of = {
        "masks": config.masks if config.masks_by_name else None,
        "valid": config.valid_maps,
        "arrays": config.channels == 1,
    }
    return Trainer(
        config,
        tf.distribute.get_strategy(),
        lists.find_pictures(pictures, **of),
        None if views is None else lists.find_pictures(views, **of),
        (lambda line: None) if lines is None else lines.append,
    )


def scalars(log_dir):
    """{tag: {step: value}} of a folder's event files."""
    import tensorflow as tf

    found = {}
    for path in glob.glob(f"{log_dir}/events*"):
        for event in tf.compat.v1.train.summary_iterator(path):
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    number = float(tf.make_ndarray(value.tensor))
                    found.setdefault(value.tag, {})[event.step] = number
    return found

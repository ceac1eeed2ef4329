"""The curve of a training in stages: a table and a picture of its TensorBoard figures.

    python tools/curve.py docs/training LOG_DIR [LOG_DIR ...]

writes docs/training.csv and docs/training.png; the stages are put one after another.
Needs matplotlib.
"""

import argparse
import csv
import io
import os
import sys

import matplotlib
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from inpaint.pictures.images import write_bytes

TAGS = ["losses/ae_loss", "val/hole_l1", "val/psnr", "val/ssim", "learning_rate"]


def figures(log_dir):
    """{step: {tag: value}} of a log folder, where the validation was measured."""
    events = EventAccumulator(log_dir, size_guidance={"tensors": 0}).Reload()
    found = {}
    for tag in set(TAGS) & set(events.Tags()["tensors"]):
        for event in events.Tensors(tag):
            value = float(tf.make_ndarray(event.tensor_proto))
            found.setdefault(event.step, {})[tag] = value
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="of the files to write, without their endings")
    parser.add_argument("log_dirs", nargs="+", help="of the stages, in their order")
    arguments = parser.parse_args()
    rows, before = [], 0
    for stage, log_dir in enumerate(arguments.log_dirs, start=1):
        newest = tf.train.latest_checkpoint(log_dir)
        if newest is None:
            raise SystemExit(f"curve: error: {log_dir}: expected a training's folder")
        found = figures(log_dir)
        rows += [
            {"stage": stage, "step": before + step, **found[step]} for step in found
        ]
        before += int(newest.rpartition("-")[2])
    file = io.StringIO()
    table = csv.DictWriter(file, ["stage", "step", *TAGS], lineterminator="\n")
    table.writeheader()
    for row in rows:
        table.writerow({k: f"{v:.4g}" if k in TAGS else v for k, v in row.items()})
    write_bytes(f"{arguments.name}.csv", file.getvalue().encode())

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, places = plt.subplots(1, 3, figsize=(12, 3.2), layout="constrained")
    for place, tag in zip(places, TAGS):
        for stage in sorted({row["stage"] for row in rows}):
            own = [row for row in rows if row["stage"] == stage and tag in row]
            place.plot([r["step"] for r in own], [r[tag] for r in own], label=stage)
        place.set_title(tag)
        place.set_xlabel("step")
    lines = places[0].get_legend_handles_labels()
    figure.legend(*lines, title="stage", loc="outside right", ncols=2)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=80)
    write_bytes(f"{arguments.name}.png", picture.getvalue())


if __name__ == "__main__":
    main()

"""Makes weights for a training to start from: a generator of version 2 that copies.

    python recipes/bundled/copying_start.py --config bundled \\
        --data data/bundled/train start
    python train.py ... --init_from start

A training with `initializer: copying` begins with such weights by itself; written to a
checkpoint they can be widened, compared and looked at. `inpaint/models/copying.py` says
what they are.
"""

import argparse
from pathlib import Path

import keras

from inpaint import checkpoints, config
from inpaint.data import training_dataset
from inpaint.errors import InputError
from inpaint.models import build_model, copying
from inpaint.pictures.lists import find_pictures


def start(settings, pictures):
    """A generator whose weights are those to start with."""
    settings = config.override(settings, ["initializer=copying"])
    keras.utils.set_random_seed(0)
    model = build_model(settings)
    batches = training_dataset(
        pictures,
        size=settings.img_shapes[:2],
        batch_size=copying.PICTURES,
        seed=0,
        random_crop=settings.random_crop,
        edge_threshold=settings.edge_threshold,
        threads=2,
    )
    model.prepare(batch["images"].numpy() for batch in batches)
    return model.generator


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--data", required=True)
    parser.add_argument("folder", type=Path, help="of the checkpoint to write")
    arguments = parser.parse_args()
    try:
        settings = config.override(config.load(arguments.config), arguments.set)
        generator = start(settings, find_pictures(arguments.data))
    except InputError as error:
        raise SystemExit(f"copying_start: error: {error}") from None
    checkpoints.save_original(generator, arguments.folder)
    print(
        f"{settings.model}, {generator.count_params():,} values in {arguments.folder}"
    )


if __name__ == "__main__":
    main()

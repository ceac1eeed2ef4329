"""`train.py`, `inpaint train`: trains a model, or fine-tunes released weights."""

import dataclasses
import os

from inpaint import config as settings
from inpaint.cli import common
from inpaint.errors import InputError

_RESOLVED = "config.yml"


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Trains as inpaint.yml says. Stop it with Ctrl-C: it finishes the "
        "step and saves; --resume goes on from there.",
    )
    parser.add_argument(
        "--config", metavar="FILE", help="settings; default: ./inpaint.yml"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a setting; may be repeated",
    )
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="pictures to train on: a folder (with all below it), a glob or a list; "
        "default: the list that data_flist names for the dataset",
    )
    parser.add_argument(
        "--val_data", metavar="PATH", help="likewise, of the static views (val: True)"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--resume", metavar="LOG_DIR", help="go on with a training, with its settings"
    )
    start.add_argument(
        "--init_from",
        metavar="DIR",
        help="start from a checkpoint's weights, the original's or ours",
    )
    return common.run(parser, _train, argv)


def _train(args):
    config, resume, weights = _resolve(args)
    from inpaint.pictures import lists

    listed = config.data_flist.get(config.dataset)
    if listed is None:
        raise InputError(
            f"dataset: {config.dataset} is not in data_flist, which has "
            f"{', '.join(config.data_flist)}; or give --data"
        )
    found = {"guided": config.guided, "skip_unreadable": config.skip_unreadable}
    pictures = lists.find_pictures(listed[0], **found)
    views = lists.find_pictures(listed[1], **found) if config.val else None
    _check_folder(config.log_dir, resume)
    if config.random_seed is not False:
        _make_repeatable(int(config.random_seed))
    _run(config, resume, weights, pictures, views)


def _resolve(args):
    """(Config, whether to resume, checkpoint to take the weights of or None)."""
    resume, weights = args.resume is not None, args.init_from
    if resume and args.config is None:
        config = settings.load(os.path.join(args.resume, _RESOLVED))
    else:
        config = common.read_settings(args.config).config
    config = settings.override(config, args.set)
    if resume:
        config = dataclasses.replace(config, log_dir=args.resume)
    elif weights is None and config.model_restore:
        restored = config.model_restore
        resume = os.path.realpath(restored) == os.path.realpath(config.log_dir)
        weights = None if resume else restored
    lists = config.data_flist.get(config.dataset, ("", ""))
    given = (args.data, args.val_data)
    lists = tuple(os.path.abspath(x) if x else y for x, y in zip(given, lists))
    if any(given):
        config = dataclasses.replace(
            config, data_flist={**config.data_flist, config.dataset: lists}
        )
    return config, resume, weights


def _check_folder(log_dir, resume):
    """Make the training's folder; never begin where another training lies.

    Raises:
      InputError: if it cannot be made, or holds checkpoints and is not resumed.
    """
    if not resume and os.path.exists(os.path.join(log_dir, "checkpoint")):
        raise InputError(
            f"{log_dir}: holds checkpoints already: --resume it, or choose another "
            "log_dir"
        )
    try:
        os.makedirs(log_dir, exist_ok=True)
    except OSError as error:
        raise InputError(f"{log_dir}: cannot be made: {error.strerror}") from None


def _make_repeatable(seed):
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _run(config, resume, weights, pictures, views):
    from inpaint.training import devices
    from inpaint.training.trainer import Trainer

    strategy = devices.make_strategy(config.num_gpus_per_job)
    common.say(devices.describe(strategy))
    trainer = Trainer(config, strategy, pictures, views, common.say)
    width = getattr(config, "base_filters", None)
    common.say(
        config.model
        + (f", base_filters {width}" if width else "")
        + ": "
        + ", ".join(f"{name} {count:,}" for name, count in trainer.sizes().items())
        + " trainable values"
        + "".join(
            f"; {name} {count:,}, frozen"
            for name, count in trainer.frozen_sizes().items()
        )
    )
    common.say(
        f"{len(pictures):,} pictures to train on"
        + (f" ({pictures.unusable:,} cannot be used)" if pictures.unusable else "")
        + ("" if views is None else f", {len(views):,} to validate on")
        + f"; batches of {trainer.batch_size}"
    )
    if resume:
        trainer.resume()
    elif weights is not None:
        trainer.initialise(weights)
    if trainer.chief:
        settings.save(config, os.path.join(config.log_dir, _RESOLVED))
    trainer.run()

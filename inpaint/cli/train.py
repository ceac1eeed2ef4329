"""`train.py`, `inpaint train`: trains a model, or fine-tunes released weights."""

import contextlib
import dataclasses
import glob
import os
from typing import NamedTuple, Optional

from inpaint import config as settings
from inpaint.cli import common, run_folder
from inpaint.errors import InputError, RunError

_RESOLVED = "config.yml"
_BUNDLED = "bundled"


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Trains as inpaint.yml says. Stop it with Ctrl-C: it finishes the "
        "step and saves; --resume goes on from there.",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="settings: a file, or one of the package's "
        f"({', '.join(settings.presets.names())}); default: ./inpaint.yml",
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
        "--val_data", metavar="PATH", help="likewise, of the static views; sets val"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--resume", metavar="LOG_DIR", help="go on with a training, with its settings"
    )
    start.add_argument(
        "--init_from",
        metavar="DIR",
        help="start from a checkpoint's weights, the original's or ours; "
        f"{_BUNDLED}: those that come with the package. base_filters and guided are "
        "the checkpoint's, unless --set or --config says otherwise",
    )
    return common.run(parser, _train, argv)


def _train(args):
    plan = _resolve(args)
    _check_settings(plan.config)
    pictures, views = _find(plan)
    with run_folder.made(plan.config.log_dir, plan.resume):
        with run_folder.ended_by_sigterm():
            trainer, plan = _make_trainer(plan, pictures, views)
        with _memory_errors(plan.config), trainer:
            _run(trainer, plan)


def _make_trainer(plan, pictures, views):
    """A Trainer, and the plan with what it takes from the weights it starts from."""
    with common.quiet_imports():
        from inpaint.training import devices
        from inpaint.training.trainer import Trainer
    if plan.config.random_seed is not False:
        _make_repeatable(int(plan.config.random_seed))
    strategy = devices.make_strategy(plan.config.num_gpus_per_job, common.say)
    common.say(devices.describe(strategy))
    plan = _adopted(plan)
    if plan.config.guided and pictures.edges is None:
        pictures, views = _find(plan)
    with _memory_errors(plan.config):
        return Trainer(plan.config, strategy, pictures, views, common.say), plan


class _Plan(NamedTuple):
    """What the command line asks for."""

    config: settings.Config
    given: frozenset  # names of the settings that the user chose
    resume: bool
    initialise: bool  # from `weights`
    weights: Optional[str]  # a checkpoint; None: the package's
    data: tuple  # what --data and --val_data say, None where they say nothing


def _resolve(args):
    """The `_Plan`."""
    resume, weights = args.resume is not None, args.init_from
    given = {text.partition("=")[0].lower() for text in args.set}
    if resume and args.config is None:
        config = settings.load(os.path.join(args.resume, _RESOLVED))
    else:
        config = common.read_settings(args.config).config
        given |= set() if args.config is None else settings.keys_in(args.config)
    config = settings.override(config, args.set)
    if resume:
        _require_same_folder(args, config)
        config = dataclasses.replace(config, log_dir=args.resume)
    elif weights is None and config.model_restore:
        restored = config.model_restore
        resume = os.path.realpath(restored) == os.path.realpath(config.log_dir)
        weights = None if resume else restored
    if resume:
        _require_same_seed(config)
    if args.val_data is not None and "val" not in given:
        config = dataclasses.replace(config, val=True)
    data = (args.data, args.val_data)
    if any(path is not None for path in data):
        lists = config.data_flist.get(config.dataset, ("", ""))
        lists = tuple(
            kept if path is None else os.path.abspath(path)
            for path, kept in zip(data, lists)
        )
        config = dataclasses.replace(
            config, data_flist={**config.data_flist, config.dataset: lists}
        )
    initialise = weights is not None
    weights = None if weights == _BUNDLED else weights
    return _Plan(config, frozenset(given), resume, initialise, weights, data)


def _require_same_folder(args, config):
    named = any(text.partition("=")[0].lower() == "log_dir" for text in args.set)
    if named and os.path.realpath(config.log_dir) != os.path.realpath(args.resume):
        raise InputError(
            f"log_dir={config.log_dir}: --resume goes on in {args.resume}, nowhere else"
        )


def _require_same_seed(config):
    path = os.path.join(config.log_dir, _RESOLVED)
    if os.path.isfile(path):
        seed = settings.load(path).random_seed
        if repr(seed) != repr(config.random_seed):  # 0 == False
            raise InputError(
                f"random_seed: {config.random_seed} cannot be set: the training in "
                f"{config.log_dir} goes on as it began, with {seed}"
            )


def _check_settings(config):
    """Raises InputError if the dataset has no lists, or settings want for another."""
    for key in ("keep_best", "val_lpips", "val_fid"):
        if getattr(config, key) and not config.val:
            raise InputError(
                f"{key}: {getattr(config, key)} needs pictures to validate on: give "
                "--val_data"
            )
    measured = {"val/lpips": config.val_lpips, "val/fid": config.val_fid}
    if not measured.get(config.keep_best, True):
        needed = config.keep_best.replace("/", "_")
        raise InputError(f"keep_best: {config.keep_best} is measured with {needed}")
    if config.dataset not in config.data_flist:
        raise InputError(
            f"dataset: {config.dataset} is not in data_flist, which has "
            f"{', '.join(config.data_flist)}; or give --data"
        )


def _find(plan):
    """Pictures to train on, and those to validate on or None."""
    config = plan.config
    train, val = zip(
        config.data_flist[config.dataset], plan.data, ("--data", "--val_data")
    )
    # Whether weights want sketches shows later, unless somebody has said so.
    guided = config.guided and (not plan.initialise or "guided" in plan.given)
    found = {"guided": guided, "skip_unreadable": config.skip_unreadable}
    found |= {"masks": _own_masks(config), "valid": config.valid_maps}
    found["arrays"] = config.channels == 1
    return _pictures(*train, found), _pictures(*val, found) if config.val else None


def _own_masks(config):
    """Where the pictures' own masks are, None where they bring none.

    Raises:
      InputError: the settings ask for masks of files, and some cannot be used.
    """
    from inpaint import masks
    from inpaint.pictures import lists

    if config.masks_by_name:
        masks.require_own(config.masks)
        return config.masks
    if config.masks not in masks.SAMPLERS:
        masks.require_own(config.masks)
        lists.find_pictures(config.masks)
    return None


def _pictures(source, said, flag, options):
    """lists.find_pictures; a list that is not there is a flag not given."""
    from inpaint.pictures import lists

    if said == "":
        raise InputError(f"{flag}: expected a list, folder or glob of pictures")
    if said is None and not (os.path.exists(source) or glob.has_magic(source)):
        missing = f"{source} is not there" if source else "data_flist names none"
        raise InputError(f"no pictures: {missing}; give {flag}")
    return lists.find_pictures(source, **options)


def _make_repeatable(seed):
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _adopted(plan):
    """The plan with the width and guidance of the weights that it starts from."""
    if not plan.initialise:
        return plan
    from inpaint.training.start import adopted

    config = adopted(plan.config, plan.weights, plan.given)
    return plan._replace(config=config, given=plan.given | {"guided"})


@contextlib.contextmanager
def _memory_errors(config):
    """Settings that ask for more memory than there is are an InputError."""
    import tensorflow as tf

    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError):
        width = getattr(config, "base_filters", None)
        raise InputError(
            "not enough memory for "
            + (f"base_filters: {width}, " if width else "")
            + f"img_shapes: {list(config.img_shapes)}, batch_size: {config.batch_size}"
        ) from None


@contextlib.contextmanager
def _all_workers(log_dir):
    """That a worker of the cluster is gone, which TensorFlow is told, is a RunError."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        told = str(error)
        if "TF_CONFIG" not in os.environ or "ollective ops" not in told:
            raise
        if "mismatch" in told:  # all are there, and do not agree
            raise
        raise RunError(
            "another worker has ended: start all of them again, with --resume "
            f"{log_dir}"
        ) from error


def _run(trainer, plan):
    config, pictures = trainer.config, trainer.pictures
    width = getattr(config, "base_filters", None)
    common.say(
        config.model
        + (f", base_filters {width}" if width else "")
        + ": "
        + ", ".join(f"{name} {count:,}" for name, count in trainer.sizes().items())
        + " trainable parameters"
        + "".join(
            f"; {name} {count:,}, frozen"
            for name, count in trainer.frozen_sizes().items()
        )
    )
    views = trainer.views
    common.say(
        f"{len(pictures):,} pictures to train on"
        + (f" ({pictures.unusable:,} cannot be used)" if pictures.unusable else "")
        + ("" if views is None else f", {len(views):,} to validate on")
        + f"; batches of {trainer.batch_size}"
    )
    if plan.resume:
        trainer.resume()
    elif plan.initialise:
        trainer.initialise(plan.weights)
    resolved = os.path.join(config.log_dir, _RESOLVED)
    begun = os.path.exists(resolved)
    if trainer.chief:
        settings.save(config, resolved)
    try:
        with _all_workers(config.log_dir):
            trainer.run()
    except BaseException:
        if trainer.chief and not begun and not int(trainer.snapshots.step.numpy()):
            os.remove(resolved)  # nothing was trained that it would belong to
        raise

"""`evaluate.py`, `inpaint evaluate`: measures how well models fill holes."""

import argparse
import glob
import os
import time

from inpaint.cli import common
from inpaint.errors import InputError

_BUNDLED = "bundled"
_FILES = ("results.csv", "results.json", "results.md", "samples.png")  # it writes


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Makes holes in pictures, fills them by each model, and measures "
        "how close the results come. All models get the same holes. Writes "
        "results.csv, results.json, results.md and samples.png.",
    )
    parser.add_argument(
        "--images",
        required=True,
        metavar="PATH",
        help="whole pictures: a folder (with all below it), a glob or a list",
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="[NAME=]DIR",
        help="checkpoint, training folder, export or .weights.h5 file; or bundled, the "
        "weights that come with the package (default); or telea, navier_stokes or "
        "patch_match, methods without a network; or a folder of finished pictures of "
        "another system, of the pictures' names and sizes; NAME is what tables call "
        "it; may be repeated",
    )
    parser.add_argument(
        "--masks",
        default="free_form",
        metavar="KIND",
        help="center, random_box, free_form, or a folder with a mask for each picture, "
        "of its name and size, white in the hole (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of the masks that are drawn (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        default="evaluation",
        metavar="DIR",
        help="folder to write to (default: %(default)s)",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the results of an earlier evaluation in that folder",
    )
    parser.add_argument(
        "--samples",
        type=_count,
        default=8,
        metavar="N",
        help="pictures to show in samples.png (default: %(default)s)",
    )
    common.add_config_argument(parser)
    parser.add_argument(
        "--lpips", metavar="FILE", help="also LPIPS, by the weights of an .npz file"
    )
    parser.add_argument(
        "--fid", metavar="DIR", help="also FID, by the features of a SavedModel"
    )
    return common.run(parser, _evaluate, argv)


def _evaluate(args):
    from inpaint.evaluation import classical, samples
    from inpaint.masks import sources
    from inpaint.pictures import lists
    from inpaint.weights import bundled

    start = time.perf_counter()
    names = _names(args.model or [_BUNDLED])
    settings = common.read_settings(args.config)
    if _BUNDLED in names.values():
        bundled.path()
    paths = list(lists.find_pictures(args.images).images)
    if args.fid is not None and len(paths) < 2:
        raise InputError(f"{args.images}: one picture: --fid needs two at least")
    _check_folder(args.output, args.overwrite)
    limit = settings.config.max_pixels
    masks = sources.find(args.masks, paths, args.seed, limit)
    pictures = samples.Samples(paths, masks, limit)
    survey = samples.survey(pictures)
    for name in set(classical.METHODS).intersection(names.values()):
        samples.check_known(pictures, survey.hole_shares, name)

    with common.quiet_imports(), common.quick_imports():
        from inpaint.cli.progress import Progress
        from inpaint.evaluation import frechet, grid, lpips, measures, report
    perceptual = None if args.lpips is None else lpips.LPIPS(args.lpips)
    if perceptual is not None:
        why = f"LPIPS by {perceptual.network}"
        samples.check_sizes(pictures, survey.sizes, perceptual.smallest, why)
    features = None if args.fid is None else frechet.Features(args.fid)
    methods = _methods(names, settings, args.images, paths, survey.sizes)

    progress, sheet = Progress(len(paths)), grid.Grid(len(paths), args.samples)

    def seen(index, sample, completed):
        sheet.add(index, sample, completed)
        progress.step(written=sample.path)

    results = measures.measure(pictures, methods, perceptual, features, seen)
    network = perceptual.network if perceptual else ""
    setting = report.Setting(args.images, args.masks, args.seed, network, paths, survey)
    os.makedirs(args.output, exist_ok=True)
    written = report.write(args.output, setting, results, sheet.sheet())
    for line in report.papers_table(results):
        common.say(line)
    seconds = time.perf_counter() - start
    common.say(f"{', '.join(written)} written in {seconds:.1f} s")


def _names(models):
    """What tables call the models: the last part of their path, if no other has it."""
    from inpaint.evaluation import classical

    if len(set(models)) < len(models):
        raise InputError("--model: the same one twice")
    given = [_split(model) for model in models]
    names = [name for name, _ in given if name is not None]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"--model: two are named {name}")
    short = [name or os.path.basename(os.path.normpath(path)) for name, path in given]
    ours = (_BUNDLED, *classical.METHODS)
    for _, path in given:
        if path not in ours and not glob.glob(f"{glob.escape(path)}*"):
            raise InputError(
                f"--model {path}: no such checkpoint or export, nor one of "
                f"{', '.join(ours)}"
            )
    return {
        named or (path if short.count(name) > 1 or name in ours else name): path
        for name, (named, path) in zip(short, given)
    }


def _split(model):
    """(name or None, path) of NAME=PATH, where there is no such file or folder."""
    name, equals, path = model.partition("=")
    if not (name and equals and path) or os.path.lexists(model):
        return None, model
    return name, path


def _methods(names, settings, source, paths, sizes):
    """By name, functions of a `Sample` that fill its hole."""
    from functools import partial

    from inpaint.cli import model
    from inpaint.evaluation import classical, finished

    methods, edges = {}, None
    for name, path in names.items():
        if path in classical.METHODS:
            methods[name] = partial(_fill_classically, path)
            continue
        if finished.is_folder(path):
            methods[name] = finished.Finished(path, paths, sizes)
            continue
        weights = None if path == _BUNDLED else path
        inpainter = model.open_weights(weights, settings)
        if inpainter.guided and edges is None:
            edges = _edges(source, sizes, settings.config.max_pixels)
        methods[name] = partial(_fill, inpainter, edges, settings.config.max_pixels)
    return methods


def _fill_classically(method, sample):
    from inpaint.evaluation import classical

    return classical.fill(method, sample.image, sample.mask)


def _fill(inpainter, edges, max_pixels, sample):
    import numpy as np

    from inpaint.cli import model, pictures
    from inpaint.pictures import images

    image = sample.image[..., 0] if sample.grey else sample.image
    edge = None
    if inpainter.guided:
        edge = images.read_channel(edges[sample.path], max_pixels=max_pixels)
    picture = pictures.Picture(image, sample.mask, edge)
    filled = model.fill(inpainter, picture, sample.path)
    return np.dstack([filled] * 3) if sample.grey else filled


def _edges(source, sizes, max_pixels):
    """The pictures' sketches, by path: NAME_edge.jpg beside NAME.jpg."""
    from inpaint.pictures import images, lists

    found = lists.find_pictures(source, guided=True)
    for edge, size in zip(found.edges, sizes):
        height, width = images.read_image(edge, max_pixels).shape[:2]
        if (height, width) != size:
            raise InputError(
                f"{edge} is {width} × {height} pixels, expected {size[1]} × {size[0]}"
            )
    return dict(zip(found.images, found.edges))


def _check_folder(path, overwrite):
    """Raise InputError if the folder cannot be written, or holds other results."""
    from inpaint.pictures import images

    if not path:
        raise InputError("--output: expected a folder to write to, got ''")
    existing = os.path.abspath(path)
    while not os.path.lexists(existing):
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        raise InputError(f"{path}: expected a folder to write to: {existing} is a file")
    for name in _FILES:
        file = os.path.join(path, name)
        if os.path.isdir(file):
            raise InputError(f"{file}: expected a file to write, got a folder")
        if os.path.lexists(file) and not overwrite:
            raise InputError(
                f"{file}: from an earlier evaluation: choose another --output, or "
                "--overwrite it"
            )
    images.check_output(os.path.join(existing, _FILES[-1]))


def _count(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number of pictures, got {text!r}")
    return int(text)

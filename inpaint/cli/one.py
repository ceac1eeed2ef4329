"""One picture of a command line, filled."""

import dataclasses
import os
import time

from inpaint.cli import common, fill_arguments, fill_list, method
from inpaint.errors import InputError


def fill(args):
    """Fills it.

    Args:
      args: arguments of `fill_arguments.add`, and `image`, `mask`, `edge`, `output`,
        `attention` (each a path or, the last three, None), `method`; and
        `finds_sketch`: whether the sketch is looked for where the weights want one.
    """
    from inpaint.cli import model, pictures
    from inpaint.pictures import images

    start = time.perf_counter()
    outputs = [args.output] if args.attention is None else [args.output, args.attention]
    if len({os.path.realpath(path) for path in outputs}) < len(outputs):
        raise InputError(f"{args.output}: both --output and --attention")
    inpainter = method.chosen(args)
    settings = common.read_settings(args.config, args.postprocess, args.strategy)
    if args.attention is not None:
        settings = _exactly(settings)
    reading = fill_arguments.reading(args, settings)
    picture = pictures.read(args.image, args.mask, args.edge, reading)
    for path in outputs:
        floats = path == args.output and picture.image.dtype == "float32"
        images.check_output(path, picture.mask.shape, floats)
    if not picture.mask.any():
        raise InputError(f"{args.mask} {picture.doubt}: nothing to fill")
    if args.method is not None and picture.mask.all():
        raise InputError(f"{args.mask} {picture.doubt}: no pixel to go on from")
    if picture.doubt:
        common.report(args.prog, "warning", f"{args.mask} {picture.doubt}")
    edges = args.edge is not None
    inpainter = inpainter or model.load(
        args.checkpoint_dir,
        settings,
        edges=None if args.finds_sketch and not edges else edges,
        remedy="leave out --edge" if edges else "give --edge",
    )
    if args.finds_sketch and inpainter.guided and not edges:
        sketch = fill_list.find_sketch(args.image)
        picture = pictures.with_sketch(picture, args.image, sketch, reading)
    if args.attention is not None and not inpainter.generator.has_attention:
        raise InputError(
            f"--attention: the network of {args.checkpoint_dir} has no attention"
        )
    remark = model.remark(inpainter, picture.mask)
    if remark is not None:
        kind, message = remark
        common.report(args.prog, kind, f"{args.image}: {message}")
    if args.attention is None:
        options = {} if args.method else {"progress": _steps()}
        results = [model.fill(inpainter, picture, args.image, **options)]
    else:
        details = model.fill(inpainter, picture, args.image, return_details=True)
        results = [details.completed, details.offsets]
    said = [picture.metadata, None]  # the attention's picture is none of a camera
    for path, result, metadata in zip(outputs, results, said):
        images.write_image(path, result, metadata, args.quality)
    seconds = time.perf_counter() - start
    common.say(f"{' and '.join(outputs)} written in {seconds:.1f} s")


def _steps():
    with common.quiet_imports():
        from inpaint.cli.progress import Steps  # imports Keras
    return Steps()


def _exactly(settings):
    """The settings with the strategy that shows what the attention does."""
    strategy = settings.config.strategy
    if strategy not in ("auto", "exact"):
        raise InputError(f"--attention: of the strategy exact alone, not {strategy}")
    return settings._replace(
        config=dataclasses.replace(settings.config, strategy="exact")
    )

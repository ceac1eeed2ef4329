"""`test.py`, `inpaint test`: fills the hole of one picture."""

import os
import time

from inpaint.cli import common, method
from inpaint.errors import InputError


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Fills the hole of a picture. The result has the picture's size; "
        "pixels outside the hole stay as they are.",
    )
    parser.add_argument("--image", required=True, metavar="FILE", help="the picture")
    parser.add_argument(
        "--mask",
        required=True,
        metavar="FILE",
        help="of its size, white in the hole (docs/masks.md)",
    )
    parser.add_argument(
        "--edge", metavar="FILE", help="sketch of its size, for guided weights"
    )
    parser.add_argument(
        "--output",
        default="output.png",
        metavar="FILE",
        help="the completed picture (default: %(default)s)",
    )
    parser.add_argument(
        "--attention",
        metavar="FILE",
        help="also show here where the attention points: hue is the direction",
    )
    common.add_size_arguments(parser)
    method.add_argument(parser)
    common.add_output_arguments(parser)
    common.add_weights_arguments(parser)
    return common.run(parser, _fill_picture, argv)


def _fill_picture(args):
    from inpaint.cli import model, pictures
    from inpaint.pictures import images

    start = time.perf_counter()
    outputs = [args.output] if args.attention is None else [args.output, args.attention]
    if len({os.path.realpath(path) for path in outputs}) < len(outputs):
        raise InputError(f"{args.output}: both --output and --attention")
    inpainter = method.chosen(args)
    settings = common.read_settings(args.config, args.postprocess)
    size, limit = common.size_argument(args), settings.config.max_pixels
    picture = pictures.read(args.image, args.mask, args.edge, size, limit)
    for path in outputs:
        images.check_output(path, picture.mask.shape)
    if not picture.mask.any():
        raise InputError(f"{args.mask} {picture.doubt}: nothing to fill")
    if args.method is not None and picture.mask.all():
        raise InputError(f"{args.mask} {picture.doubt}: no pixel to go on from")
    if picture.doubt:
        common.report(args.prog, "warning", f"{args.mask} {picture.doubt}")
    inpainter = inpainter or model.load(
        args.checkpoint_dir,
        settings,
        edges=args.edge is not None,
        remedy="give --edge" if args.edge is None else "leave out --edge",
    )
    if args.attention is not None and not inpainter.generator.has_attention:
        raise InputError(
            f"--attention: the network of {args.checkpoint_dir} has no attention"
        )
    if args.attention is None:
        results = [model.fill(inpainter, picture, args.image)]
    else:
        details = model.fill(inpainter, picture, args.image, return_details=True)
        results = [details.completed, details.offsets]
    said = [picture.metadata, None]  # the attention's picture is none of a camera
    for path, result, metadata in zip(outputs, results, said):
        images.write_image(path, result, metadata, args.quality)
    seconds = time.perf_counter() - start
    common.say(f"{' and '.join(outputs)} written in {seconds:.1f} s")

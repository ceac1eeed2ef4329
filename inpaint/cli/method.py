"""Classical methods in place of a network: --method of the commands that fill."""

from inpaint.errors import InputError


def add_argument(parser):
    """--method, of commands that need no sketch."""
    parser.add_argument(
        "--method",
        metavar="NAME",
        help="fill without a network: telea, navier_stokes or patch_match",
    )


def chosen(args):
    """The `Method` of --method, or None without one.

    Raises:
      InputError: if there is none of that name, or an argument is for networks.
    """
    if args.method is None:
        return None
    from inpaint.evaluation import classical

    if args.method not in classical.METHODS:
        names = ", ".join(classical.METHODS)
        raise InputError(f"--method: expected one of {names}; got {args.method!r}")
    for name in ("checkpoint_dir", "edge", "attention", "strategy"):
        if getattr(args, name, None) is not None:
            raise InputError(f"--method and --{name}: {args.method} has no network")
    return Method(args.method)


class Method:
    """A classical method, called like an `Inpainter` for one picture.

    Args:
      name: in `classical.METHODS`.
    """

    guided = False

    def __init__(self, name):
        self.name = name

    def __call__(self, image, mask, edge=None):
        """`image`, as of `images.read_photograph`, filled; alpha and grey stay."""
        import numpy as np

        from inpaint.evaluation import classical

        planes = image if image.ndim == 3 else image[..., np.newaxis]
        colours = 1 if planes.shape[-1] < 3 else 3
        rgb = planes[..., [0] * 3] if colours == 1 else planes[..., :3]
        filled = classical.fill(self.name, rgb, mask)[..., :colours]
        whole = np.concatenate([filled, planes[..., colours:]], axis=-1)
        return whole.reshape(image.shape)

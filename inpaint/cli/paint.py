"""`inpaint paint`: a page in the browser on which one paints what should go."""

import argparse
import os
import re
import signal
import tempfile
import webbrowser

from inpaint.cli import common

PORT = 8763


def main(argv=None, prog=None):
    """Returns the exit code; see `common.run`."""
    parser = common.Parser(
        prog=prog,
        description="Opens a page in the browser: paint over what should go, and see "
        "it gone. Everything stays on this machine. Ctrl-C ends it.",
    )
    parser.add_argument("photos", nargs="*", metavar="PHOTO", help="to begin with")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="[NAME=]PATH",
        help="weights to choose from on the page, as of --checkpoint_dir elsewhere; "
        "may be given several times; default: those that come with the package",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="of this machine, for other machines to reach it; the page's address then "
        "has a token (default: %(default)s, for this machine alone)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=PORT,
        metavar="NUMBER",
        help="0 for any that is free (default: %(default)s)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the page's address"
    )
    common.add_config_argument(parser, "padding, edge_threshold, max_pixels, strategy")
    return common.run(parser, _paint, argv)


def _paint(args):
    named = [_named(text) for text in args.model]
    settings = common.read_settings(args.config)
    from inpaint.cli import painting
    from inpaint.paint.filler import Filler
    from inpaint.paint.server import Server
    from inpaint.paint.session import Session

    filler = Filler(painting.choices(named, settings))
    signal.signal(signal.SIGTERM, _interrupt)
    with tempfile.TemporaryDirectory(prefix="inpaint-paint-") as folder:
        session = Session(folder, settings.config.max_pixels)
        for path in args.photos:
            session.open(path)
        server = Server(session, filler, args.host, args.port)
        common.say(f"{server.url} (Ctrl-C ends it)")
        server.run(None if args.no_browser else webbrowser.open)


def _interrupt(*_):
    raise KeyboardInterrupt


def _named(text):
    """(name, path) of --model's text."""
    found = re.fullmatch(r"([^=/\\]+)=(.+)", text)
    path = found[2] if found else text
    name = found[1] if found else re.sub(r"\.weights$", "", _stem(path))
    return name, path


def _stem(path):
    return os.path.splitext(os.path.basename(path.rstrip(os.sep)))[0]


def _port(text):
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got {text!r}")
    return int(text)

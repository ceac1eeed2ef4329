"""Weights on a model hub: `hf://USER/REPO[@REVISION]`, one `.weights.h5` and its card.

Only these two files are fetched, and neither can hold code. The hub's own library does
it (`huggingface_hub`, the extra `hub`), with its cache, sign-in and offline mode.
"""

import glob
import os
import re

from inpaint.errors import InputError, one_line
from inpaint.files import atomic_file

PREFIX = "hf://"
_ADDRESS = re.compile(r"hf://([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?", re.ASCII)
_ENDING = ".weights.h5"
_CARD = "README.md"
_LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def fetch(address):
    """The path of a repository's weights, fetched unless they are there already.

    Args:
      address: `hf://USER/REPO`, or with `@REVISION`, a branch, tag or commit.

    Raises:
      InputError: if the address is none, the library is not installed, the repository
        cannot be reached, or has not exactly one `.weights.h5`.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise InputError(
            f"{address}: expected hf://USER/REPO or hf://USER/REPO@REVISION"
        )
    try:
        import huggingface_hub
    except ImportError:
        raise InputError(
            f"{address}: needs the package huggingface_hub: pip install "
            "'huggingface_hub>=1.8,<3'"
        ) from None
    try:
        folder = huggingface_hub.snapshot_download(
            match[1], revision=match[2], allow_patterns=[f"*{_ENDING}", _CARD]
        )
    except (OSError, ValueError) as error:  # what all errors of the library derive from
        raise InputError(f"{address}: cannot be fetched: {one_line(error)}") from None
    found = sorted(glob.glob(os.path.join(glob.escape(folder), f"*{_ENDING}")))
    if len(found) != 1:
        names = ", ".join(map(os.path.basename, found)) or "none"
        raise InputError(f"{address}: expected one *{_ENDING}, found: {names}")
    return found[0]


def save_preset(folder, network, *, licence):
    """Write weights and their card, to be uploaded as a repository of a hub.

    Args:
      folder: is made if it does not exist; files there are not written over.
      network: an `Inpainter` or a generator.
      licence: under which the weights may be used: an identifier such as "apache-2.0",
        "cc-by-nc-4.0" or "other". There is no default: what is made from the release's
        weights is under CC BY-NC 4.0.

    Returns:
      (path of the weights, path of the card).

    Raises:
      InputError: if the licence is no identifier, or a file exists already.

    Example:
      >>> from inpaint import Inpainter
      >>> save_preset("my-weights", Inpainter.load(), licence="apache-2.0")
      ('my-weights/deepfill_v2.weights.h5', 'my-weights/README.md')
    """
    if not isinstance(licence, str) or not _LICENCE.fullmatch(licence):
        raise InputError(
            f"licence: expected an identifier such as 'apache-2.0', got {licence!r}"
        )
    generator = getattr(network, "generator", network)
    paths = [os.path.join(folder, f) for f in (f"{generator.name}{_ENDING}", _CARD)]
    for path in paths:
        if os.path.lexists(path):
            raise InputError(f"{path}: exists already, and is not written over")
    os.makedirs(folder, exist_ok=True)
    generator.save_weights(paths[0])
    with atomic_file(paths[1]) as part, open(part, "x", encoding="utf-8") as file:
        file.write(_card(generator, licence))
    return tuple(paths)


def _card(generator, licence):
    told = generator.description()
    lines = {"model": told["model"], **told["arguments"]}
    described = "\n".join(f"- {k}: {v}" for k, v in lines.items())
    return f"""---
license: {licence}
library_name: inpaint
pipeline_tag: image-to-image
tags:
- image-inpainting
---
# {generator.name}

Weights of an inpainting network, for the Python package `inpaint`:

```python
from inpaint import Inpainter

inpainter = Inpainter.load("hf://USER/REPO")
completed = inpainter(image, mask)
```

The network:

{described}

Say here what it was trained on, and how.
"""

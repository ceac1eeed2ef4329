"""Weights that others wrote: what file it is, of which network, under which names.

A file is told by its first bytes, a network by names and shapes; what is not known is
refused, and told what it is. docs/weights.md lists all of it.
"""

from inpaint.checkpoints import (
    foreign_deepfill,
    foreign_global_local,
    foreign_papers,
    foreign_partial_conv,
)
from inpaint.checkpoints.naming import by_name
from inpaint.errors import InputError, one_line, printable

# First bytes of what is told and not read.
_OTHERS = {
    b"4\n1\n": "a .t7 file in ASCII: save it as binary",
    b"\x1f\x8b": "compressed: unpack it first",
    b"<!DO": "a web page: the download failed",
    b"<htm": "a web page: the download failed",
    b"vers": "a pointer of Git LFS, not the file itself",
}
_LONGEST = 600  # message
_NETWORKS = (
    foreign_deepfill.recognise,
    foreign_papers.recognise,
    foreign_global_local.recognise,
    foreign_partial_conv.recognise,
)


def open_file(path, mean_color=None):
    """The `Foreign` weights of a file.

    Args:
      path: a file of torch.save or torch.jit.save, of safetensors, a binary .t7, a
        Keras .h5.
      mean_color: red, green and blue in [0, 1], for a port's Global&Local whose file
        lacks it; None for all else.

    Raises:
      InputError: if it is none of these, damaged, or of a network that is not known.
    """
    try:
        tensors, others = by_name(_reader(path)(path), path)
        for recognise in _NETWORKS:
            found = recognise(tensors, others, path)
            if found is not None:
                return foreign_global_local.with_mean_color(found, mean_color, path)
        raise InputError(f"{path}: {_what(tensors)}")
    except InputError as error:  # names of the file may be in it
        message = printable(one_line(error))
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]}…"
        raise InputError(message) from None
    except MemoryError:
        raise InputError(f"{path}: needs more memory than there is") from None


def _reader(path):
    """The function that reads a file of this kind."""
    with open(path, "rb") as file:
        start = file.read(9)
    if start[:4] == b"PK\x03\x04" or (start[:1] == b"\x80" and start[1:2] < b"\x06"):
        from inpaint.checkpoints.pytorch import read
    elif start[:8] == b"\x89HDF\r\n\x1a\n":
        from inpaint.checkpoints.keras_h5 import read
    elif start[:4] in (b"\x03\0\0\0", b"\x04\0\0\0"):
        from inpaint.checkpoints.torch7 import read
    elif start[8:9] == b"{":
        from inpaint.checkpoints.safetensors import read
    else:
        told = _OTHERS.get(start[:4]) or _OTHERS.get(start[:2])
        raise InputError(
            f"{path}: {told or 'a file of no format that is read'}; expected a "
            "checkpoint's folder or prefix, .weights.h5, or a file of PyTorch, "
            "safetensors, Torch7 or Keras"
        )
    return read


def _what(tensors):
    """What a file seems to be whose network is not known."""
    kernels = {k: t.shape for k, t in tensors.items() if len(t.shape) == 4}
    attention = any("attention" in k or "pmconv" in k or "ca_" in k for k in kernels)
    if not tensors:
        return "holds no tensors"
    if any(
        name.startswith(("generator.encoder.enc", "generator.stage"))
        for name in kernels
    ):
        return (
            "mmagic's DeepFill, another network than the papers': its second stage "
            "takes 5 channels and its padding reflects; not read"
        )
    if kernels and not attention and next(iter(kernels.values()))[2:] == (7, 7):
        return (
            "a network without contextual attention, whose first kernel is 7 × 7: no "
            "DeepFill; not read"
        )
    first = ", ".join(f"{k} {list(t.shape)}" for k, t in list(tensors.items())[:3])
    return (
        f"weights of no network that is known here: {len(tensors)} tensors, "
        f"{first[:300]}, …"
    )

"""`.pth` files that PyTorch loads: a plain state dict, written without PyTorch.

The zip layout of torch.save since 1.6, see `pytorch`; `torch.load(path,
weights_only=True)` takes it.
"""

import struct
import zipfile

import numpy as np

from inpaint.checkpoints.foreign_deepfill import torch_names
from inpaint.checkpoints.foreign_values import KERNEL
from inpaint.errors import InputError
from inpaint.files import atomic_file

_FOLDER = "archive"
_TO_TORCH = np.argsort(KERNEL)


def write(path, generator):
    """Write a DeepFill v2 under the names of its port to PyTorch.

    Args:
      path: of the file; one there is replaced.
      generator: a generator of the release's layers, of any width.

    Raises:
      InputError: if it is of other layers, or padded unlike the release.
    """
    variables = generator.variables_by_name()
    names, model = torch_names(), generator.description()["model"]
    if set(variables) != set(names) or model != "deepfill_v2":
        raise InputError(f"to torch: expected deepfill_v2, got {model}")
    if (generator.padding, generator.stride_padding) != ("same", "same"):
        raise InputError(
            "to torch: the file could not tell that the network was trained with "
            f"padding {generator.padding}, stride_padding {generator.stride_padding}"
        )
    tensors = {}
    for ours, theirs in names.items():
        value = np.asarray(variables[ours].numpy(), "<f4")
        tensors[theirs] = value.transpose(_TO_TORCH) if value.ndim == 4 else value
    with atomic_file(path) as part, zipfile.ZipFile(part, "w") as file:
        file.writestr(f"{_FOLDER}/data.pkl", _pickled(tensors))
        file.writestr(f"{_FOLDER}/byteorder", "little")
        for key, value in enumerate(tensors.values()):
            file.writestr(f"{_FOLDER}/data/{key}", value.tobytes())
        file.writestr(f"{_FOLDER}/version", "3\n")


def _pickled(tensors):
    """The pickle, protocol 2, of an ordered dict whose tensors name their storages."""
    content = b"\x80\x02" + _EMPTY_DICT + b"("
    for key, (name, value) in enumerate(tensors.items()):
        storage = _text("storage") + b"ctorch\nFloatStorage\n" + _text(str(key))
        storage = b"(" + storage + _text("cpu") + _number(value.size) + b"tQ"
        strides = np.empty(value.shape, np.uint8).strides
        content += _text(name) + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage
        content += _number(0) + _numbers(value.shape) + _numbers(strides)
        content += b"\x89" + _EMPTY_DICT + b"tR"  # no gradient, no hooks
    return content + b"u."


_EMPTY_DICT = b"ccollections\nOrderedDict\n)R"


def _text(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _number(number):
    return b"J" + struct.pack("<i", number)


def _numbers(numbers):
    return b"(" + b"".join(map(_number, numbers)) + b"t"

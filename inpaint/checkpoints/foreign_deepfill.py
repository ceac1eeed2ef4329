"""DeepFill's weights under the names of its ports to PyTorch.

A layer of the release is told by its branch and number (`pmconv9`), whatever follows
them. Kernels are `[out, in, h, w]` there, `[h, w, in, out]` here. Where a port pads
strides as PyTorch does, its networks were trained so, and `stride_padding` says it.
"""

import re

from inpaint.checkpoints.foreign_values import KERNEL, Foreign, value
from inpaint.errors import InputError

LICENCE = (
    "CC BY-NC 4.0 for the release's weights and all that is fine-tuned from them: "
    "not for commercial use"
)
SCOPE = "inpaint_net"


_SUFFIXES = {
    **dict.fromkeys((2, 4), "_downsample"),
    **dict.fromkeys((7, 8, 9, 10), "_atrous"),
    **dict.fromkeys((13, 15), "_upsample"),
}
_BRANCHES = {
    "": range(1, 18),
    "x": range(1, 11),
    "pm": (1, 2, 3, 4, 5, 6, 9, 10),
    "all": range(11, 18),
}


def _layer(branch, number):
    suffix = (
        "" if (branch, number) in (("pm", 9), ("pm", 10)) else _SUFFIXES.get(number)
    )
    return f"{branch}conv{number}{suffix or ''}"


# Of the release, in its order.
LAYERS = {
    (branch, number): _layer(branch, number)
    for branch, numbers in _BRANCHES.items()
    for number in numbers
}
_PARTS = {"weight": "kernel", "bias": "bias"}


def release_name(layer, part):
    """`conv13_upsample`, "bias" → the release's variable."""
    inner = f"/{layer}_conv" if layer.endswith("_upsample") else ""
    return f"{SCOPE}/{layer}{inner}/{part}"


def torch_names():
    """Names of the first row of docs/weights.md by the release's, in its order."""
    return {
        release_name(layer, part): (
            f"{layer}.{'conv.' * (1 + layer.endswith('_upsample'))}{word}"
        )
        for layer in LAYERS.values()
        for word, part in _PARTS.items()
    }


def recognise(tensors, others, source):
    """The `Foreign` weights of a DeepFill, or None.

    Args:
      tensors: `Tensor`s by name.
      others: not looked at.
      source: for messages.

    Raises:
      InputError: if they are of a DeepFill, but not whole.
    """
    for prefix in ("G.", ""):
        if f"{prefix}conv1.conv.weight" in tensors:
            if not any(name.startswith(f"{prefix}pmconv") for name in tensors):
                return None
            values = _named(tensors, [prefix], "v2", source)
            return _foreign("v2", values, "same")
        if f"{prefix}stage1.conv1.conv.weight" in tensors:
            values = _ordered(tensors, prefix, source)
            return _foreign("v2", values, "symmetric")
    for prefix, stride_padding in (("netG.", "same"), ("", "symmetric")):
        stages = [f"{prefix}{stage}_generator." for stage in ("coarse", "fine")]
        if f"{stages[0]}conv1.conv.weight" in tensors:
            values = _named(tensors, stages, "v1", source)
            return _foreign("v1", values, stride_padding)
    return None


def _foreign(version, values, stride_padding):
    first = values[release_name("conv1", "kernel")].shape
    arguments = {
        "base_filters": first[3],
        "guided": first[2] == 6,
        "padding": "same",
        "stride_padding": stride_padding,
    }
    return Foreign(f"deepfill_{version}", arguments, values, LICENCE)


def _named(tensors, prefixes, version, source):
    """`Value`s of the tensors with one of these prefixes, by branch and number."""
    values, strange = {}, []
    for name, tensor in tensors.items():
        prefix = next((each for each in prefixes if name.startswith(each)), None)
        if prefix is None:  # a critic's, an optimizer's
            continue
        found = _NAME.fullmatch(name[len(prefix) :])
        layer = found and LAYERS.get((found[1] or "", int(found[2])))
        ours = layer and release_name(layer, _PARTS[found[3]])
        if ours is None or ours in values:
            strange.append(name)
        else:
            axes = KERNEL if found[3] == "weight" else None
            values[ours] = value(tensor, name, source, axes)
    missing = sorted(set(torch_names()) - set(values))
    if strange or missing:
        raise InputError(
            f"{source}: DeepFill {version} of a port to PyTorch, but "
            f"{len(missing)} tensors are missing ({', '.join(missing[:4])}) and "
            f"{len(strange)} are unexpected ({', '.join(strange[:4])})"
        )
    _require_version(values, version, source)
    return values


# The branch, the number and the part of `xconv7_atrous.conv.weight`.
_NAME = re.compile(
    r"(x|pm|all)?conv([0-9]{1,2})(?:_(?:downsample|atrous|upsample))?"
    r"(?:\.conv){1,2}\.(weight|bias)"
)


def _ordered(tensors, prefix, source):
    """`Value`s of a file whose tensors stand in the release's order."""
    stages = (f"{prefix}stage1.", f"{prefix}stage2.")
    found = [(k, t) for k, t in tensors.items() if k.startswith(stages)]
    expected = list(torch_names())
    attention = expected.index(release_name("pmconv1", "kernel"))
    in_order = len(found) == len(expected) and found[attention][0].startswith(
        f"{prefix}stage2.ca_conv1."
    )
    values = {}
    for (name, tensor), ours in zip(found, expected):
        part = ours.rpartition("/")[2]
        in_order &= _PARTS.get(name.rpartition(".")[2]) == part
        if in_order:
            axes = KERNEL if part == "kernel" else None
            values[ours] = value(tensor, name, source, axes)
    if not in_order:
        raise InputError(
            f"{source}: DeepFill v2 in stages of a port to PyTorch, but its "
            f"{len(found)} tensors are not the release's {len(expected)} in their order"
        )
    _require_version(values, "v2", source)
    return values


def _require_version(values, version, source):
    """Gated convolutions hand on half of their filters."""
    first, second = (
        values[release_name(layer, "kernel")].shape
        for layer in ("conv1", "conv2_downsample")
    )
    if second[2] != first[3] // (2 if version == "v2" else 1):
        raise InputError(
            f"{source}: named as DeepFill {version}, but its first kernels are {first} "
            f"and {second}"
        )

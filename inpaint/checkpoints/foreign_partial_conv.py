"""Partial convolutions' weights, under the names of its ports; the authors gave none.

The layers of naoto0804's port lack the number of a window's values: so its kernels are
divided by it. mmagic's sees BGR in [−1, 1], and has a bias in the first convolution.
"""

from inpaint.checkpoints.foreign_values import KERNEL, Foreign, Layers
from inpaint.errors import InputError

_SCOPE = "partial_conv"


def recognise(tensors, others, source):
    """The `Foreign` weights of a U-Net of partial convolutions, or None.

    Raises:
      InputError: if they are of one, but not whole, or of one that works otherwise.
    """
    layers = Layers(tensors, others, source)
    for prefix in ("model.", ""):
        if f"{prefix}enc_1.conv.input_conv.weight" in tensors:
            return _of_naoto(layers, prefix)
    if "generator.encoder.enc1.conv.weight_mask_updater" in tensors:
        return _of_mmagic(layers)
    if any("p_conv2d" in name for name in tensors):
        raise InputError(
            f"{source}: a Keras port's partial convolutions: its file tells neither by "
            "which of its versions' rules windows are scaled (by their own mask or by "
            "the whole mask's mean) nor where strides are padded; and it has a 1×1 "
            "convolution more and biases in empty windows; not read"
        )
    return None


def _levels(layers, name):
    """How many layers there are of a name with {} for their number."""
    levels = 1  # whose tensors are asked for
    while name.format(levels + 1) in layers.tensors:
        levels += 1
    return levels


def _of_naoto(layers, prefix):
    def divided(kernel):
        return kernel / kernel[..., 0].size  # k·k·in

    levels = _levels(layers, f"{prefix}enc_{{}}.conv.input_conv.weight")
    for kind, i in _numbered(levels):
        ours, theirs = f"{_SCOPE}/{kind}{i}", f"{prefix}{kind}_{i}"
        name = f"{theirs}.conv.input_conv"
        layers.convolution(ours, name, bias=(kind, i) == ("dec", 1), change=divided)
        layers.taken.add(f"{theirs}.conv.mask_conv.weight")  # ones
        if i > 1:
            layers.norm(f"{ours}_norm", f"{theirs}.bn")
    for kind in ("enc", "dec"):
        layers.require_all(f"{prefix}{kind}_")
    licence = "MIT, as the port of partial convolutions that trained it"
    return _foreign(layers, levels, licence)


def _of_mmagic(layers):
    """BGR → RGB where pictures come in and out."""
    turned = {
        ("enc", 1): lambda kernel: kernel[:, :, ::-1],
        ("dec", 1): _last_layer_of_rgb,
    }
    levels = _levels(layers, "generator.encoder.enc{}.conv.weight")
    for kind, i in _numbered(levels):
        part = "encoder" if kind == "enc" else "decoder"
        ours, theirs = f"{_SCOPE}/{kind}{i}", f"generator.{part}.{kind}{i}"
        weight, change = f"{theirs}.conv.weight", turned.get((kind, i))
        layers.take(f"{ours}/kernel", weight, KERNEL, change=change)
        _require_many_channels(layers, theirs)
        if i > 1:
            layers.norm(f"{ours}_norm", f"{theirs}.bn")
    layers.take(f"{_SCOPE}/enc1/bias", "generator.encoder.enc1.conv.bias")
    last = "generator.decoder.dec1.conv.bias"
    layers.take(f"{_SCOPE}/dec1/bias", last, change=lambda bias: bias[::-1])
    layers.require_all("generator.")
    licence = "Apache-2.0, as mmagic's weights"
    options = {"first_bias": True, "normalization": "symmetric"}
    return _foreign(layers, levels, licence, **options)


def _last_layer_of_rgb(kernel):
    """Its last three channels in are the picture, all that come out are."""
    kernel = kernel.copy()
    kernel[:, :, -3:] = kernel[:, :, :-4:-1]
    return kernel[..., ::-1]


def _require_many_channels(layers, theirs):
    """A mask of one channel counts otherwise where masks are joined."""
    name = f"{theirs}.conv.weight_mask_updater"
    ones, kernel = (layers.tensors.get(x) for x in (name, f"{theirs}.conv.weight"))
    layers.taken.add(name)
    if ones is None or ones.shape[1:] != kernel.shape[1:]:
        raise InputError(
            f"{layers.source}: mmagic's partial convolutions: {name} is "
            f"{'missing' if ones is None else list(ones.shape)}: expected masks of as "
            f"many channels as the features, {list(kernel.shape)}"
        )


def _numbered(levels):
    return [(kind, i) for kind in ("enc", "dec") for i in range(1, levels + 1)]


def _foreign(layers, levels, licence, **arguments):
    filters = layers.values[f"{_SCOPE}/enc1/kernel"].shape[3]
    arguments = {"base_filters": filters, "levels": levels, **arguments}
    return Foreign("partial_conv", arguments, layers.values, licence)

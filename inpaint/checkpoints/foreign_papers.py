"""Weights of the other papers' networks, under their authors' and ports' names."""

from inpaint.checkpoints.foreign_values import KERNEL, Foreign, Layers
from inpaint.errors import InputError

_GLOBAL_LOCAL = "completion_network"
_CONTEXT_ENCODER = "context_encoder/autoencoder"


def recognise(tensors, others, source):
    """The `Foreign` weights of one of these networks, or None.

    Raises:
      InputError: if they are of one, but not whole, or of one that works otherwise.
    """
    layers = Layers(tensors, others, source)
    for prefix in ("generator.model.", "model.generator.model."):
        if f"{prefix}1.ffc.convl2l.weight" in tensors:
            return _lama(layers, prefix)
    for prefix in ("model.", ""):
        if f"{prefix}enc_1.conv.input_conv.weight" in tensors:
            return _partial_conv(layers, prefix)
    if others.get(
        "model.__class__"
    ) == "nn.Sequential" and "model.modules.49.weight" in (tensors):
        return _global_local(layers)
    if "modules.1.modules.15.weight" in tensors:
        return _context_encoder(layers, _LUA, bias=True)
    if "main.14.weight" in tensors and "main.29.weight" in tensors:
        return _context_encoder(layers, _FLAT, bias=False)
    _refuse_others(tensors, source)
    return None


def _lama(layers, prefix):
    """As the authors' checkpoints have it; `prefix`1 is the first convolution."""
    blocks = 0
    while f"{prefix}{5 + blocks}.conv1.ffc.convl2l.weight" in layers.tensors:
        blocks += 1

    def unit(ours, theirs, far=False):
        inner = f"{ours}/convolution"
        layers.take(f"{inner}/local_to_local", f"{theirs}.ffc.convl2l.weight", KERNEL)
        if f"{theirs}.ffc.convl2g.weight" in layers.tensors:
            name = f"{theirs}.ffc.convl2g.weight"
            layers.take(f"{inner}/local_to_global", name, KERNEL)
            layers.norm(f"{ours}/global_norm", f"{theirs}.bn_g")
        if far:
            name = f"{theirs}.ffc.convg2l.weight"
            layers.take(f"{inner}/global_to_local", name, KERNEL)
            spectral, g2g = f"{inner}/spectral", f"{theirs}.ffc.convg2g"
            layers.convolution(f"{spectral}/reduce", f"{g2g}.conv1.0", bias=False)
            layers.norm(f"{spectral}/norm", f"{g2g}.conv1.1")
            fourier = f"{spectral}/fourier_unit"
            name = f"{g2g}.fu.conv_layer"
            layers.convolution(f"{fourier}/convolution", name, bias=False)
            layers.norm(f"{fourier}/norm", f"{g2g}.fu.bn")
            layers.convolution(f"{spectral}/expand", f"{g2g}.conv2", bias=False)
        layers.norm(f"{ours}/local_norm", f"{theirs}.bn_l")

    for number in range(1, 5):
        unit(f"lama/encoder{number}", f"{prefix}{number}")
    for number in range(blocks):
        for ours, theirs in (("first", "conv1"), ("second", "conv2")):
            place = f"{prefix}{5 + number}.{theirs}"
            unit(f"lama/block{number + 1}/{ours}", place, far=True)
    number = 5 + blocks + 1  # after the joining of local and global features
    for i in (1, 2, 3):
        layers.convolution(f"lama/decoder{i}", f"{prefix}{number}")
        layers.norm(f"lama/decoder{i}/norm", f"{prefix}{number + 1}")
        number += 3
    layers.convolution("lama/painter", f"{prefix}{number + 1}")
    layers.require_all(prefix)
    filters = layers.values["lama/encoder1/convolution/local_to_local"].shape[3]
    arguments = {"base_filters": filters, "blocks": blocks}
    return Foreign("lama", arguments, layers.values, "Apache-2.0, as LaMa's weights")


def _partial_conv(layers, prefix):
    """Of a port whose layer lacks the number of a window's values: so its kernels."""

    def divided(kernel):
        return kernel / kernel[..., 0].size  # k·k·in

    levels = 0
    while f"{prefix}enc_{levels + 1}.conv.input_conv.weight" in layers.tensors:
        levels += 1
    for kind in ("enc", "dec"):
        for i in range(1, levels + 1):
            ours, theirs = f"partial_conv/{kind}{i}", f"{prefix}{kind}_{i}"
            last = (kind, i) == ("dec", 1)
            name = f"{theirs}.conv.input_conv"
            layers.convolution(ours, name, bias=last, change=divided)
            layers.taken.add(f"{theirs}.conv.mask_conv.weight")  # ones
            if i > 1:
                layers.norm(f"{ours}_norm", f"{theirs}.bn")
    for kind in ("enc", "dec"):
        layers.require_all(f"{prefix}{kind}_")
    filters = layers.values["partial_conv/enc1/kernel"].shape[3]
    arguments = {"base_filters": filters, "levels": levels}
    licence = "MIT, as the port of partial convolutions that trained it"
    return Foreign("partial_conv", arguments, layers.values, licence)


def _global_local(layers):
    """The authors' file: convolution, batch norm, ReLU sixteen times, and one more."""
    for n in range(1, 18):
        part = "encoder" if n <= 10 else "decoder"
        kind = "deconv" if n in (13, 15) else "conv"
        ours, theirs = f"{_GLOBAL_LOCAL}/{part}/{kind}{n}", f"model.modules.{3 * n - 2}"
        weight = layers.tensors.get(f"{theirs}.weight")
        shape = None
        if weight is not None and len(weight.shape) == 2:  # SpatialConvolutionMM
            side = 5 if n == 1 else 3
            out, columns = weight.shape
            shape = (out, columns // side**2, side, side)
        layers.take(f"{ours}/kernel", f"{theirs}.weight", KERNEL, shape=shape)
        layers.take(f"{ours}/bias", f"{theirs}.bias")
        if n < 17:
            layers.norm(f"{ours}/norm", f"model.modules.{3 * n - 1}")
    layers.take(f"{_GLOBAL_LOCAL}/mean_color", "mean")
    filters = layers.values[f"{_GLOBAL_LOCAL}/encoder/conv1/kernel"].shape[3]
    arguments = {"base_filters": filters, "activation_first": False}
    licence = "not for commercial use, as the authors' weights of Global&Local"
    return Foreign("global_local", arguments, layers.values, licence)


# Of a context encoder: (convolution, its batch norm or None), by our layer.
_LUA = {
    "conv1": ("modules.1.modules.1", None),
    **{
        f"conv{i}": (f"modules.1.modules.{3 * i - 3}", f"modules.1.modules.{3 * i - 2}")
        for i in range(2, 6)
    },
    "conv6": ("modules.1.modules.15", "modules.2"),
    **{
        f"deconv{i}": (f"modules.{3 * i + 1}", f"modules.{3 * i + 2}")
        for i in range(1, 5)
    },
    "deconv5": ("modules.16", None),
}
_FLAT = {
    "conv1": ("main.0", None),
    **{f"conv{i}": (f"main.{3 * i - 4}", f"main.{3 * i - 3}") for i in range(2, 7)},
    **{f"deconv{i}": (f"main.{3 * i + 14}", f"main.{3 * i + 15}") for i in range(1, 5)},
    "deconv5": ("main.29", None),
}


def _context_encoder(layers, places, bias):
    for name, (convolution, norm) in places.items():
        ours = f"{_CONTEXT_ENCODER}/{name}"
        layers.convolution(ours, convolution, bias=bias)
        if norm is not None:
            layers.norm(f"{ours}/norm", norm)
    first, last = (
        layers.values[f"{_CONTEXT_ENCODER}/{name}/kernel"].shape
        for name in ("conv1", "conv6")
    )
    arguments = {"base_filters": first[3], "bottleneck": last[3], "use_bias": bias}
    licence = (
        "educational and research use only, as the authors' weights of Context Encoders"
        if bias
        else "MIT, as the port of Context Encoders that trained it"
    )
    return Foreign("context_encoder", arguments, layers.values, licence)


def _refuse_others(tensors, source):
    """Ports whose networks differ from those here in more than names."""
    reasons = {
        "generator.dilation_neck.": "mmagic's Global&Local: it sees BGR in [−1, 1] and "
        "clips, where the authors' takes the mean colour off RGB in [0, 1]",
        "generator.encoder.enc1.conv.weight_mask_updater": "mmagic's partial "
        "convolutions: they see BGR in [−1, 1], and have one more bias",
        "deconv13.": "a port's Global&Local: it does not take the mean colour off, as "
        "the authors' does",
        "p_conv2d": "a Keras port's partial convolutions: it has biases outside the "
        "ratio and one more layer",
    }
    for start, reason in reasons.items():
        if any(name.startswith(start) for name in tensors):
            raise InputError(f"{source}: {reason}; not read")

"""LaMa's and Context Encoders' weights, under their authors' and ports' names."""

from inpaint.checkpoints.foreign_values import KERNEL, Foreign, Layers

_CONTEXT_ENCODER = "context_encoder/autoencoder"


def recognise(tensors, others, source):
    """The `Foreign` weights of one of these networks, or None.

    Raises:
      InputError: if they are of one, but not whole.
    """
    layers = Layers(tensors, others, source)
    for prefix in ("generator.model.", "model.generator.model."):
        if f"{prefix}1.ffc.convl2l.weight" in tensors:
            return _lama(layers, prefix)
    if "modules.1.modules.15.weight" in tensors:
        return _context_encoder(layers, _LUA, bias=True)
    if "main.14.weight" in tensors and "main.29.weight" in tensors:
        return _context_encoder(layers, _FLAT, bias=False)
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

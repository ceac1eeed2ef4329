"""Global&Local's weights: the authors', and those of its ports to PyTorch.

Convolution n of both ports is ours of that number. The port that trains from scratch
has the ReLU before batch norm and sees pictures whose mean colour is not taken off.
mmagic's sees BGR in [−1, 1], 0 in the hole: that is 2·(x − ½) of our [0, 1], so its
mean colour is ½, and the factors go into the first and the last kernel.
"""

import numpy as np

from inpaint.checkpoints.foreign_values import KERNEL, Foreign, Layers, Value
from inpaint.errors import InputError

_SCOPE = "completion_network"
MEAN_COLOR = f"{_SCOPE}/mean_color"
_COUNT = 17  # convolutions, all but the last with batch norm
_TRANSPOSED = (13, 15)


def recognise(tensors, others, source):
    """The `Foreign` weights of a completion network, or None.

    Raises:
      InputError: if they are of one, but not whole.
    """
    layers = Layers(tensors, others, source)
    if others.get("model.__class__") == "nn.Sequential" and (
        "model.modules.49.weight" in tensors
    ):
        return _released(layers)
    if "deconv13.weight" in tensors and "bn16.weight" in tensors:
        return _trained_from_scratch(layers)
    if "generator.dilation_neck.dilation_convs.0.bn.weight" in tensors:
        return _of_mmagic(layers)
    return None


def with_mean_color(found, mean_color, source):
    """The `Foreign` weights with a mean colour that the file does not hold.

    Args:
      found: a `Foreign` of any network.
      mean_color: red, green and blue in [0, 1], or None.
      source: the file, for messages.

    Raises:
      InputError: if a colour is needed and not given, or the other way round.
    """
    needed = found.model == "global_local" and MEAN_COLOR not in found.values
    if needed and mean_color is None:
        raise InputError(
            f"{source}: a port's Global&Local: the mean colour of its training "
            "pictures, which it fills holes with, is not in the file but in its "
            "config.json, as mpv: inpaint convert --mean_color R,G,B"
        )
    if mean_color is None:
        return found
    if not needed:
        raise InputError(f"{source}: needs no mean colour: leave --mean_color out")
    color = np.asarray(mean_color, np.float32)
    values = {**found.values, MEAN_COLOR: Value([3], lambda: color)}
    return found._replace(values=values)


def _ours(number):
    part = "encoder" if number <= 10 else "decoder"
    kind = "deconv" if number in _TRANSPOSED else "conv"
    return f"{_SCOPE}/{part}/{kind}{number}"


def _released(layers):
    """Convolution, batch norm, ReLU sixteen times, and one more."""
    for n in range(1, _COUNT + 1):
        ours, theirs = _ours(n), f"model.modules.{3 * n - 2}"
        weight = layers.tensors.get(f"{theirs}.weight")
        shape = None
        if weight is not None and len(weight.shape) == 2:  # SpatialConvolutionMM
            side = 5 if n == 1 else 3
            out, columns = weight.shape
            shape = (out, columns // side**2, side, side)
        layers.take(f"{ours}/kernel", f"{theirs}.weight", KERNEL, shape=shape)
        layers.take(f"{ours}/bias", f"{theirs}.bias")
        if n < _COUNT:
            layers.norm(f"{ours}/norm", f"model.modules.{3 * n - 1}")
    layers.take(MEAN_COLOR, "mean")
    licence = "not for commercial use, as the authors' weights of Global&Local"
    return _foreign(layers, licence, activation_first=False)


def _trained_from_scratch(layers):
    """otenim/GLCIC-PyTorch: its file holds all but the mean colour."""
    for n in range(1, _COUNT + 1):
        ours = _ours(n)
        layers.convolution(ours, ours.rpartition("/")[2])
        if n < _COUNT:
            layers.norm(f"{ours}/norm", f"bn{n}")
    layers.require_all("")
    licence = "MIT, as the port of Global&Local that trained it"
    return _foreign(layers, licence, activation_first=True, subtract_mean=False)


def _of_mmagic(layers):
    """BGR → RGB, and no biases before batch norm."""

    def of_rgb(kernel):
        """Of 2·(RGB − ½) and the hole."""
        return np.concatenate([2 * kernel[:, :, 2::-1], kernel[:, :, 3:]], axis=2)

    def half(values):
        """Of BGR in [−1, 1], as RGB in [0, 1] less ½."""
        return values[..., ::-1] / 2

    changes = {1: of_rgb, _COUNT: half}

    for n in range(1, _COUNT + 1):
        if n <= 6:
            theirs = f"generator.encoder.enc{n}"
        elif n <= 10:
            theirs = f"generator.dilation_neck.dilation_convs.{n - 7}"
        else:
            theirs = f"generator.decoder.dec{n - 10}"
        ours, change = _ours(n), changes.get(n)
        layers.take(f"{ours}/kernel", f"{theirs}.conv.weight", KERNEL, change=change)
        if n < _COUNT:
            filters = layers.values[f"{ours}/kernel"].shape[
                2 if n in _TRANSPOSED else 3
            ]
            layers.constant(f"{ours}/bias", filters, 0.0)
            layers.norm(f"{ours}/norm", f"{theirs}.bn")
    layers.take(
        f"{_ours(_COUNT)}/bias", f"{theirs}.conv.bias", change=lambda y: half(y) + 0.5
    )
    layers.constant(MEAN_COLOR, 3, 0.5)
    layers.require_all("generator.")
    licence = "Apache-2.0, as mmagic's weights"
    return _foreign(
        layers, licence, activation_first=False, output_activation="clipped"
    )


def _foreign(layers, licence, **arguments):
    filters = layers.values[f"{_ours(1)}/kernel"].shape[3]
    arguments = {"base_filters": filters, **arguments}
    return Foreign("global_local", arguments, layers.values, licence)

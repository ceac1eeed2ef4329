"""The DeepFill generators straight from the facts: NumPy, float64, one picture.

Slow, and sharing nothing with the package. Values come by the release's names.
"""

import naive_attention
import numpy as np

SCOPE = "inpaint_net"


def convolve(x, kernel, bias, strides=1, dilation_rate=1, stride_padding="same"):
    """`[H, W, C]`, `[k, k, C, F]`, `[F]` → `[⌈H/strides⌉, ⌈W/strides⌉, F]`, with zeros.

    stride_padding: "same": as TensorFlow; "symmetric": as many zeros on both sides.
    """
    reach = dilation_rate * (len(kernel) - 1)
    sides, sizes = [], []
    for size in x.shape[:2]:
        places = -(-size // strides)
        zeros = max((places - 1) * strides + reach + 1 - size, 0)
        before = zeros // 2 if stride_padding == "same" else reach // 2
        sides.append((before, reach))  # more after than any place reads
        sizes.append(places)
    x = np.pad(np.asarray(x, np.float64), [*sides, (0, 0)])
    y = np.zeros([*sizes, kernel.shape[-1]]) + bias
    for i, j in np.ndindex(*kernel.shape[:2]):
        top, left = i * dilation_rate, j * dilation_rate
        rows = slice(top, top + (sizes[0] - 1) * strides + 1, strides)
        columns = slice(left, left + (sizes[1] - 1) * strides + 1, strides)
        y += x[rows, columns] @ kernel[i, j].astype(np.float64)
    return y


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


class Network:
    """A network of `version` "v1" or "v2" with `values` by the release's names."""

    def __init__(self, values, version, stride_padding):
        self.values = values
        self.gated = version == "v2"
        self.stride_padding = stride_padding

    def layer(self, x, name, strides=1, dilation_rate=1, activation=elu):
        kernel, bias = (
            self.values[f"{SCOPE}/{name}/{part}"] for part in ("kernel", "bias")
        )
        padding = self.stride_padding if strides > 1 else "same"
        y = convolve(x, kernel, bias, strides, dilation_rate, padding)
        if name.endswith("conv17"):
            return np.tanh(y) if self.gated else np.clip(y, -1, 1)
        if not self.gated:
            return activation(y)
        features, gates = np.split(y, 2, axis=-1)
        return activation(features) / (1 + np.exp(-gates))

    def doubled(self, x, name):
        x = x.repeat(2, axis=0).repeat(2, axis=1)
        return self.layer(x, f"{name}/{name}_conv")

    def encoded(self, x, prefix):
        x = self.layer(x, f"{prefix}conv1")
        x = self.layer(x, f"{prefix}conv2_downsample", strides=2)
        x = self.layer(x, f"{prefix}conv3")
        x = self.layer(x, f"{prefix}conv4_downsample", strides=2)
        return self.layer(x, f"{prefix}conv5")

    def dilated(self, x, prefix):
        x = self.layer(self.encoded(x, prefix), f"{prefix}conv6")
        for number, rate in ((7, 2), (8, 4), (9, 8), (10, 16)):
            x = self.layer(x, f"{prefix}conv{number}_atrous", dilation_rate=rate)
        return x

    def painted(self, x, prefix):
        x = self.layer(self.layer(x, f"{prefix}conv11"), f"{prefix}conv12")
        x = self.layer(self.doubled(x, f"{prefix}conv13_upsample"), f"{prefix}conv14")
        x = self.layer(self.doubled(x, f"{prefix}conv15_upsample"), f"{prefix}conv16")
        return self.layer(x, f"{prefix}conv17")

    def __call__(self, image, mask):
        """`[H, W, 3]` BGR in [−1, 1] with 0 in the hole, `[H, W, 1]` → both stages."""
        ones = np.ones_like(mask)
        stage1 = self.painted(
            self.dilated(np.concatenate([image, ones, mask], -1), ""), ""
        )
        x = stage1 * mask + image * (1 - mask)
        if not self.gated:
            x = np.concatenate([x, ones, mask], -1)
        features = self.encoded(x, "pm")
        features = self.layer(
            features, "pmconv6", activation=lambda y: np.maximum(y, 0)
        )
        small = naive_attention.nearest(mask, *features.shape[:2])
        features = naive_attention.attend(features, features, small).output
        features = self.layer(self.layer(features, "pmconv9"), "pmconv10")
        features = np.concatenate([self.dilated(x, "x"), features], -1)
        return stage1, self.painted(features, "all")

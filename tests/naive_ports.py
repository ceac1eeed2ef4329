"""mmagic's Global&Local and partial convolutions, from the facts: NumPy, float64.

One picture, `[H, W, 3]` uint8 RGB, and its hole, `[H, W]` bool; values by the names and
in the layouts of mmagic's files. Slow, and sharing nothing with the package.
"""

import numpy as np
from naive_deepfill import convolve


def read(image):
    """BGR in [−1, 1]."""
    return image[..., ::-1] / 127.5 - 1


def levels(painted):
    """RGB in [0, 255], not rounded."""
    return (np.clip(painted, -1, 1)[..., ::-1] + 1) * 127.5


def normalised(x, values, name):
    gamma, beta, mean, variance = (
        values[f"{name}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def kernel_of(values, name):
    return values[f"{name}.weight"].astype(np.float64).transpose(2, 3, 1, 0)


def convolved(x, values, name, strides=1, dilation_rate=1, kernel=None):
    kernel = kernel_of(values, name) if kernel is None else kernel
    bias = values.get(f"{name}.bias", 0.0)
    return convolve(x, kernel, bias, strides, dilation_rate, "symmetric")


def doubled(x, values, name):
    """The 4×4 kernel's transposed convolution, stride 2, padding 1."""
    weight = values[f"{name}.weight"].astype(np.float64)  # [in, out, 4, 4]
    height, width = x.shape[:2]
    y = np.zeros([2 * height + 2, 2 * width + 2, weight.shape[1]])
    for i, j in np.ndindex(4, 4):
        y[i : i + 2 * height : 2, j : j + 2 * width : 2] += x @ weight[:, :, i, j]
    return y[1:-1, 1:-1]


def global_local(values, image, hole):
    """The picture that the network paints, in levels."""
    x = read(image) * ~hole[..., None]
    x = np.concatenate([x, hole[..., None]], axis=-1)

    def layer(x, name, **options):
        x = convolved(x, values, f"generator.{name}.conv", **options)
        return np.maximum(normalised(x, values, f"generator.{name}.bn"), 0)

    for n in range(1, 7):
        x = layer(x, f"encoder.enc{n}", strides=2 if n in (2, 4) else 1)
    for n in range(4):
        x = layer(x, f"dilation_neck.dilation_convs.{n}", dilation_rate=2 << n)
    for n in range(1, 7):
        name = f"decoder.dec{n}"
        if n not in (3, 5):
            x = layer(x, name)
            continue
        x = doubled(x, values, f"generator.{name}.conv")
        x = np.maximum(normalised(x, values, f"generator.{name}.bn"), 0)
    return levels(convolved(x, values, "generator.decoder.dec7.conv"))


def partial_convolution(x, known, values, name, strides=1):
    """y and the new mask; `known` has as many channels as x."""
    kernel, bias = kernel_of(values, name), values.get(f"{name}.bias", 0.0)
    ones = np.ones_like(kernel[..., :1])
    count = convolve(known, ones, 0.0, strides, 1, "symmetric")
    raw = convolve(x * known, kernel, 0.0, strides, 1, "symmetric")
    reached = np.minimum(count, 1.0)
    y = (raw * ones.size / (count + 1e-8) + bias) * reached
    return y, np.repeat(reached, kernel.shape[-1], axis=-1)


def partial_conv(values, image, hole, depth):
    """The picture that the network of so many levels paints, in levels."""
    known = np.repeat(1.0 - hole[..., None], 3, axis=-1)
    x, skipped = read(image), []
    for n in range(1, depth + 1):
        skipped.append((x, known))
        name = f"generator.encoder.enc{n}"
        x, known = partial_convolution(x, known, values, f"{name}.conv", 2)
        x = np.maximum(x if n == 1 else normalised(x, values, f"{name}.bn"), 0)
    for n in range(depth, 0, -1):
        name = f"generator.decoder.dec{n}"
        above, known_above = skipped.pop()
        x, known = (y.repeat(2, axis=0).repeat(2, axis=1) for y in (x, known))
        x, known = partial_convolution(
            np.concatenate([x, above], axis=-1),
            np.concatenate([known, known_above], axis=-1),
            values,
            f"{name}.conv",
        )
        if n > 1:
            x = normalised(x, values, f"{name}.bn")
            x = np.where(x > 0, x, 0.2 * x)
    return levels(x)

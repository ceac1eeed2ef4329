"""Golden arrays of papers (tests/golden/papers): Torch's layouts, and how near is near.

Arrays are NCHW, kernels `[out, in, kh, kw]`, those of transposed convolutions
`[in, out, kh, kw]`.
"""

import numpy as np
from golden_files import FOLDER, arrays

OUTPUT, GRADIENT = 1e-4, 1e-3  # of the largest value


def paper(name):
    """The arrays of a paper, by name; none if the golden files have none of it."""
    return arrays(FOLDER / "papers" / f"{name}.npz")


def nhwc(x):
    return np.transpose(x, (0, 2, 3, 1))


def kernel(weight):
    return np.transpose(weight, (2, 3, 1, 0))


def dense_kernel(weight, size):
    """`[H·W·C, out]` of `[out, C·H·W]`, whose input was a map of `size` (H, W)."""
    out = len(weight)
    return np.transpose(weight.reshape(out, -1, *size), (2, 3, 1, 0)).reshape(-1, out)


def of_layer(layer, convolution, norm):
    """(variable, its name in Torch, how to lay the array out) of a `NormConv2D`."""
    found = [(layer.kernel, f"{convolution}.weight", kernel)]
    if layer.bias is not None:
        found.append((layer.bias, f"{convolution}.bias", np.asarray))
    if layer.norm is not None:
        parts = {
            "weight": layer.norm.gamma,
            "bias": layer.norm.beta,
            "running_mean": layer.norm.moving_mean,
            "running_var": layer.norm.moving_variance,
        }
        found += [(v, f"{norm}.{part}", np.asarray) for part, v in parts.items()]
    return found


def assign(found, golden, prefix):
    for variable, name, lay_out in found:
        variable.assign(lay_out(golden[prefix + name]))


def assert_close(actual, expected, tolerance, name=""):
    """Every value within `tolerance` of the largest one."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, name
    largest = np.abs(expected).max()
    error = np.abs(actual - expected).max() / largest if largest else actual.max()
    assert error <= tolerance, f"{name}: off by {error:.2g} of the largest value"


def assert_gradients(
    variables, gradients, golden, prefix, tolerance=lambda _: GRADIENT
):
    """Those that the golden file has, of what `of_layer` and its like found.

    A convolution's bias before batch norm has no gradient but rounding: what is below
    1e-6 of the largest gradient in both is equal. `tolerance` is of a name.
    """
    compared = 0
    noise = 1e-6 * max(np.abs(x).max() for k, x in golden.items() if prefix in k)
    for (_, name, lay_out), gradient in zip(variables, gradients, strict=True):
        if prefix + name in golden:
            expected = lay_out(golden[prefix + name])
            if max(np.abs(expected).max(), np.abs(gradient).max()) > noise:
                assert_close(gradient, expected, tolerance(name), name)
            compared += 1
    assert compared

"""Golden arrays of the other papers' systems: PyTorch's numbers, in Keras' layout.

The folder is `papers/` in the one that golden_files names.
"""

import numpy as np
import pytest
from golden_files import FOLDER, arrays

OUTPUTS = 1e-4  # relative, on outputs and losses
GRADIENTS = 1e-3  # relative, through batch statistics


def read(name):
    """All arrays of `papers/NAME.npz`; the test is skipped where there is none."""
    found = arrays(FOLDER / "papers" / f"{name}.npz")
    if not found:
        pytest.skip(f"no papers/{name}.npz in {FOLDER}")
    return found


def below(found, prefix):
    """The arrays whose names begin with a prefix, without it."""
    return {k[len(prefix) :]: v for k, v in found.items() if k.startswith(prefix)}


def nhwc(x):
    """Features or pictures `[B, C, H, W]` → `[B, H, W, C]`."""
    return np.transpose(x, (0, 2, 3, 1))


def kernel(x):
    """A convolution's weights, transposed or not, as a Keras kernel."""
    return np.transpose(x, (2, 3, 1, 0))


def assert_close(actual, expected, tolerance, name=""):
    """Equal to within a share of the largest expected value."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, name
    scale = np.abs(expected).max()
    error = np.abs(actual - expected).max()
    assert error <= tolerance * scale, f"{name}: {error / scale:.2e} of {scale:.3g}"


def near(actual, expected):
    """Whether a scalar is as expected, to the tolerance of outputs."""
    return abs(float(actual) - float(expected)) <= OUTPUTS * abs(float(expected))


def assign(arrays, variables):
    """Set variables, by the reference's names, all of them and from all arrays."""
    assert set(arrays) == set(variables)
    for name, variable in variables.items():
        value = arrays[name]
        variable.assign(kernel(value) if value.ndim == 4 else value)


def assert_gradients(tape, total, variables, expected):
    """Those that the file has are as expected; where it has rounding's, so have we."""
    gradients = dict(
        zip(expected, tape.gradient(total, [variables[k] for k in expected]))
    )
    assert gradients
    largest = max(np.abs(value).max() for value in expected.values())
    for name, value in expected.items():
        value = kernel(value) if value.ndim == 4 else value
        if np.abs(value).max() > 1e-5 * largest:
            assert_close(gradients[name], value, GRADIENTS, name)
        else:
            assert np.abs(gradients[name]).max() <= 2e-5 * largest, name

"""One convolution of the release's critic: its output, its gradient, its state.

The golden file's activation is part of it. Its gradient is that of Σy² with respect
to the kernel, through the spectral norm.
"""

import numpy as np
import pytest
import stand_in
import tensorflow as tf
from golden_files import OPS, arrays

from inpaint.layers import SpectralNormConv2D
from inpaint.models.sn_patch_gan import leaky_relu

GOLDEN = arrays(OPS)
SCOPE = "discriminator/sn_patch_gan/conv1"

pytestmark = pytest.mark.skipif(
    "dis_conv.x" not in GOLDEN, reason="the golden files have no critic's convolution"
)


def layer():
    found = SpectralNormConv2D(8)
    found.build((None, None, None, 4))
    for variable, name in (
        (found.kernel, "kernel"),
        (found.bias, "bias"),
        (found.u, "kernel_sn/u"),
    ):
        variable.assign(stand_in.value(f"{SCOPE}/{name}", tuple(variable.shape)))
    return found


@pytest.mark.parametrize("graph", [False, True])
def test_output_gradient_and_state(graph):
    convolution = layer()

    def evaluate(x):
        with tf.GradientTape() as tape:
            y = leaky_relu(convolution(x, training=True))
            total = tf.reduce_sum(y * y)
        return y, tape.gradient(total, convolution.trainable_variables[0])

    y, gradient = (tf.function(evaluate) if graph else evaluate)(GOLDEN["dis_conv.x"])
    np.testing.assert_allclose(y, GOLDEN["dis_conv.0"], rtol=0, atol=5e-6)
    # Of 30 at most: 5e-6 of that, the rounding of sums over 128 places.
    np.testing.assert_allclose(gradient, GOLDEN["dis_conv.1"], rtol=0, atol=1.5e-4)
    np.testing.assert_allclose(convolution.u, GOLDEN["dis_conv.2"], rtol=0, atol=1e-6)

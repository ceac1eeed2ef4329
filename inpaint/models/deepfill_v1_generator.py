"""DeepFill v1's generators: coarse to fine with plain convolutions.

"Generative Image Inpainting with Contextual Attention" (CVPR 2018), Yu, Lin, Yang,
Shen, Lu, Huang, arXiv 1801.07892, §3.1; with contextual attention (§4) and without,
which is the paper's baseline. With `base_filters` 32 the first is the released network:
3,601,542 parameters. Their training is in `inpaint.models.deepfill_v1`.
"""

import keras
import tensorflow as tf

from inpaint.layers import PlainConv2D, PlainUpsample2D
from inpaint.models.coarse_to_fine import CoarseToFineGenerator


@keras.utils.register_keras_serializable("inpaint")
class DeepFillV1Generator(CoarseToFineGenerator):
    """The generator of DeepFill v1; arguments, inputs and outputs as in `base`.

    It takes no sketch.
    """

    convolution = PlainConv2D
    upsample = PlainUpsample2D
    stage2_channels = 5
    offset_resize = "nearest"
    can_be_guided = False

    def __init__(
        self,
        base_filters=32,
        guided=False,
        padding="same",
        stride_padding="same",
        name="deepfill_v1",
        **kwargs,
    ):
        super().__init__(
            base_filters, guided, padding, stride_padding, name=name, **kwargs
        )

    def stage2_input(self, completed, mask):
        """The picture, ones, mask: `[B, H, W, 5]`, like the first stage's."""
        return self.stage1_input(completed, mask)

    def to_range(self, painted):
        """Clipped, not squashed (§3.1)."""
        return tf.clip_by_value(painted, -1.0, 1.0)


@keras.utils.register_keras_serializable("inpaint")
class DeepFillV1BaselineGenerator(DeepFillV1Generator):
    """The paper's baseline: a second stage of the convolution branch only (§3.1)."""

    has_attention = False

    def __init__(
        self,
        base_filters=32,
        guided=False,
        padding="same",
        stride_padding="same",
        name="deepfill_v1_baseline",
        **kwargs,
    ):
        super().__init__(
            base_filters, guided, padding, stride_padding, name=name, **kwargs
        )

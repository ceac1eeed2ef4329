"""The coarse-to-fine generator that both DeepFill papers share.

"Generative Image Inpainting with Contextual Attention" (arXiv 1801.07892, §3.1 and
figures 2 and 4) and "Free-Form Image Inpainting with Gated Convolution" (arXiv
1806.03589, figure 3). A coarse network paints the hole; a refinement network, whose two
branches, one of dilated convolutions, one of contextual attention, meet in a common
decoder, paints it again. A paper chooses the kind of convolution, what the second
stage sees, and how a stage's output is brought into [−1, 1].
"""

import keras
import tensorflow as tf

from inpaint.layers import ContextualAttention
from inpaint.models.base import Generator
from inpaint.tensors import composite, resize_nearest


class CoarseToFineGenerator(Generator):
    """A `Generator` in the parts that inference runs on cuts of the picture.

    `coarse` is the first stage. `conv_branch`, `attention_encoder`, `attention`,
    `attention_decoder` and `decoder` are the second; the three of the attention are
    None where a network has none.

    Args:
      base_filters, guided, padding, stride_padding: see `Generator`.
    """

    convolution = None  # layers of the paper, such as GatedConv2D
    upsample = None
    stage2_channels = 3  # of what `stage2_input` returns
    has_attention = True

    def __init__(
        self,
        base_filters,
        guided=False,
        padding="same",
        stride_padding="same",
        **kwargs,
    ):
        super().__init__(base_filters, guided, padding, stride_padding, **kwargs)
        if base_filters < 4 or base_filters % 4:
            raise ValueError(
                "`base_filters` must be a positive multiple of 4. "
                f"Received: {base_filters!r}"
            )
        if guided and not self.can_be_guided:
            raise ValueError("`guided` must be False: this network takes no sketch.")
        n = base_filters

        def conv(name, filters, kernel_size=3, **options):
            return self.convolution(
                filters,
                kernel_size,
                padding=padding,
                stride_padding=stride_padding,
                name=name,
                **options,
            )

        def upsample(name, filters):
            return self.upsample(filters, padding=padding, name=name)

        def part(name, channels, layers):
            inputs = keras.Input((None, None, channels))
            return keras.Sequential([inputs, *layers], name=name)

        def dilated(prefix):  # conv5 … conv10_atrous, at a quarter of the size
            return [
                conv(f"{prefix}conv5", 4 * n),
                conv(f"{prefix}conv6", 4 * n),
                conv(f"{prefix}conv7_atrous", 4 * n, dilation_rate=2),
                conv(f"{prefix}conv8_atrous", 4 * n, dilation_rate=4),
                conv(f"{prefix}conv9_atrous", 4 * n, dilation_rate=8),
                conv(f"{prefix}conv10_atrous", 4 * n, dilation_rate=16),
            ]

        def painter(prefix, first):  # from a quarter of the size to RGB
            return [
                conv(f"{prefix}conv{first}", 4 * n),
                conv(f"{prefix}conv{first + 1}", 4 * n),
                upsample(f"{prefix}conv{first + 2}_upsample", 2 * n),
                conv(f"{prefix}conv{first + 3}", 2 * n),
                upsample(f"{prefix}conv{first + 4}_upsample", n),
                conv(f"{prefix}conv{first + 5}", n // 2),
                conv(f"{prefix}conv{first + 6}", 3, activation=None),
            ]

        self.coarse = part(
            "coarse",
            6 if guided else 5,
            [
                conv("conv1", n, 5),
                conv("conv2_downsample", 2 * n, strides=2),
                conv("conv3", 2 * n),
                conv("conv4_downsample", 4 * n, strides=2),
                *dilated(""),
                *painter("", 11),
            ],
        )
        self.conv_branch = part(
            "conv_branch",
            self.stage2_channels,
            [
                conv("xconv1", n, 5),
                conv("xconv2_downsample", n, strides=2),
                conv("xconv3", 2 * n),
                conv("xconv4_downsample", 2 * n, strides=2),
                *dilated("x"),
            ],
        )
        features = self.conv_branch.output_shape[-1]
        self.attention_encoder = self.attention = self.attention_decoder = None
        if self.has_attention:
            self.attention_encoder = part(
                "attention_encoder",
                self.stage2_channels,
                [
                    conv("pmconv1", n, 5),
                    conv("pmconv2_downsample", n, strides=2),
                    conv("pmconv3", 2 * n),
                    conv("pmconv4_downsample", 4 * n, strides=2),
                    conv("pmconv5", 4 * n),
                    conv("pmconv6", 4 * n, activation="relu"),
                ],
            )
            self.attention = ContextualAttention(rate=2, name="attention")
            self.attention_decoder = part(
                "attention_decoder",
                features,
                [conv("pmconv9", 4 * n), conv("pmconv10", 4 * n)],
            )
            features *= 2
        self.decoder = part("decoder", features, painter("all", 11))
        self.build()

    def call(self, image, mask, edge=None, training=None):
        mask = tf.cast(mask, image.dtype)
        coarse = self.first_stage(image, mask, edge)
        completed = composite(tf.cast(coarse, image.dtype), image, mask)
        stage2 = self.stage2_input(completed, mask)
        refined, offsets = self.refine(stage2, mask, training)
        return {"coarse": coarse, "refined": refined, "offsets": offsets}

    def stage1_input(self, image, mask, edge=None):
        """image, edge where guided, ones, mask: `[B, H, W, 5 or 6]`."""
        if self.guided != (edge is not None):
            raise ValueError(
                f"`edge` is {'needed by' if self.guided else 'not an input of'} "
                f"a generator with `guided={self.guided}`."
            )
        ones = tf.ones_like(image[..., :1])
        edges = [ones * tf.cast(edge, image.dtype)] if self.guided else []
        return tf.concat([image, *edges, ones, ones * mask], axis=-1)

    def first_stage(self, image, mask, edge=None):
        """The coarse picture."""
        return self.squash(self.coarse(self.stage1_input(image, mask, edge)))

    def refine(self, stage2, mask, training=None):
        """Second stage; returns the refined picture and the attention's offsets."""
        branches = [self.conv_branch(stage2)]  # [B, H/4, W/4, …] each
        offsets = None
        if self.attention is not None:
            features = self.attention_encoder(stage2)
            shape = tf.shape(features)
            small_mask = resize_nearest(mask, shape[1], shape[2])
            features, offsets = self.attention(
                features, features, mask=small_mask, training=training
            )
            branches.append(self.attention_decoder(features))
        refined = self.decoder(tf.concat(branches, axis=-1))
        return self.squash(refined), offsets

    @classmethod
    def recognise(cls, shapes):
        first = shapes.get(f"{cls.scope}/conv1/kernel")
        second = shapes.get(f"{cls.scope}/conv2_downsample/kernel")
        if first is None or second is None or len(first) != 4 or len(second) != 4:
            return None
        base_filters, guided = first[3], first[2] == 6
        ours = (
            first[2] in ((5, 6) if cls.can_be_guided else (5,))
            and base_filters >= 4
            and base_filters % 4 == 0
            and second[2] == cls.convolution(base_filters).channels
            and (f"{cls.scope}/pmconv1/kernel" in shapes) == cls.has_attention
        )
        return {"base_filters": base_filters, "guided": guided} if ours else None

"""The coarse-to-fine generator that both DeepFill papers share.

"Generative Image Inpainting with Contextual Attention" (arXiv 1801.07892, §3.1 and
figures 2 and 4) and "Free-Form Image Inpainting with Gated Convolution" (arXiv
1806.03589, figure 3). A coarse network paints the hole; a refinement network, whose two
branches, one of dilated convolutions, one of contextual attention, meet in a common
decoder, paints it again. A paper chooses the kind of convolution, what the second
stage sees, and how a stage's output is brought into [−1, 1].
"""

from typing import ClassVar

import keras
import tensorflow as tf

from inpaint import tensors
from inpaint.errors import InputError
from inpaint.fastpath import cropped, pointing
from inpaint.layers import ContextualAttention
from inpaint.models.base import Generator
from inpaint.tensors import composite, resize_nearest


class CoarseToFineGenerator(Generator):
    """A `Generator` in the parts that inference runs on cuts of the picture.

    `coarse` is the first stage. `conv_branch`, `attention_encoder`, `attention`,
    `attention_decoder` and `decoder` are the second; the three of the attention are
    None where a network has none.

    Args:
      base_filters: filters of the first convolution; all others scale with it.
      guided: whether a sketch (`edge`) is a further input.
      padding: "same", "symmetric" or "reflect", for every convolution.
      stride_padding: "same" or "symmetric", of those with strides: see `PlainConv2D`.
      channels: of the pictures, 3 or 1.
      value_range: see `Generator`; of one channel.
    """

    scope = "inpaint_net"  # of the release's variables
    size_multiple = 8  # the network halves twice, the attention once more
    stages = ("coarse", "refined")
    has_attention = True
    can_be_guided = True

    convolution = None  # layers of the paper, such as GatedConv2D
    upsample = None
    plain: ClassVar[dict] = {}  # arguments of `convolution` that leave gates out
    stage2_channels = 3  # of what `stage2_input` returns

    def __init__(
        self,
        base_filters,
        guided=False,
        padding="same",
        stride_padding="same",
        channels=3,
        value_range=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.base_filters = base_filters
        if channels not in (1, 3):
            raise ValueError(f"`channels` must be 1 or 3. Received: {channels!r}")
        self.channels = channels
        if channels == 1:
            self.value_range = tuple(value_range or (0.0, 255.0))
        self.guided = guided
        self.padding = padding
        self.stride_padding = stride_padding
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
                dtype=self.dtype_policy,
                **options,
            )

        def upsample(name, filters):
            return self.upsample(
                filters, padding=padding, name=name, dtype=self.dtype_policy
            )

        def part(name, channels, layers):
            inputs = keras.Input((None, None, channels))
            return keras.Sequential([inputs, *layers], name=name)  # built with it

        def dilated(prefix):  # conv5 … conv10_atrous, at a quarter of the size
            return [
                conv(f"{prefix}conv5", 4 * n),
                conv(f"{prefix}conv6", 4 * n),
                conv(f"{prefix}conv7_atrous", 4 * n, dilation_rate=2),
                conv(f"{prefix}conv8_atrous", 4 * n, dilation_rate=4),
                conv(f"{prefix}conv9_atrous", 4 * n, dilation_rate=8),
                conv(f"{prefix}conv10_atrous", 4 * n, dilation_rate=16),
            ]

        def painter(prefix, first):  # from a quarter of the size to the picture
            return [
                conv(f"{prefix}conv{first}", 4 * n),
                conv(f"{prefix}conv{first + 1}", 4 * n),
                upsample(f"{prefix}conv{first + 2}_upsample", 2 * n),
                conv(f"{prefix}conv{first + 3}", 2 * n),
                upsample(f"{prefix}conv{first + 4}_upsample", n),
                conv(f"{prefix}conv{first + 5}", n // 2),
                conv(
                    f"{prefix}conv{first + 6}", channels, activation=None, **self.plain
                ),
            ]

        self.coarse = part(
            "coarse",
            channels + (3 if guided else 2),
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
            self.attention = ContextualAttention(
                rate=2, name="attention", dtype=self.dtype_policy
            )
            self.attention_decoder = part(
                "attention_decoder",
                features,
                [conv("pmconv9", 4 * n), conv("pmconv10", 4 * n)],
            )
            features *= 2
        self.decoder = part("decoder", features, painter("all", 11))
        self.build()

    def make_weights(self):
        """None are missing: each part is built with its own, the attention has none."""
        if self.attention is not None:
            self.attention.build(None)

    @property
    def takes_edge(self):
        return self.guided

    def call(self, inputs, training=None):
        image, edge = inputs["image"], inputs.get("edge")
        mask = tf.cast(inputs["hole"], image.dtype)
        coarse = self.first_stage(image, mask, edge)
        completed = composite(tf.cast(coarse, image.dtype), image, mask)
        stage2 = self.stage2_input(completed, mask)
        refined, offsets = self.refine(stage2, mask, training)
        found = {"coarse": coarse, "refined": refined}
        return found if offsets is None else {**found, "offsets": offsets}

    def complete(self, inputs):
        """The refined picture of the hole's region, by the fast path."""
        return cropped.complete(self, inputs)

    def attended(self, inputs):
        """The attention's offsets in the hole."""
        if self.attention is None:
            return None
        return pointing.of_attention(self, inputs)

    def to_network(self, levels):
        """RGB levels → BGR in [−1, 1], as released; one channel likewise."""
        return tensors.to_network(levels)

    def to_levels(self, picture):
        """BGR in [−1, 1] → RGB levels, float32."""
        return tf.reverse(super().to_levels(picture), [-1])

    def rounded(self, levels):
        """Cut off, as released: a level may come out one lower than the nearest."""
        return tf.floor(levels)

    def limit_memory(self, megabytes):
        if self.attention is not None:
            self.attention.scratch_bytes = megabytes * 2**20

    def variables_by_name(self):
        """The variables by their name in a checkpoint of the release."""
        return {
            f"{self.scope}/{name}/{part}": getattr(layer, part)
            for name, layer in self.convolutions().items()
            for part in ("kernel", "bias")
        }

    def convolutions(self):
        """The convolution layers by the name of their scope in the release."""
        found = {}
        for part in self.layers:
            for layer in getattr(part, "layers", ()):
                inner = getattr(layer, "convolution", None)
                if inner is None:
                    found[layer.name] = layer
                else:
                    found[f"{layer.name}/{inner.name}"] = inner
        return found

    def get_config(self):
        names = ("base_filters", "guided", "padding", "stride_padding")
        config = {**super().get_config(), **{k: getattr(self, k) for k in names}}
        if self.channels != 3:  # files of three channels stay what they were
            config.update(channels=self.channels, value_range=list(self.value_range))
        return config

    @classmethod
    def arguments_of(cls, config):
        return {
            "base_filters": config.base_filters,
            "guided": config.guided,
            "padding": config.padding.lower(),
            "stride_padding": config.stride_padding.lower(),
        }

    def to_range(self, painted):
        """Map the last convolution's output to [−1, 1]: tanh or clip."""
        raise NotImplementedError

    def stage2_input(self, completed, mask):
        """The refinement's input, from the picture that the first stage completed."""
        raise NotImplementedError

    def stage1_input(self, image, mask, edge=None):
        """image, edge where guided, ones, mask: `[B, H, W, 5 or 6]`."""
        if self.guided != (edge is not None):
            raise ValueError(
                f"`edge` is {'needed by' if self.guided else 'not an input of'} "
                f"a generator with `guided={self.guided}`."
            )
        ones = tf.ones_like(image[..., :1])
        edges = [ones * tf.cast(edge, image.dtype)] if self.guided else []
        planes = [image, *edges, ones, ones * tf.cast(mask, image.dtype)]
        return tf.concat(planes, axis=-1)

    def first_stage(self, image, mask, edge=None):
        """The coarse picture."""
        return self.to_range(self.coarse(self.stage1_input(image, mask, edge)))

    def refine(self, stage2, mask, training=None):
        """Second stage; returns the refined picture and the attention's offsets.

        Args:
          stage2: see `stage2_input`.
          mask: `[B or 1, H, W, 1]`.
        """
        branches = [self.conv_branch(stage2)]  # [B, H/4, W/4, …] each
        offsets = None
        if self.attention is not None:
            features = self.attention_encoder(stage2)
            shape = tf.shape(features)
            small_mask = resize_nearest(mask, shape[1], shape[2])
            features, offsets = self.attention(
                features, features, small_mask, training=training
            )
            branches.append(self.attention_decoder(features))
        refined = self.decoder(tf.concat(branches, axis=-1))
        return self.to_range(refined), offsets

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
            and second[2] == cls.convolution(base_filters).output_channels
            and (f"{cls.scope}/pmconv1/kernel" in shapes) == cls.has_attention
        )
        return {"base_filters": base_filters, "guided": guided} if ours else None


def require_gan(config, gan):
    """Raises InputError unless the settings ask for the paper's own kind of critic."""
    if config.gan != gan:
        raise InputError(
            f"gan: {config.gan} is not how {config.model} is trained: {gan} is"
        )

"""Pictures of what the networks do: attention offsets as colours.

The colour wheel is the one of Baker et al., "A Database and Evaluation Methodology
for Optical Flow" (ICCV 2007): hue is direction, saturation is length.
"""

import numpy as np
import tensorflow as tf

from inpaint.tensors import resize_bilinear, resize_nearest

# Steps from each colour to the next: red, yellow, green, cyan, blue, magenta, red.
_WHEEL_STEPS = (15, 6, 4, 11, 13, 6)
_WHEEL_CORNERS = np.array(
    [(1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 0, 0)],
    np.float64,
)


def color_wheel():
    """The 55 RGB colours of the wheel, `[55, 3]` float64 in [0, 1]."""
    colors = []
    for start, end, steps in zip(_WHEEL_CORNERS, _WHEEL_CORNERS[1:], _WHEEL_STEPS):
        levels = np.floor(255 * np.arange(steps)[:, np.newaxis] / steps)
        colors.append(start + (end - start) * levels / 255)
    return np.concatenate(colors)


def radius(offsets):
    """Length of the longest offset of each picture, `[B]` float64."""
    return tf.reduce_max(tf.norm(tf.cast(offsets, tf.float64), axis=-1), axis=[1, 2])


def running_radius(offsets):
    """The longest offset of each picture and those before it in the batch, `[B]`.

    The release colours a batch so: a picture's colours depend on those before it.
    """
    longest = radius(offsets)
    earlier = tf.linalg.band_part(tf.ones_like(longest[:, None] * longest), -1, 0)
    return tf.reduce_max(earlier * longest, axis=1)


def offsets_to_color(offsets, largest):
    """Colours of attention offsets.

    Args:
      offsets: `[B, h, w, 2]`, the first component is taken as the flow's u.
      largest: `[B]` float64, the offset length that gets full saturation.

    Returns:
      `[B, h, w, 3]` float32 RGB, whole numbers in 0–255.
    """
    wheel = tf.constant(color_wheel())
    colours = wheel.shape[0]
    flow = tf.cast(offsets, tf.float64)
    flow /= largest[:, None, None, None] + np.finfo(np.float64).eps
    length = tf.norm(flow, axis=-1, keepdims=True)
    angle = tf.atan2(-flow[..., 1], -flow[..., 0]) / np.pi  # in [−1, 1]
    position = (angle + 1.0) / 2.0 * (colours - 1)
    below = tf.floor(position)
    share = (position - below)[..., None]
    index = tf.cast(below, tf.int32)
    color = (1.0 - share) * tf.gather(wheel, index)
    color += share * tf.gather(wheel, (index + 1) % colours)
    color = tf.where(length <= 1.0, 1.0 - length * (1.0 - color), 0.75 * color)
    return tf.cast(tf.floor(255.0 * color), tf.float32)


_RESIZES = {"bilinear": resize_bilinear, "nearest": resize_nearest}


def offset_picture(offsets, largest, scale, resize="bilinear"):
    """The offset picture of the release's summaries, enlarged, in [−1, 1].

    Args:
      offsets: `[B, h, w, 2]` int32.
      largest: see `offsets_to_color`.
      scale: factor of the enlargement.
      resize: "bilinear" (version 2's) or "nearest" (version 1's), corners aligned.

    Returns:
      `[B, scale·h, scale·w, 3]` float32 RGB.
    """
    shape = tf.shape(offsets)
    picture = offsets_to_color(offsets, largest) / 127.5 - 1.0
    return _RESIZES[resize](picture, scale * shape[1], scale * shape[2])

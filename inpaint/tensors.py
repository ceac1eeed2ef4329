"""uint8 RGB pictures ↔ the networks' tensors, mirror padding, resizing, compositing.

Conventions: pictures are uint8 RGB `[B, H, W, 3]`; networks see float32 **BGR** in
[−1, 1], as released; masks are 1 in the hole. The conversion between the two
happens here and nowhere else.
"""

import tensorflow as tf

SIZE_MULTIPLE = 8  # the generator halves twice, the attention once more


def to_network(images):
    """uint8 RGB `[B, H, W, 3]` → float32 BGR in [−1, 1], x/127.5 − 1."""
    return tf.reverse(tf.cast(images, tf.float32), [-1]) / 127.5 - 1.0


def to_levels(x):
    """float in [−1, 1] → uint8, cut off as the original does.

    (x + 1)·127.5 is truncated, not rounded: a value may come out one level lower
    than the nearest one.
    """
    return tf.saturate_cast((tf.cast(x, tf.float32) + 1.0) * 127.5, tf.uint8)


def to_uint8(tensors):
    """float BGR in [−1, 1] `[B, H, W, 3]` → uint8 RGB; see `to_levels`."""
    return tf.reverse(to_levels(tensors), [-1])


def composite(inside, outside, mask):
    """`inside` where the mask is hole, `outside` elsewhere, bit for bit.

    Args:
      inside, outside: `[B, H, W, C]` of one dtype.
      mask: `[B or 1, H, W, 1]`, hole > 0.5 (or bool).
    """
    hole = mask if mask.dtype == tf.bool else mask > 0.5
    return tf.where(hole, inside, outside)


def mirror_indices(before, size, after, repeat_edge):
    """Source index of every position of an axis padded by mirroring, int32.

    Defined for any padding of any axis of at least one element: the mirror images
    repeat where `tf.pad` would refuse.

    Args:
      before, size, after: lengths, int32 scalars.
      repeat_edge: True as tf.pad's SYMMETRIC (`c b a | a b c`), False as REFLECT
        (`c b | a b c`).
    """
    positions = tf.range(-before, size + after)
    if repeat_edge:
        positions = tf.math.floormod(positions, 2 * size)
        return tf.minimum(positions, 2 * size - 1 - positions)
    period = tf.maximum(2 * (size - 1), 1)
    positions = tf.math.floormod(positions, period)
    return tf.where(positions < size, positions, period - positions)


def mirror_pad(x, before, after, repeat_edge=True):
    """Pad height and width of `[B, H, W, C]` by mirroring, by any amount.

    Args:
      x: `[B, H, W, C]`.
      before, after: (rows, columns) to add at the top left and the bottom right.
      repeat_edge: see `mirror_indices`.
    """
    shape = tf.shape(x)
    for axis in (1, 2):
        indices = mirror_indices(
            before[axis - 1], shape[axis], after[axis - 1], repeat_edge
        )
        x = tf.gather(x, indices, axis=axis)
    return x


def pad_to_multiple(x, multiple=SIZE_MULTIPLE):
    """Mirror rows and columns at the bottom and right up to the next multiple.

    Args:
      x: `[B, H, W, C]`, H and W at least 1.

    Returns:
      `[B, ⌈H⌉, ⌈W⌉, C]`; the picture itself stays at the top left.
    """
    shape = tf.shape(x)
    return mirror_pad(x, (0, 0), (-shape[1] % multiple, -shape[2] % multiple))


def crop(x, boxes, height, width):
    """The parts of pictures at boxes of one size.

    Args:
      x: `[1 or B, H, W, C]`.
      boxes: `[1 or B, 2 or more]` int32, top and left: one box for all, or one each.
      height, width: of the boxes, ints.

    Returns:
      `[1 or B, height, width, C]`.
    """
    if boxes.shape[0] == 1:
        top, left = boxes[0, 0], boxes[0, 1]
        x = x[:, top : top + height, left : left + width]
    else:
        rows = boxes[:, :1] + tf.range(height)
        columns = boxes[:, 1:2] + tf.range(width)
        x = tf.gather(x, rows, axis=1, batch_dims=1)
        x = tf.gather(x, columns, axis=2, batch_dims=1)
    return tf.ensure_shape(x, [None, height, width, None])


def resize_nearest(x, height, width):
    """Nearest resize with aligned corners, as TensorFlow 1's legacy kernel does it.

    Pixel i of the result is pixel round-half-away(i·(in−1)/(out−1)) of the source.

    Args:
      x: `[B, H, W, C]`.
      height, width: int32 scalars, Python or tensor.
    """
    return tf.raw_ops.ResizeNearestNeighbor(
        images=x, size=[height, width], align_corners=True
    )


def resize_bilinear(x, height, width):
    """Bilinear resize with aligned corners, float32 `[B, height, width, C]`."""
    return tf.raw_ops.ResizeBilinear(images=x, size=[height, width], align_corners=True)

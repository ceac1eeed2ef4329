"""Contextual attention in tiles of queries: the form that inference uses.

Memory is bounded whatever the picture's size: no P×Q matrix is ever whole, and only
tiles with required queries are computed. Four sums over neighbouring positions,
shifted alike in both pictures, lead from products of features to what is pasted:

* A patch's rows of pixels are compared one by one, and summed up and down: S.
* The fusion sums along the rows, then down the columns (see `scores`).
* A raw patch is made of 2×2 blocks (see `blocks`): attention is summed over the
  patches that share a block, above and beside, and then multiplied with the blocks.

A tile's matrices have rows for the queries that a sum needs, listed in the order in
which it goes (see `listing`), and all keys are laid out with the neighbours around
them. So a neighbour lies a fixed step further in the flattened matrix of scores, and a
sum over neighbours is one over views of that matrix (`diagonal_sum`). From one sum to
the next the rows are gathered in the other order.
"""

import tensorflow as tf

from inpaint.layers.attention.blocks import (
    from_blocks,
    small_size,
    to_blocks,
    to_offsets,
    valid_patches,
)
from inpaint.layers.attention.listing import listed, transposed
from inpaint.layers.attention.pasting import Blocks, pasted_blocks
from inpaint.layers.attention.scores import Keys, fused_scores
from inpaint.layers.attention.tiles import cover, with_zeros_last, within
from inpaint.tensors import resize_nearest

# Matrices of a tile's queries × keys alive together, the allocator's losses included.
_ALIVE = 5
_MOST_NUMBERS = 2.0**30  # in a matrix: they are counted in int32


def attend(foreground, background, mask, options, required=None, with_offsets=True):
    """Repaint the foreground; arguments and results as of `batched.attend`.

    Args:
      options: its `scratch_bytes` bounds the memory for scores.
      required: `[⌈h/rate⌉, ⌈w/rate⌉]` bool, the positions of the foreground to compute;
        None computes all. Elsewhere nothing is pasted and offsets are undefined.
      with_offsets: False returns None in their place.
    """
    rate = options.rate
    f_size, b_size = small_size(foreground, rate), small_size(background, rate)
    reach = options.fuse_kernel_size // 2 if options.fuse else 0
    batch = tf.shape(foreground)[0]
    queries = with_zeros_last(resize_nearest(foreground, *f_size))
    keys = Keys(resize_nearest(background, *b_size), options.kernel_size, reach)
    blocks = Blocks(to_blocks(background, b_size, rate))
    depth = blocks.entries.shape[-1]
    valid = tf.ones([1, 1, b_size[0] * b_size[1]])
    if mask is not None:
        valid = valid_patches(resize_nearest(mask, *b_size), options.kernel_size)
        valid = tf.transpose(valid, [0, 3, 2, 1])  # [B or 1, 1, columns, rows]
        valid = tf.reshape(valid, [tf.shape(mask)[0], 1, -1])  # [B or 1, 1, Q]

    if required is None:
        required = tf.ones(f_size, tf.bool)
    halo = 2 * (reach + options.kernel_size // 2), 2 * reach
    q = tf.cast(b_size[0] * b_size[1], tf.float32)
    numbers = tf.minimum(options.scratch_bytes / (4.0 * _ALIVE), _MOST_NUMBERS)
    tiles = cover(required, halo, tf.cast(numbers / q, tf.int32))
    canvas_size = f_size[0] + 1, f_size[1] + 1

    def answer(sample, tile):
        """What a tile's queries paste and where, and what they attend to most."""
        active = within(required, tile)
        scores = fused_scores(queries[sample], keys, sample, active)
        usable = valid[sample % tf.shape(valid)[0]]
        attention = tf.nn.softmax(scores * (options.softmax_scale * usable)) * usable
        pasted, where = pasted_blocks(attention, active, blocks, sample, b_size)
        where += sample * canvas_size[0] * canvas_size[1]
        if not with_offsets:
            return pasted, where
        best = tf.argmax(attention, axis=-1, output_type=tf.int32)
        answered = listed(transposed(active))
        answered = answered % f_size[0] * f_size[1] + answered // f_size[0]
        return pasted, where, best, sample * f_size[0] * f_size[1] + answered

    kinds = [(tf.float32, depth), *[(tf.int32,)] * (3 if with_offsets else 1)]
    pasted, where, *attended = in_tiles(answer, batch, tiles, kinds)
    canvas = tf.scatter_nd(
        where[:, None], pasted, [batch * canvas_size[0] * canvas_size[1], depth]
    )
    canvas = tf.reshape(canvas, [batch, *canvas_size, depth])
    output = from_blocks(canvas, tf.shape(foreground), rate)
    if not with_offsets:
        return output, None
    best, answered = attended
    best = best % b_size[0] * b_size[1] + best // b_size[0]
    best = tf.scatter_nd(answered[:, None], best, [batch * f_size[0] * f_size[1]])
    return output, to_offsets(tf.reshape(best, [batch, *f_size]), f_size[1])


def in_tiles(answer, batch, tiles, kinds):
    """`answer` of all samples and tiles, one at a time.

    Args:
      answer: (sample, one of `tiles`) → tensors of these kinds.
      batch: how many samples.
      tiles: `[T, 4]` int32, at least one.
      kinds: a tuple for each tensor, its type and all of its sizes but the first.

    Returns:
      the answers, joined.
    """
    count = batch * tf.shape(tiles)[0]

    def step(i, *found):
        answers = answer(i // tf.shape(tiles)[0], tiles[i % tf.shape(tiles)[0]])
        return i + 1, *(array.write(i, x) for array, x in zip(found, answers))

    collectors = [
        tf.TensorArray(dtype, count, infer_shape=False, element_shape=(None, *sizes))
        for dtype, *sizes in kinds
    ]
    _, *found = tf.while_loop(
        lambda i, *_: i < count, step, (0, *collectors), parallel_iterations=1
    )
    return [array.concat() for array in found]

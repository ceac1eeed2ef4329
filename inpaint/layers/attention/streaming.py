"""Contextual attention in tiles of queries: the form that inference uses.

Memory is bounded whatever the picture's size: no P×Q matrix is ever whole, and only
tiles with required queries are computed. Four sums over neighbouring positions,
shifted alike in both pictures, lead from products of features to what is pasted:

* A patch's rows of pixels are compared one by one, and summed up and down: S.
* The fusion sums along the rows, then down the columns (see `scores`).
* A raw patch is made of 2×2 blocks (see `blocks`): attention is summed over the
  patches that share a block, above and beside, and then multiplied with the blocks.

A tile's queries and all keys are laid out column by column, with the neighbours that a
sum needs around them. So a neighbour lies a fixed step further in the flattened matrix
of scores, and a sum over neighbours is one over views of that matrix (`diagonal_sum`).
"""

import tensorflow as tf

from inpaint.layers.attention.blocks import (
    from_blocks,
    small_size,
    to_blocks,
    to_offsets,
    valid_patches,
)
from inpaint.layers.attention.diagonals import aligned, congruent, diagonal_sum
from inpaint.layers.attention.scores import Keys, fused_scores, row_patches
from inpaint.layers.attention.tiles import (
    QueryTile,
    cover,
    position_grid,
    with_zeros_last,
)
from inpaint.tensors import resize_nearest

# Matrices of a tile's queries × keys alive together, the allocator's losses included.
_ALIVE = 5
_MOST_NUMBERS = 2.0**30  # in a matrix: they are counted in int32


def attend(foreground, background, mask, options, required=None):
    """Repaint the foreground; arguments and results as of `batched.attend`.

    Args:
      options: its `scratch_bytes` bounds the memory for scores.
      required: `[⌈h/rate⌉, ⌈w/rate⌉]` bool, the positions of the foreground to compute;
        None computes all. Elsewhere nothing is pasted and offsets are undefined.
    """
    rate = options.rate
    f_size, b_size = small_size(foreground, rate), small_size(background, rate)
    height = options.kernel_size // 2
    reach = options.fuse_kernel_size // 2 if options.fuse else 0
    batch = tf.shape(foreground)[0]
    queries = row_patches(resize_nearest(foreground, *f_size), options.kernel_size)
    queries = with_zeros_last(queries)  # [B, P + 1, k·C]
    valid = tf.ones([1, 1, b_size[0] * b_size[1]])
    if mask is not None:
        valid = valid_patches(resize_nearest(mask, *b_size), options.kernel_size)
        valid = tf.transpose(valid, [0, 3, 2, 1])  # [B or 1, 1, columns, rows]
        valid = tf.reshape(valid, [tf.shape(mask)[0], 1, -1])  # [B or 1, 1, Q]

    if required is None:
        required = tf.ones(f_size, tf.bool)
    halo = 2 * (reach + height), 2 * reach
    q = tf.cast(b_size[0] * b_size[1], tf.float32)
    numbers = tf.minimum(options.scratch_bytes / (4.0 * _ALIVE), _MOST_NUMBERS)
    queries_at_once = tf.cast(numbers / q, tf.int32)
    tiles, tile_rows = cover(required, halo, queries_at_once)
    keys = Keys(
        resize_nearest(background, *b_size),
        options.kernel_size,
        reach,
        tile_rows + halo[0],
    )
    blocks = to_blocks(background, b_size, rate)  # [B, rows + 1, columns + 1, D]
    depth = blocks.shape[-1]
    layout = block_layout(b_size)
    behind = [[0, layout[i] - b_size[1 - i] - 1] for i in (0, 1)]
    blocks = tf.pad(tf.transpose(blocks, [0, 2, 1, 3]), [[0, 0], *behind, [0, 0]])
    blocks = tf.reshape(blocks, [batch, -1, depth])
    canvas_size = f_size[0] + 1, f_size[1] + 1

    def answer(sample, tile):
        """What a tile's queries paste and where, and what they attend to most."""
        positions = tile.positions(f_size)
        active = tf.gather(tf.reshape(required, [-1]), positions)  # [width, height]
        listed = tf.cast(tf.where(tf.reshape(active, [-1])), tf.int32)[:, 0]
        answered = sample * f_size[0] * f_size[1] + tf.gather(
            tf.reshape(positions, [-1]), listed
        )
        scores = fused_scores(queries[sample], keys, sample, tile, listed, f_size)
        usable = valid[sample % tf.shape(valid)[0]]
        attention = tf.nn.softmax(scores * (options.softmax_scale * usable)) * usable
        best = tf.argmax(attention, axis=-1, output_type=tf.int32)

        attention = tf.cond(
            tf.size(listed) < tf.size(active),
            lambda: tf.scatter_nd(
                listed[:, None], attention, [tf.size(active), tf.shape(attention)[1]]
            ),
            lambda: attention,
        )
        weights = block_weights(attention, tile, b_size)
        where = position_grid(
            tf.range(tile.top, tile.bottom + 1),
            tf.range(tile.left, tile.right + 1),
            canvas_size,
        )
        where = sample * canvas_size[0] * canvas_size[1] + tf.reshape(where, [-1])
        covered = tf.pad(active, [[1, 1], [1, 1]])
        covered = covered[1:] | covered[:-1]
        covered = tf.reshape(covered[:, 1:] | covered[:, :-1], [-1])
        weights, where = tf.cond(
            tf.reduce_all(covered),
            lambda: (weights, where),
            lambda: (
                tf.boolean_mask(weights, covered),
                tf.boolean_mask(where, covered),
            ),
        )
        return tf.matmul(weights, blocks[sample]) / 4.0, where, best, answered

    pasted, where, best, answered = in_tiles(answer, batch, tiles, depth)
    canvas = tf.scatter_nd(
        where[:, None], pasted, [batch * canvas_size[0] * canvas_size[1], depth]
    )
    canvas = tf.reshape(canvas, [batch, *canvas_size, depth])
    output = from_blocks(canvas, tf.shape(foreground), rate)
    best = best % b_size[0] * b_size[1] + best // b_size[0]
    best = tf.scatter_nd(answered[:, None], best, [batch * f_size[0] * f_size[1]])
    return output, to_offsets(tf.reshape(best, [batch, *f_size]), f_size[1])


def block_weights(attention, tile, b_size):
    """How much of each background block goes into a tile's blocks of the canvas.

    Args:
      attention: `[tile's queries, Q]`, both column by column.
      tile: `QueryTile`.
      b_size: (rows, columns) of Q.

    Returns:
      `[(width + 1)·(height + 1), …]`, both column by column, the background's blocks
      in their `block_layout`: entries past the last block are padding and undefined.
    """
    x = tf.reshape(attention, [tile.width, tile.height, b_size[1], b_size[0]])
    columns, rows = block_layout(b_size)
    after = [columns - 1 - b_size[1], rows - 1 - b_size[0]]
    x = tf.pad(x, [[1, 3], [1, 0], [1, after[0]], [1, after[1]]])
    length = columns * rows
    beside = (tile.height + 1) * length + rows
    count = (tile.width + 1) * (tile.height + 1)
    x = diagonal_sum(x, length + 1, 2, aligned(count * length + beside))
    x = diagonal_sum(x, beside, 2, count * length)
    return tf.reshape(x, [count, length])


def block_layout(b_size):
    """(columns, rows) in which the background's blocks are laid out, zeros behind.

    There is at least a column more than blocks. With an odd number n of rows, columns
    can be added until columns·n + 1 is a multiple of 16: n⁴ is 1 modulo 16.
    """
    rows = (b_size[0] + 1) // 2 * 2 + 1
    columns = b_size[1] + 2
    return congruent(columns, -(rows**3)), rows


def in_tiles(answer, batch, tiles, depth):
    """`answer` of all samples and tiles, one at a time.

    Args:
      answer: (sample, `QueryTile`) → (`[m, depth]` float32, `[m]`, `[n]`, `[n]` int32).
      batch: how many samples.
      tiles: `[T, 4]` int32, at least one.
      depth: static.

    Returns:
      the answers, joined.
    """
    count = batch * tf.shape(tiles)[0]

    def step(i, *found):
        tile = QueryTile(*tf.unstack(tiles[i % tf.shape(tiles)[0]]))
        answers = answer(i // tf.shape(tiles)[0], tile)
        return i + 1, *(array.write(i, x) for array, x in zip(found, answers))

    def collector(dtype, *shape):
        return tf.TensorArray(dtype, count, infer_shape=False, element_shape=shape)

    collectors = (
        collector(tf.float32, None, depth),
        *(collector(tf.int32, None) for _ in range(3)),
    )
    _, *found = tf.while_loop(
        lambda i, *_: i < count, step, (0, *collectors), parallel_iterations=1
    )
    return tuple(array.concat() for array in found)

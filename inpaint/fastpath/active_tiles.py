"""Runs trailing layers on active tiles only: those with a required output pixel.

Around thin strokes most of a bounding box is not required. The required mask is
propagated back through each layer's receptive field. A tile's input, a window, is
gathered from the tiles of the layer before; the last layer's tiles are scattered into
a picture.

These are the sparse blocks of "SBNet: Sparse Blocks Network for Fast Inference" (Ren,
Pokrovsky, Yang, Urtasun, CVPR 2018, arXiv 1801.02108): gather, convolve, scatter.
Without tiles a fill of 512×680 pixels (bundled width, one thread) went from 1.19 to
1.45, 0.59 to 0.66 and 0.62 to 0.69 s with the masks of the release's three examples,
from 1.40 to 1.45 s with scratches of 3 pixels, and stayed as it was with a box.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from inpaint.tensors import mirror_indices

SIDE = 32  # picture pixels, of a tile
GATHER_OVERHEAD = 1.25  # time of a multiply-add in gathered windows, to one outside


class TrailingLayers(NamedTuple):
    """Layers of stride 1, computed where their output is required.

    `scale_out` is the number of picture pixels in a pixel of the output.
    """

    layers: Any
    scale_out: int

    def __call__(self, x, required):
        """The layers' output, exact where it is required.

        Args:
          x: `[B, h, w, C]`.
          required: `[B or 1, H, W, 1]` float, 1 where the output is required.

        Returns:
          `[B, H, W, F]`; 0 outside active tiles where these are less than all of it.
        """
        batch = tf.shape(x)[0]
        _, height, width, _ = tf.unstack(tf.shape(required))
        side = SIDE // self.scale_out
        margins = [[0, 0], [0, -height % side], [0, -width % side], [0, 0]]
        required = tf.pad(required + tf.zeros([batch, 1, 1, 1]), margins)
        tiles, costs = [], []
        for layer in reversed(self.layers):
            tiles.insert(0, ActiveTiles.holding(required, side))
            costs.insert(0, float(layer.multiply_adds * side**2))
            required, side = required_inputs(layer, required), side // layer.scale
        listed = tf.cast(tf.stack([each.count for each in tiles]), tf.float32)
        some = tf.reduce_sum(listed * costs)
        all_of_it = tf.cast(tf.size(tiles[0].slots), tf.float32) * sum(costs)
        shape = [batch, height, width, self.layers[-1].output_channels]
        return tf.cond(
            some > 0,
            lambda: tf.cond(
                some * GATHER_OVERHEAD < all_of_it,
                lambda: self._in_tiles(x, tiles),
                lambda: self._whole(x),
            ),
            lambda: tf.zeros(shape, self.layers[-1].compute_dtype),
        )

    def _whole(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def _in_tiles(self, x, tiles):
        x = tf.cast(x, self.layers[0].compute_dtype)
        size = tf.shape(x)[1:3]
        pixels, rows = tf.reshape(x, [-1, x.shape[-1]]), row_of_picture(size)
        for layer, here in zip(self.layers, tiles):
            read = here.windows(layer, size, rows, tf.shape(pixels)[0])
            windows = tf.gather(tf.pad(pixels, [[0, 1], [0, 0]]), read)
            pixels = tf.reshape(layer.call_valid(windows), [-1, layer.output_channels])
            size, rows = size * layer.scale, here.row
        return tiles[-1].picture(pixels, size)


class ActiveTiles(NamedTuple):
    """Tiles of a batch of pictures that are computed.

    Fields:
      side: int, in pixels.
      listed: `[T, 3]` int32, sample, row and column of tiles.
      count: T.
      slots: `[B, rows, columns]` int32, a tile's index in `listed`; T for none.
    """

    side: int
    listed: Any
    count: Any
    slots: Any

    @classmethod
    def holding(cls, required, side):
        """The tiles with a required pixel.

        Args:
          required: `[B, H, W, 1]`, 1 where one is; H and W multiples of `side`.
        """
        active = tf.squeeze(tf.nn.max_pool2d(required, side, side, "VALID"), 3)
        listed = tf.cast(tf.where(active > 0.5), tf.int32)
        count = tf.shape(listed)[0]
        slots = tf.fill(tf.shape(active), count)
        slots = tf.tensor_scatter_nd_update(slots, listed, tf.range(count))
        return cls(side, listed, count, slots)

    def row(self, sample, y, x):
        """Pixels' rows in the list `[T·side², C]` of the tiles' pixels; no less than
        T·side² where there is no tile."""
        _, rows, columns = tf.unstack(tf.shape(self.slots))
        tile = (sample * rows + y // self.side) * columns + x // self.side
        slot = tf.gather(tf.reshape(self.slots, [-1]), tile)
        return slot * self.side**2 + y % self.side * self.side + x % self.side

    def windows(self, layer, size, row, none):
        """Indices of the input windows of a layer's tiles: `[T, side', side']` int32.

        Args:
          layer: see `TrailingLayers`.
          size: `[2]` int32, (rows, columns) of its input.
          row: (sample, y, x) → where in a list of pixels the input's are.
          none: the index of zeros in that list.
        """
        first, last = layer.input_range(0, self.side - 1)
        sample, tile_row, tile_column = tf.unstack(self.listed, axis=1)
        positions, within = [], []
        for length, tile in zip(tf.unstack(size), (tile_row, tile_column)):
            start = tile * (self.side // layer.scale)
            position = tf.expand_dims(start, 1) + tf.range(first, last + 1)
            if layer.padding == "same":
                within.append((position >= 0) & (position < length))
                position = tf.clip_by_value(position, 0, length - 1)
            else:
                position = tf.minimum(position, length - 1 + last)
                mirrored = mirror_indices(
                    -first, length, last, layer.padding == "symmetric"
                )
                position = tf.gather(mirrored, position - first)
            positions.append(position)

        def down_and_along(down, along):
            return tf.expand_dims(down, 2), tf.expand_dims(along, 1)

        sample = tf.reshape(sample, [-1, 1, 1])
        found = tf.minimum(row(sample, *down_and_along(*positions)), none)
        if within:
            down, along = down_and_along(*within)
            found = tf.where(down & along, found, none)
        return found

    def picture(self, pixels, size):
        """`[B, H, W, C]` of the tiles' pixels, zeros elsewhere; `size` is (H, W)."""
        channels = pixels.shape[-1]
        batch, rows, columns = tf.unstack(tf.shape(self.slots))
        x = tf.scatter_nd(
            self.listed,
            tf.reshape(pixels, [-1, self.side**2 * channels]),
            [batch, rows, columns, self.side**2 * channels],
        )
        x = tf.reshape(x, [batch, rows, columns, self.side, self.side, channels])
        x = tf.transpose(x, [0, 1, 3, 2, 4, 5])
        x = tf.reshape(x, [batch, rows * self.side, columns * self.side, channels])
        return x[:, : size[0], : size[1]]


def row_of_picture(size):
    """(sample, y, x) → where in flattened pictures of `size` a pixel is."""
    rows, columns = tf.unstack(size)
    return lambda sample, y, x: (sample * rows + y) * columns + x


def required_inputs(layer, required):
    """The receptive field of a layer's required outputs, `[B, h, w, 1]`, or more."""
    first, last = layer.input_range(0, layer.scale - 1)
    reach = max(-first, last)
    if layer.scale > 1:
        required = tf.nn.max_pool2d(required, layer.scale, layer.scale, "SAME")
    return tf.nn.max_pool2d(required, 2 * reach + 1, 1, "SAME")

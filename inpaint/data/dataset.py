"""Checked pictures → endless batches, a tf.data.Dataset; the same bytes every time.

The pictures come in epochs: each is a permutation of the list, drawn from the seed
and the epoch's number. (The original goes through its list in order, again and again,
and asks for lists that were shuffled beforehand. A folder is not shuffled, and a
shuffled list loses nothing by it.) So the picture at a position, counted from the
start of training, follows from the seed alone, and so does its crop: a run goes on
from any position without reading what came before it, several machines share out the
positions, and neither threads nor the stack matter. Seeds go through BLAKE2 and
numpy's RandomState, whose streams are fixed for good.

Pictures are uint8 RGB `[H, W, 3]`, or of one channel and float32. What else a picture
has is uint8 `[H, W, 1]` of 1 and 0: `edges`, 1 on an edge, `masks`, 1 in the hole,
`valid`, 1 where it is known.
"""

import contextlib
import functools
import hashlib

import numpy as np
import tensorflow as tf

from inpaint.data import readers
from inpaint.errors import InputError
from inpaint.pictures.framing import CENTRE, read_framed
from inpaint.pictures.images import MAX_PIXELS

# A critic's and a generator's: a training step's worth is ready beforehand.
_BATCHES_AHEAD = 2


class Unreadable:
    """Pictures that prove broken while they are read, and what is done about them.

    Args:
      skip: whether the next picture in the order stands in for a broken one;
        otherwise a dataset ends before the batch that needs it.

    Attributes:
      skipped: for each picture skipped so far, its path: what is wrong. Datasets read
        ahead, so its batch may be yet to come.
    """

    def __init__(self, skip=False):
        self.skip = skip
        self.skipped = {}
        self._ends = {}  # position: error

    @contextlib.contextmanager
    def passed_over(self, path):
        """A context for reading a picture: its InputError is noted, or raised on."""
        try:
            yield
        except InputError as error:
            if not self.skip:
                raise
            self.skipped[path] = str(error)

    def end(self, position, error):
        """Note why a dataset ends at a position."""
        self._ends[position] = error

    @contextlib.contextmanager
    def raised(self):
        """A context for taking batches: the end of a dataset is its InputError.

        Without it, the end is a StopIteration or one of TensorFlow's errors, which
        cannot name the file.
        """
        try:
            yield
        except (StopIteration, tf.errors.OpError):
            if not self._ends:
                raise
            # A list first: readers of later positions may still be adding to it.
            raise self._ends[min(list(self._ends))] from None


def epoch_order(count, seed, epoch):
    """The order of an epoch's pictures: int64 `[count]`, a permutation."""
    key = np.frombuffer(_digest("order", seed, epoch), dtype="<u4")
    return np.random.RandomState(key).permutation(count)


def training_dataset(
    pictures,
    *,
    size,
    batch_size,
    seed,
    random_crop,
    edge_threshold,
    threads,
    start=0,
    shard=(0, 1),
    unreadable=None,
    max_pixels=MAX_PIXELS,
    mask_threshold=0.5,
    value_range=None,
):
    """The batches of a training, without end.

    With `shard=(i, n)` batch b is the i-th of n parts of the b-th batch of
    n·batch_size pictures: n such datasets together read what one with the n-fold
    batch_size does.

    Args:
      pictures: flists.Pictures.
      size: (height, width) of the batches' pictures.
      batch_size: pictures in a batch of this dataset.
      seed: int.
      random_crop: cut `size` out at random, after scaling up (bilinear) a picture that
        is smaller; False: resize (bilinear) to it. Edges go the same way.
      edge_threshold: in [0, 1]; edges are where channel 0 / 255 is above it.
      threads: pictures read at the same time.
      start: number of the first batch, from 0.
      shard: (i, n) with 0 ≤ i < n.
      unreadable: Unreadable; take batches inside its `raised()`.
      max_pixels: of a file; one of more is broken.
      mask_threshold: in [0, 1], of the pictures' own masks.
      value_range: see `framing.read_framed`.

    Returns:
      tf.data.Dataset of dicts: `images`, uint8 RGB `[batch_size, height, width, 3]`, or
      with a value range float32 levels `[batch_size, height, width, 1]`, and, if the
      pictures have them, `edges`, `masks` and `valid`, uint8
      `[batch_size, height, width, 1]` in {0, 1}.
    """
    unreadable = unreadable or Unreadable()
    framed = _reader(
        pictures, size, edge_threshold, max_pixels, mask_threshold, value_range
    )
    count, like = len(pictures), _like(pictures, size, value_range)
    order = functools.lru_cache(maxsize=2)(functools.partial(epoch_order, count, seed))

    def read(position):
        """The example at a position, or the next that can be read."""
        corner = _random_corner(seed, position, count) if random_crop else None
        # Wherever they begin, this many positions hold one whole epoch.
        for candidate in range(position, position + 2 * count):
            epoch, index = divmod(candidate, count)
            picture = order(epoch)[index]
            with unreadable.passed_over(pictures.images[picture]):
                return framed(picture, corner)
        raise InputError(f"none of {count} pictures can be read")

    def read_element(number):
        batch, row = divmod(int(number), batch_size)
        position = (batch * shard[1] + shard[0]) * batch_size + row
        with readers.inside():
            try:
                if not readers.have_to_leave():
                    example = read(position)
                    return (True, *(example[name] for name in like))
            except InputError as error:
                unreadable.end(position, error)
            return (False, *like.values())

    def element(number):
        types = [tf.bool, *(value.dtype for value in like.values())]
        # Stateful, it would run in one thread wherever deterministic ops are asked for.
        is_read, *arrays = tf.numpy_function(
            read_element, [number], types, stateful=False
        )
        return tf.ensure_shape(is_read, []), {
            name: tf.ensure_shape(array, value.shape)
            for array, (name, value) in zip(arrays, like.items())
        }

    options = tf.data.Options()
    options.threading.private_threadpool_size = threads  # else one for each core
    # Nothing is left to tune, and the thread that would do it holds up the program's
    # end, by up to a minute.
    options.autotune.enabled = False
    return (
        tf.data.Dataset.counter(start * batch_size)
        .map(element, num_parallel_calls=threads, deterministic=True)
        # Ends the dataset: an exception in there would print a traceback.
        .take_while(lambda is_read, _: is_read)
        .map(lambda _, example: example)
        .batch(batch_size, drop_remainder=True)
        # So that no strategy prepares for workers that run out of data; an end comes
        # as an error then, for all.
        .apply(tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY))
        .prefetch(_BATCHES_AHEAD)
        .with_options(options)
    )


def validation_images(
    pictures,
    count,
    *,
    size,
    random_crop,
    edge_threshold,
    unreadable=None,
    max_pixels=MAX_PIXELS,
    mask_threshold=0.5,
    value_range=None,
):
    """The first pictures of a list, in its order, as training would see them.

    Args:
      pictures: flists.Pictures.
      count: how many; all, if there are fewer.
      size, random_crop, edge_threshold, unreadable, max_pixels, mask_threshold,
        value_range: as in `training_dataset`, but the crop is the picture's middle.

    Returns:
      dict of numpy arrays: `images`, uint8 RGB `[N, height, width, 3]`, and, if the
      pictures have them, `edges`, `masks` and `valid`, uint8 `[N, height, width, 1]` in
      {0, 1}.

    Raises:
      InputError: a picture is broken and `unreadable` says not to skip any.
    """
    unreadable = unreadable or Unreadable()
    framed = _reader(
        pictures, size, edge_threshold, max_pixels, mask_threshold, value_range
    )
    corner = CENTRE if random_crop else None
    examples = []
    for picture in range(len(pictures)):
        if len(examples) == count:
            break
        with unreadable.passed_over(pictures.images[picture]):
            examples.append(framed(picture, corner))
    return {
        name: np.reshape(
            [example[name] for example in examples], [len(examples), *value.shape]
        ).astype(value.dtype)
        for name, value in _like(pictures, size, value_range).items()
    }


def _reader(pictures, size, edge_threshold, max_pixels, mask_threshold, value_range):
    """A function of (a picture's number, a corner) that reads it by `read_framed`."""

    def framed(picture, corner):
        return read_framed(
            *pictures.paths(picture),
            size,
            corner,
            edge_threshold,
            max_pixels,
            mask_threshold=mask_threshold,
            value_range=value_range,
            **pictures.beside(picture),
        )

    return framed


def _like(pictures, size, value_range):
    """What an example is, of zeros."""
    like = {"images": np.zeros((*size, 3), np.uint8)}
    if value_range is not None:
        like["images"] = np.zeros((*size, 1), np.float32)
    for name in ("edges", "masks", "valid"):
        if getattr(pictures, name) is not None:
            like[name] = np.zeros((*size, 1), np.uint8)
    return like


def _random_corner(seed, position, count):
    digest = _digest("crop", seed, *divmod(position, count))
    # 48 bits: a float64 holds them exactly, and below 1.
    return tuple(int.from_bytes(digest[i : i + 6], "little") / 2**48 for i in (0, 6))


def _digest(*key):
    return hashlib.blake2b(" ".join(map(str, key)).encode()).digest()

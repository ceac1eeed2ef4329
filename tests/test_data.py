"""The pipeline: which pictures come when, and what happens at a broken one.

Pictures are of one colour each, their number in the list, unless pixels matter.
"""

import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from inpaint.data import (
    Unreadable,
    epoch_order,
    training_dataset,
    validation_images,
)
from inpaint.data import dataset as dataset_module
from inpaint.errors import InputError
from inpaint.pictures.lists import Pictures

ROOT = Path(__file__).resolve().parent.parent
WHOLE = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()


def coloured(folder, count):
    """Pictures of one colour each: their number."""
    paths = [str(folder / f"{number}.png") for number in range(count)]
    for number, path in enumerate(paths):
        cv2.imwrite(path, np.full((5, 6, 3), number, np.uint8))
    return Pictures(paths)


def photographs(folder, count, guided=False):
    """Noise of several shapes, some too small for the crops here; edges where ≥ 128."""
    random = np.random.RandomState(0)
    paths, edges = [], []
    for number in range(count):
        shape = [(20, 30), (40, 24), (11, 9), (16, 16)][number % 4]
        levels = random.choice([0, 255], shape).astype(np.uint8)
        paths.append(str(folder / f"{number}.png"))
        edges.append(str(folder / f"{number}_edge.png"))
        cv2.imwrite(paths[-1], levels)
        cv2.imwrite(edges[-1], levels)
    return Pictures(paths, edges if guided else None)


def break_one(pictures, number):
    Path(pictures.images[number]).write_bytes(WHOLE[:-20])


def dataset(pictures, **settings):
    standard = {
        "size": (8, 8),
        "batch_size": 4,
        "seed": 1,
        "random_crop": False,
        "edge_threshold": 0.5,
        "threads": 2,
    }
    return training_dataset(pictures, **{**standard, **settings})


def batches(pictures, count, **settings):
    taken = itertools.islice(dataset(pictures, **settings).as_numpy_iterator(), count)
    return [batch["images"] for batch in taken]


def numbers(pictures, count, **settings):
    """Which pictures the first batches hold."""
    found = np.concatenate(batches(pictures, count, **settings))
    assert (found == found[:, :1, :1, :1]).all()
    return found[:, 0, 0, 0].tolist()


class TestOrder:
    def test_it_is_pinned(self):
        assert epoch_order(8, seed=1, epoch=0).tolist() == [7, 4, 2, 0, 1, 3, 5, 6]
        assert epoch_order(8, seed=1, epoch=1).tolist() == [1, 3, 0, 4, 5, 2, 6, 7]

    @pytest.mark.parametrize("seed", [0, 1, -1, 2**70])
    def test_every_epoch_is_another_permutation(self, seed):
        orders = [epoch_order(50, seed, epoch).tolist() for epoch in range(5)]
        assert all(sorted(order) == list(range(50)) for order in orders)
        assert len({tuple(order) for order in orders}) == 5

    def test_it_follows_from_the_seed(self):
        first, again = (epoch_order(50, 3, 2).tolist() for _ in range(2))
        assert first == again
        assert first != epoch_order(50, 4, 2).tolist()

    def test_the_batches_follow_it_over_epochs(self, tmp_path):
        pictures = coloured(tmp_path, 6)
        expected = [int(i) for e in range(4) for i in epoch_order(6, 1, e)]
        assert numbers(pictures, 6) == expected

    def test_one_picture_fills_a_batch(self, tmp_path):
        (batch,) = batches(coloured(tmp_path, 1), 1, batch_size=16)
        assert batch.shape == (16, 8, 8, 3)


class TestPosition:
    """Whatever the start, the threads and the shards, a position is one example."""

    @pytest.mark.parametrize("start", [1, 5, 12])
    def test_a_later_start_goes_on_bit_for_bit(self, tmp_path, start):
        pictures = photographs(tmp_path, 7)
        from_the_start = batches(pictures, start + 3, random_crop=True)
        resumed = batches(pictures, 3, random_crop=True, start=start)
        np.testing.assert_array_equal(resumed, from_the_start[start:])

    def test_nothing_before_the_start_is_read(self, tmp_path):
        pictures = coloured(tmp_path, 40)
        for number in epoch_order(40, 1, 0)[:20]:
            os.remove(pictures.images[number])
        found = numbers(pictures, 2, start=5)
        assert found == epoch_order(40, 1, 0)[20:28].tolist()

    def test_a_far_start_is_reached_at_once(self, tmp_path):
        expected = epoch_order(3, 1, 10**12).tolist()
        start = 3 * 10**12
        assert numbers(coloured(tmp_path, 3), 3, start=start, batch_size=1) == expected

    @pytest.mark.parametrize("threads", [1, 3, 16])
    def test_threads_do_not_matter(self, tmp_path, threads):
        pictures = photographs(tmp_path, 7)
        expected = batches(pictures, 6, random_crop=True, threads=2)
        found = batches(pictures, 6, random_crop=True, threads=threads)
        np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize("shards", [2, 3])
    def test_shards_together_read_what_one_reads(self, tmp_path, shards):
        pictures = photographs(tmp_path, 7)
        whole = batches(pictures, 4, random_crop=True, batch_size=2 * shards, start=1)
        parts = [
            batches(
                pictures, 4, random_crop=True, batch_size=2, start=1, shard=(i, shards)
            )
            for i in range(shards)
        ]
        for batch, *shares in zip(whole, *parts):
            np.testing.assert_array_equal(np.concatenate(shares), batch)

    def test_the_bytes_are_pinned(self, tmp_path):
        levels = np.arange(120, dtype=np.uint8).reshape(10, 12)
        cv2.imwrite(str(tmp_path / "a.png"), levels)
        pictures = Pictures([str(tmp_path / "a.png")])
        (batch,) = batches(pictures, 1, random_crop=True)
        corners = [divmod(int(image[0, 0, 0]), 12) for image in batch]
        assert corners == [(2, 4), (0, 0), (0, 0), (0, 3)]
        for image, (top, left) in zip(batch, corners):
            expected = levels[top : top + 8, left : left + 8]
            np.testing.assert_array_equal(image[..., 1], expected)

    def test_crops_vary_over_all_places(self, tmp_path):
        levels = np.arange(9 * 10, dtype=np.uint8).reshape(9, 10)
        cv2.imwrite(str(tmp_path / "a.png"), levels)
        pictures = Pictures([str(tmp_path / "a.png")])
        (batch,) = batches(pictures, 1, random_crop=True, batch_size=120)
        corners, counts = np.unique(batch[:, 0, 0, 0], return_counts=True)
        assert corners.tolist() == [0, 1, 2, 10, 11, 12]
        assert counts.min() > 8  # 20 on average, with a deviation of 4


class TestElements:
    def test_shapes_and_types_are_fixed_and_there_is_no_end(self, tmp_path):
        found = dataset(coloured(tmp_path, 3), size=(8, 16))
        assert found.element_spec == {"images": tf.TensorSpec((4, 8, 16, 3), tf.uint8)}
        assert found.cardinality() == tf.data.INFINITE_CARDINALITY

    def test_pictures_are_rgb(self, tmp_path):
        cv2.imwrite(str(tmp_path / "a.png"), np.full((8, 8, 3), (1, 2, 3), np.uint8))
        (batch,) = batches(Pictures([str(tmp_path / "a.png")]), 1)
        assert batch[0, 0, 0].tolist() == [3, 2, 1]

    @pytest.mark.parametrize("random_crop", [False, True])
    def test_edges_stay_on_their_pictures(self, tmp_path, random_crop):
        pictures = photographs(tmp_path, 7, guided=True)
        found = dataset(pictures, random_crop=random_crop)
        spec = tf.TensorSpec((4, 8, 8, 1), tf.uint8)
        assert found.element_spec["edges"] == spec
        for batch in itertools.islice(found.as_numpy_iterator(), 5):
            expected = batch["images"][..., :1] > 127.5
            np.testing.assert_array_equal(batch["edges"], expected)

    def test_it_can_be_zipped_with_masks(self, tmp_path):
        masks = tf.data.Dataset.counter().map(lambda i: tf.fill([1, 8, 8, 1], i))
        both = tf.data.Dataset.zip((dataset(coloured(tmp_path, 3)), masks))
        assert both.cardinality() == tf.data.INFINITE_CARDINALITY
        for number, (batch, mask) in enumerate(both.take(3).as_numpy_iterator()):
            assert batch["images"].shape == (4, 8, 8, 3)
            assert mask.max() == number

    def test_pictures_are_read_at_the_same_time(self, tmp_path, monkeypatch):
        together = threading.Barrier(3, timeout=20)
        read_framed, waits = dataset_module.read_framed, iter([True] * 6)

        def wait_for_the_others(*arguments, **options):
            if next(waits, False):  # of the two batches, not what is read ahead
                together.wait()
            return read_framed(*arguments, **options)

        monkeypatch.setattr(dataset_module, "read_framed", wait_for_the_others)
        assert len(batches(coloured(tmp_path, 3), 2, batch_size=3, threads=3)) == 2


class TestBrokenPictures:
    @pytest.fixture
    def pictures(self, tmp_path):
        return coloured(tmp_path, 12)

    def broken_at(self, pictures, *positions):
        """Break the pictures at these positions of epoch 0; their numbers."""
        broken = epoch_order(12, 1, 0)[list(positions)].tolist()
        for number in broken:
            break_one(pictures, number)
        return broken

    def test_the_first_that_is_needed_is_the_error(self, pictures):
        first, _ = self.broken_at(pictures, 6, 7)
        unreadable = Unreadable()
        iterator = iter(dataset(pictures, unreadable=unreadable))
        with unreadable.raised():
            next(iterator)  # positions 0 to 3
        with pytest.raises(InputError) as caught, unreadable.raised():
            next(iterator)
        assert str(caught.value).startswith(
            f"{pictures.images[first]}: expected a whole"
        )
        assert "\n" not in str(caught.value)
        assert caught.value.__suppress_context__
        assert unreadable.skipped == {}

    def test_it_is_the_error_of_a_loop_inside_a_graph(self, pictures):
        (broken,) = self.broken_at(pictures, 6)
        unreadable = Unreadable()
        iterator = iter(dataset(pictures, unreadable=unreadable))

        @tf.function
        def sums(iterator, count):
            total = 0
            for _ in tf.range(count):
                total += tf.reduce_sum(tf.cast(next(iterator)["images"], tf.int32))
            return total

        message = rf"/{broken}\.png: .* truncated"
        with pytest.raises(InputError, match=message), unreadable.raised():
            sums(iterator, 3)

    def test_broken_edges_are_named(self, tmp_path):
        pictures = photographs(tmp_path, 1, guided=True)
        os.remove(pictures.edges[0])
        unreadable = Unreadable()
        iterator = iter(dataset(pictures, unreadable=unreadable))
        with pytest.raises(InputError, match=r"0_edge\.png: "), unreadable.raised():
            next(iterator)

    @pytest.mark.parametrize("error", [StopIteration, tf.errors.AbortedError])
    def test_other_errors_are_not_hidden(self, error):
        arguments = () if error is StopIteration else (None, None, "lost")
        with pytest.raises(error), Unreadable().raised():
            raise error(*arguments)

    def test_the_next_in_the_order_stands_in(self, pictures):
        order = epoch_order(12, 1, 0).tolist()
        broken = self.broken_at(pictures, 2, 6, 7)
        unreadable = Unreadable(skip=True)
        with unreadable.raised():
            found = numbers(pictures, 3, unreadable=unreadable)
        expected = list(order)
        expected[2], expected[6], expected[7] = order[3], order[8], order[8]
        assert found == expected
        paths = {pictures.images[number] for number in broken}
        assert set(unreadable.skipped) == paths
        for path, message in unreadable.skipped.items():
            assert message.startswith(f"{path}: expected a whole image file")

    def test_the_last_of_an_epoch_is_followed_by_the_next_epoch(self, pictures):
        self.broken_at(pictures, 11)
        found = numbers(pictures, 3, unreadable=Unreadable(skip=True))
        assert found[11] == next(
            number
            for number in epoch_order(12, 1, 1)
            if number != epoch_order(12, 1, 0)[11]
        )

    def test_skipping_is_the_same_from_any_start(self, pictures):
        self.broken_at(pictures, 2, 6, 7)
        settings = {"random_crop": True, "size": (3, 3)}
        whole = batches(pictures, 6, unreadable=Unreadable(skip=True), **settings)
        rest = batches(
            pictures, 4, start=2, unreadable=Unreadable(skip=True), **settings
        )
        np.testing.assert_array_equal(rest, whole[2:])

    def test_the_one_that_is_left_fills_everything(self, pictures):
        self.broken_at(pictures, *range(11))
        unreadable = Unreadable(skip=True)
        found = numbers(pictures, 6, unreadable=unreadable)
        assert set(found) == {epoch_order(12, 1, 0)[11]}
        assert len(unreadable.skipped) == 11

    def test_one_has_to_be_left(self, pictures):
        self.broken_at(pictures, *range(12))
        unreadable = Unreadable(skip=True)
        iterator = iter(dataset(pictures, unreadable=unreadable))
        with pytest.raises(InputError) as caught, unreadable.raised():
            next(iterator)
        assert str(caught.value) == "none of 12 pictures can be read"


class TestValidation:
    def validate(self, pictures, count, size=(8, 8), random_crop=False, **settings):
        return validation_images(
            pictures,
            count,
            size=size,
            random_crop=random_crop,
            edge_threshold=0.5,
            **settings,
        )

    @pytest.mark.parametrize(("count", "expected"), [(3, 3), (6, 6), (30, 6), (0, 0)])
    def test_the_first_come_in_the_list_s_order(self, tmp_path, count, expected):
        found = self.validate(coloured(tmp_path, 6), count)
        assert list(found) == ["images"]
        assert found["images"].shape == (expected, 8, 8, 3)
        assert found["images"].dtype == np.uint8
        assert found["images"][:, 0, 0, 0].tolist() == list(range(expected))

    def test_the_crop_is_the_middle(self, tmp_path):
        levels = np.arange(10 * 12, dtype=np.uint8).reshape(10, 12)
        cv2.imwrite(str(tmp_path / "a.png"), levels)
        pictures = Pictures([str(tmp_path / "a.png")])
        found = self.validate(pictures, 1, size=(4, 6), random_crop=True)
        np.testing.assert_array_equal(found["images"][0, ..., 0], levels[3:7, 3:9])

    def test_edges_come_with_them(self, tmp_path):
        found = self.validate(photographs(tmp_path, 3, guided=True), 2)
        assert found["edges"].shape == (2, 8, 8, 1)
        assert found["edges"].dtype == np.uint8
        expected = found["images"][..., :1] > 127.5
        np.testing.assert_array_equal(found["edges"], expected)

    def test_a_broken_one_is_an_error_or_skipped(self, tmp_path):
        pictures = coloured(tmp_path, 4)
        break_one(pictures, 1)
        with pytest.raises(InputError, match=r"/1\.png: .* truncated"):
            self.validate(pictures, 3)
        unreadable = Unreadable(skip=True)
        found = self.validate(pictures, 3, unreadable=unreadable)
        assert found["images"][:, 0, 0, 0].tolist() == [0, 2, 3]
        assert list(unreadable.skipped) == [pictures.images[1]]


REPLICAS = """
import sys
import tensorflow as tf
from inpaint.data import Unreadable, training_dataset
from inpaint.errors import InputError
from inpaint.pictures.lists import find_pictures

cpu = tf.config.list_physical_devices("CPU")[0]
devices = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, devices)
tf.config.experimental.enable_op_determinism()
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
unreadable = Unreadable()


def pipeline(context):
    return training_dataset(
        find_pictures(sys.argv[1]), size=(8, 8), batch_size=2, seed=1,
        random_crop=False, edge_threshold=0.5, threads=2, unreadable=unreadable,
        shard=(context.input_pipeline_id, context.num_input_pipelines),
    )


@tf.function
def step(iterator):
    first_pixels = lambda batch: batch["images"][:, 0, 0, 0]
    found = strategy.run(first_pixels, (next(iterator),))
    return tf.concat(strategy.experimental_local_results(found), 0)


iterator = iter(strategy.distribute_datasets_from_function(pipeline))
try:
    with unreadable.raised():
        while True:
            print(*step(iterator).numpy())
except InputError as error:
    print(error)
"""


def test_replicas_share_the_batches_and_stop_at_a_broken_picture(tmp_path):
    pictures = coloured(tmp_path, 10)
    order = epoch_order(10, 1, 0).tolist()
    break_one(pictures, order[9])
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS, tmp_path],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    first, second, error = done.stdout.splitlines()
    assert [int(number) for number in (first + " " + second).split()] == order[:8]
    assert error.startswith(f"{pictures.images[order[9]]}: expected a whole image file")
    assert "Traceback" not in done.stderr


LEFT_READING = """
import sys
from inpaint.data import training_dataset
from inpaint.pictures.lists import find_pictures

dataset = training_dataset(
    find_pictures(sys.argv[1]), size=(256, 256), batch_size=4, seed=1,
    random_crop=True, edge_threshold=0.5, threads=4,
)
iterators = [iter(dataset) for _ in range(3)]
for iterator in iterators:
    next(iterator)
sys.exit(3)
"""


def test_a_program_can_end_while_pictures_are_read(tmp_path):
    large = np.random.RandomState(0).randint(0, 256, (1500, 1500, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.jpg"), large)
    done = subprocess.run(
        [sys.executable, "-c", LEFT_READING, tmp_path], cwd=ROOT, timeout=120
    )
    assert done.returncode == 3

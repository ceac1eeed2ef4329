"""Inpainter: every form of picture and mask, every size, batches, threads."""

import threading
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from small_inpainter import (
    assert_same_levels,
    box,
    expected_details,
    picture,
    small_generator,
)
from toy_paper import ToyGenerator

from inpaint import Inpainter, checkpoints
from inpaint.errors import InputError, MaskWarning

Image = pytest.importorskip("PIL.Image")

HEIGHT, WIDTH = 24, 32


@pytest.fixture(scope="module")
def inpainter():
    return Inpainter(small_generator())


@pytest.fixture(scope="module")
def guided():
    return Inpainter(small_generator(guided=True))


def grey(rgb):
    """ITU-R BT.601, as OpenCV has it."""
    return np.round(rgb @ [0.299, 0.587, 0.114]).astype(np.uint8)


# Sizes

SIZES = [(1, 1), (1, 9), (9, 1), (2, 3), (7, 8), (8, 8), (17, 23), (40, 33), (64, 72)]


@pytest.mark.parametrize("size", SIZES)
def test_every_size(inpainter, size):
    image, hole = picture(*size, 3), box(*size)
    completed = inpainter(image, hole)
    expected, *_ = expected_details(inpainter.generator, image, hole)
    assert_same_levels(completed, expected)
    np.testing.assert_array_equal(completed[~hole], image[~hole])


def test_one_graph_for_all_sizes(inpainter):
    for size in SIZES:
        for batch in (1, 2):
            image, hole = picture(batch, *size, 3), box(*size)
            inpainter(image, hole)
            inpainter(image, hole, return_details=True)
    assert inpainter._calls.fill.graph.experimental_get_tracing_count() == 1
    assert inpainter._calls.fill_in_detail.graph.experimental_get_tracing_count() == 1


def test_all_hole(inpainter):
    image, hole = picture(17, 23, 3), np.ones((17, 23), bool)
    completed = inpainter(image, hole)
    assert_same_levels(completed, expected_details(inpainter.generator, image, hole)[0])
    black = inpainter(np.zeros_like(image), hole)
    np.testing.assert_array_equal(completed, black)  # nothing of the image is seen


@pytest.mark.parametrize("padding", ["same", "symmetric", "reflect"])
def test_every_padding(padding):
    inpainter = Inpainter(small_generator(padding=padding))
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    expected, *_ = expected_details(inpainter.generator, image, hole)
    assert_same_levels(inpainter(image, hole), expected)


# Forms of pictures


def test_colours_and_alpha(inpainter):
    image, hole = picture(HEIGHT, WIDTH, 4), box(HEIGHT, WIDTH)
    completed = inpainter(image, hole)
    np.testing.assert_array_equal(completed[..., 3], image[..., 3])
    np.testing.assert_array_equal(completed[..., :3], inpainter(image[..., :3], hole))


def test_grey(inpainter):
    image, hole = picture(HEIGHT, WIDTH), box(HEIGHT, WIDTH)
    completed = inpainter(image, hole)
    colours = inpainter(np.stack([image] * 3, axis=-1), hole)
    assert_same_levels(completed, np.where(hole, grey(colours), image))
    np.testing.assert_array_equal(completed[~hole], image[~hole])
    np.testing.assert_array_equal(
        inpainter(image[..., None], hole), completed[..., None]
    )


@pytest.mark.parametrize("channels", [(1,), (3,), (4,)])
def test_batch_equals_single_runs(inpainter, channels):
    images = picture(3, 17, 23, *channels)
    holes = np.stack(
        [box(17, 23, top, left) for top, left in ((0, 0), (0.5, 0.5), (0.2, 0.4))]
    )
    completed = inpainter(images, holes)
    for i in range(3):
        assert_same_levels(completed[i], inpainter(images[i], holes[i]))


def test_batch_of_one(inpainter):
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    np.testing.assert_array_equal(
        inpainter(image[None], hole)[0], inpainter(image, hole)
    )


def test_one_mask_for_all(inpainter):
    images, hole = picture(3, 17, 23, 3), box(17, 23)
    completed = inpainter(images, hole)
    for form in (
        hole[None],
        hole[..., None],
        hole[None, ..., None],
        np.stack([hole] * 3),
    ):
        assert_same_levels(inpainter(images, form), completed)


def test_any_layout_in_memory(inpainter):
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    expected = inpainter(image, hole)
    for form in (
        np.asfortranarray(image),
        np.ascontiguousarray(image[::-1])[::-1],
        np.dstack([image, image])[..., :3],
    ):
        np.testing.assert_array_equal(
            inpainter(form, np.asfortranarray(hole)), expected
        )


def test_arguments_are_left_alone(inpainter):
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH).astype(np.uint8) * 255
    before = image.copy(), hole.copy()
    image.flags.writeable = hole.flags.writeable = False
    completed = inpainter(image, hole)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(hole, before[1])
    completed[:] = 0  # the caller's own


# Forms of masks


@pytest.mark.parametrize(
    "form",
    [
        lambda hole: hole[..., None],
        lambda hole: hole[None],
        lambda hole: hole[None, ..., None],
        lambda hole: hole.tolist(),
        *(
            lambda hole, dtype=dtype, top=top: (hole * top).astype(dtype)
            for dtype in (np.uint8, np.int64, np.float32, np.float16, np.float64)
            for top in (1, 255)
        ),
        lambda hole: np.where(hole, 128, 127).astype(np.uint8),
        lambda hole: np.where(hole, 0.501, 0.5),
        lambda hole: np.where(hole, 200, -3),
        lambda hole: np.where(hole, 1.9, 0.4),  # as resizing may leave it
        lambda hole: np.where(hole, 200, 2).astype(np.uint8),
        # Of colours the brightest counts; what is transparent is black.
        lambda hole: np.dstack([hole * 255, 0 * hole, 0 * hole]).astype(np.uint8),
        lambda hole: np.dstack([hole] * 3).astype(np.uint8),
        lambda hole: np.dstack([0 * hole + 255] * 3 + [hole * 255]).astype(np.uint8),
        lambda hole: Image.fromarray(hole),
        lambda hole: Image.fromarray(hole.astype(np.uint8) * 255).convert("P"),
    ],
)
def test_forms_of_masks(inpainter, form):
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    np.testing.assert_array_equal(inpainter(image, form(hole)), inpainter(image, hole))


@pytest.mark.parametrize(
    "mask", [np.zeros((HEIGHT, WIDTH)), np.full((HEIGHT, WIDTH), 127)]
)
def test_no_hole(inpainter, mask):
    image = picture(HEIGHT, WIDTH, 4)
    with pytest.warns(UserWarning, match="the mask has no hole") as caught:
        completed = inpainter(image, mask)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(completed, image)
    assert not np.shares_memory(completed, image)
    with pytest.warns(UserWarning, match="the mask has no hole"):
        details = inpainter(image, mask, return_details=True)
    np.testing.assert_array_equal(details.completed, image)


def test_no_warning_otherwise(inpainter):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inpainter(picture(HEIGHT, WIDTH), box(HEIGHT, WIDTH))


# Details


def test_details(inpainter):
    image, hole = picture(17, 23, 3), box(17, 23)
    details = inpainter(image, hole, return_details=True)
    expected = expected_details(inpainter.generator, image, hole)
    for name, theirs in zip(("completed", "coarse", "refined"), expected):
        assert_same_levels(getattr(details, name), theirs)
    assert list(details.stages) == ["coarse", "refined"]
    assert_same_levels(details.completed, inpainter(image, hole))
    assert details.offsets.shape == (17, 23, 3)
    assert details.offsets.dtype == np.uint8


@pytest.mark.parametrize("batch", [(), (1,), (2,)])
@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_shapes_of_details(inpainter, batch, channels):
    image = picture(*batch, 17, 23, *channels)
    details = inpainter(image, box(17, 23), return_details=True)
    assert details.completed.shape == image.shape
    for picture_of_stage in (*details.stages.values(), details.offsets):
        assert picture_of_stage.shape == (*batch, 17, 23, 3)


# Threads


def test_threads():
    """Four start at once with a fresh Inpainter, pictures of different sizes."""
    inpainter = Inpainter(small_generator())
    tasks = [
        (picture(16 + 5 * i, 20 + 3 * i, 3, seed=i), box(16 + 5 * i, 20 + 3 * i))
        for i in range(4)
    ]
    results, start = {}, threading.Barrier(4)

    def run(i):
        start.wait()
        for turn in range(2):
            results[i, turn] = inpainter(*tasks[i])

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    for i, task in enumerate(tasks):
        serial = inpainter(*task)
        for turn in range(2):
            assert_same_levels(results[i, turn], serial)
        expected, *_ = expected_details(inpainter.generator, *task)
        assert_same_levels(serial, expected)
    assert inpainter._calls.fill.graph.experimental_get_tracing_count() == 1


# The first call


def tracings(inpainter):
    return inpainter._calls.fill.graph.experimental_get_tracing_count()


def test_the_first_call_makes_no_graph_and_agrees_with_it():
    """Of "reflect"; the graph of "same" is that of all sizes above."""
    inpainter = Inpainter(small_generator(padding="reflect"))
    image, hole = picture(2, 45, 70, 3), box(45, 70, share=0.2)
    hole[1, 66] = hole[40, 3] = True
    eager = inpainter(image, hole)
    assert tracings(inpainter) == 0
    graph = inpainter(image, hole)
    assert tracings(inpainter) == 1
    assert_same_levels(graph, eager)
    for completed in (eager, graph):
        np.testing.assert_array_equal(completed[:, ~hole], image[:, ~hole])


def test_trace_makes_the_graph_before_the_first_call():
    inpainter = Inpainter(ToyGenerator())
    inpainter.trace()
    assert tracings(inpainter) == 1
    with mock.patch.object(inpainter._calls.fill, "_function", None):  # the eager way
        inpainter(picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH))
    assert tracings(inpainter) == 1


# Sketches


def sketch(seed=3):
    return np.random.default_rng(seed).random((HEIGHT, WIDTH)) > 0.7


def test_sketch(guided):
    image, hole, edge = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH), sketch()
    completed = guided(image, hole, edge)
    expected, *_ = expected_details(guided.generator, image, hole, edge)
    assert_same_levels(completed, expected)
    assert np.abs(completed.astype(int) - guided(image, hole, ~edge)).max() > 1
    assert_same_levels(guided(image, hole, edge & hole), completed)


@pytest.mark.parametrize(
    "form",
    [
        lambda edge: edge * 255,
        lambda edge: edge.astype(np.float32),
        lambda edge: edge[None, ..., None],
        lambda edge: np.where(edge, 154, 153).astype(np.uint8),  # 0.6 · 255 = 153
        lambda edge: np.where(edge, 0.61, 0.6),
    ],
)
def test_forms_of_sketches(guided, form):
    image, hole, edge = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH), sketch()
    assert_same_levels(guided(image, hole, form(edge)), guided(image, hole, edge))


def test_edge_threshold(guided):
    image, hole, edge = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH), sketch()
    low = Inpainter(guided.generator, edge_threshold=0.2)
    found = low(image, hole, np.where(edge, 52, 51))
    assert_same_levels(found, guided(image, hole, edge))


def test_sketches_for_a_batch(guided):
    images, hole = picture(2, HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    edges = np.stack([sketch(1), sketch(2)])
    completed = guided(images, hole, edges, return_details=True).completed
    for i in range(2):
        assert_same_levels(completed[i], guided(images[i], hole, edges[i]))


def test_sketch_missing_or_one_too_many(inpainter, guided):
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    with pytest.raises(InputError, match="is guided: it needs an edge"):
        guided(image, hole)
    with pytest.raises(InputError, match="is not guided: it takes no edge"):
        inpainter(image, hole, sketch())


# Errors


@pytest.mark.parametrize(
    ("shape", "dtype", "words"),
    [
        (
            (HEIGHT, WIDTH, 3),
            np.float32,
            "expected uint8, 0 … 255, or uint16, got float32: if it is",
        ),
        (
            (HEIGHT, WIDTH, 3),
            bool,
            "image: expected uint8, 0 … 255, or uint16, got bool",
        ),
        ((HEIGHT, WIDTH, 3), np.uint32, "0 … 255, or uint16, got uint32"),
        ((WIDTH,), np.uint8, f"got [{WIDTH}]"),
        ((), np.uint8, "got []"),
        ((0, WIDTH, 3), np.uint8, f"got [0, {WIDTH}, 3]"),
        ((0, HEIGHT, WIDTH, 3), np.uint8, f"got [0, {HEIGHT}, {WIDTH}, 3]"),
        ((2, HEIGHT, WIDTH, 5), np.uint8, f"got [2, {HEIGHT}, {WIDTH}, 5]"),
        ((3, HEIGHT, WIDTH), np.uint8, "its channels first, or three grey ones"),
        ((1, 3, HEIGHT, WIDTH), np.uint8, f"got [1, 3, {HEIGHT}, {WIDTH}]"),
        ((1, 2, HEIGHT, WIDTH, 3), np.uint8, f"got [1, 2, {HEIGHT}, {WIDTH}, 3]"),
    ],
)
def test_pictures_that_are_none(inpainter, shape, dtype, words):
    with pytest.raises(InputError, match=r"^image: ") as caught:
        inpainter(np.zeros(shape, dtype), box(HEIGHT, WIDTH))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((HEIGHT, WIDTH + 1), bool),
        ((WIDTH, HEIGHT), np.uint8),
        ((HEIGHT, WIDTH, 3), bool),
        ((3, HEIGHT, WIDTH), bool),
        ((2, HEIGHT, WIDTH, 2), bool),
        ((), np.uint8),
        ((HEIGHT, WIDTH), complex),
        ((HEIGHT, WIDTH), "U1"),
        ((HEIGHT, WIDTH), object),
    ],
)
@pytest.mark.parametrize("name", ["mask", "edge"])
def test_planes_that_do_not_fit(guided, shape, dtype, name):
    planes = {"mask": box(HEIGHT, WIDTH), "edge": box(HEIGHT, WIDTH)}
    planes[name] = np.zeros(shape, dtype)
    with pytest.raises(InputError) as caught:
        guided(picture(2, HEIGHT, WIDTH, 3), **planes)
    message = str(caught.value)
    assert message.startswith(f"{name}: expected ")
    assert f"2 × {HEIGHT} × {WIDTH} pixels" in message
    assert message.endswith(f"got {np.dtype(dtype)} {list(shape)}")
    assert "\n" not in message


def test_a_path_is_told_what_to_do(inpainter):
    for path in ("photo.png", Path("photo.png")):
        with pytest.raises(InputError, match=r"^image: .*photo.png.*read_image"):
            inpainter(path, box(HEIGHT, WIDTH))
    with pytest.raises(InputError, match=r"^mask: expected an array, got the path"):
        inpainter(picture(HEIGHT, WIDTH, 3), "mask.png")


def test_pictures_of_different_sizes(inpainter):
    both = [picture(HEIGHT, WIDTH, 3), picture(WIDTH, HEIGHT, 3)]
    with pytest.raises(InputError, match=r"^image: .* different sizes"):
        inpainter(both, box(HEIGHT, WIDTH))


# Pillow's pictures


@pytest.mark.parametrize("mode", ["P", "CMYK", "1", "YCbCr", "L", "LA", "RGBA"])
def test_modes_of_pillow(inpainter, mode):
    """Filled as what the picture shows, not as its indices or inks."""
    photo, hole = (
        Image.fromarray(picture(HEIGHT, WIDTH, 3)).convert(mode),
        box(HEIGHT, WIDTH),
    )
    shown = photo.convert(
        {"P": "RGB", "CMYK": "RGB", "1": "L", "YCbCr": "RGB"}.get(mode, mode)
    )
    expected = inpainter(np.asarray(shown), hole)
    assert expected.shape == np.asarray(shown).shape
    np.testing.assert_array_equal(inpainter(photo, hole), expected)


def test_a_transparent_palette_keeps_its_alpha(inpainter):
    photo = Image.fromarray(picture(HEIGHT, WIDTH, 3)).convert("P")
    photo.info["transparency"] = 0
    assert inpainter(photo, box(HEIGHT, WIDTH)).shape == (HEIGHT, WIDTH, 4)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_modes_that_are_refused(inpainter, mode):
    photo = Image.new(mode, (WIDTH, HEIGHT))
    with pytest.raises(InputError, match=f"^image: .* got mode '{mode}': convert"):
        inpainter(photo, box(HEIGHT, WIDTH))


def test_grey_with_alpha(inpainter):
    both, hole = picture(HEIGHT, WIDTH, 2), box(HEIGHT, WIDTH)
    filled = inpainter(both, hole)
    np.testing.assert_array_equal(filled[..., 1], both[..., 1])
    np.testing.assert_array_equal(filled[..., 0], inpainter(both[..., 0], hole))


# Masks that may not be what was meant


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (~box(HEIGHT, WIDTH), "hole: is it inverted"),
        (
            np.full((HEIGHT, WIDTH), 3, np.uint8),
            "brightest level is 3, a hole is above 127",
        ),
        (np.full((HEIGHT, WIDTH), 2, np.uint8), "brightest level is 2"),
        (
            np.where(box(HEIGHT, WIDTH), 255, 100).astype(np.uint8),
            "neither dark nor bright",
        ),
    ],
)
def test_doubtful_masks(inpainter, mask, words):
    with pytest.warns(MaskWarning, match=words):
        inpainter(picture(HEIGHT, WIDTH, 3), mask)


# Loading


def test_load(tmp_path):
    generator = small_generator(padding="reflect")
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    expected, *_ = expected_details(generator, image, hole)
    checkpoints.save_original(generator, tmp_path / "release")
    generator.save_weights(tmp_path / "model.weights.h5")
    for loaded in (
        Inpainter.load(tmp_path / "release", padding="reflect"),
        Inpainter.load(tmp_path / "model.weights.h5"),
    ):
        assert not loaded.guided
        assert loaded.generator.padding == "reflect"
        assert_same_levels(loaded(image, hole), expected)
    assert Inpainter.load(tmp_path / "release").generator.padding == "same"

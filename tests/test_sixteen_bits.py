"""Pictures of 16 bits: files, and arrays through `Inpainter`."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from small_inpainter import box, mirrored, small_generator

from inpaint.errors import InputError
from inpaint.inference import Inpainter
from inpaint.pictures.images import read_photograph, read_picture, write_image

HEIGHT, WIDTH = 37, 43


def picture(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 65536, shape).astype(np.uint16)


@pytest.fixture(scope="module")
def inpainter():
    return Inpainter(small_generator())


def expected(image, hole):
    """Of RGB, the long way: NumPy around a plain call of the generator, in float."""
    mask = mirrored(hole[..., np.newaxis].astype(np.float32))
    x = mirrored(image)[..., ::-1].astype(np.float32) / 65535 * 2 - 1
    inputs = {"image": (x * (1 - mask))[np.newaxis], "hole": mask[np.newaxis]}
    result = small_generator()({k: tf.constant(v) for k, v in inputs.items()})
    refined = result["refined"][0].numpy()[: hole.shape[0], : hole.shape[1], ::-1]
    levels = np.rint((refined.clip(-1, 1) + 1) / 2 * 65535)
    return np.where(hole[..., np.newaxis], levels, image)


def test_the_hole_has_the_networks_precision(inpainter):
    image, hole = picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    right = expected(image, hole)
    for _ in range(2):  # eagerly, then as a graph
        completed = inpainter(image, hole)
        assert completed.dtype == np.uint16
        assert (completed == image)[~hole].all()
        assert np.abs(completed - right).max() <= 4  # of 65,535: float32 in networks
    assert (completed[hole] % 257 != 0).mean() > 0.9


def test_8_bits_are_those_of_16_cut_off(inpainter):
    image, hole = picture(HEIGHT, WIDTH, 3) // 257, box(HEIGHT, WIDTH)
    deep = inpainter(image * 257, hole)
    levels = inpainter(image.astype(np.uint8), hole)
    cut = deep.astype(int) // 257
    assert np.abs(cut - levels).max() <= 1
    assert (cut == levels).mean() > 0.95


@pytest.mark.parametrize("channels", [(), (1,), (2,), (4,)])
def test_other_channels(inpainter, channels):
    image, hole = picture(HEIGHT, WIDTH, *channels), box(HEIGHT, WIDTH)
    completed = inpainter(image, hole)
    assert (completed.shape, completed.dtype) == (image.shape, np.uint16)
    assert (completed == image)[~hole].all()
    if channels in ((2,), (4,)):
        assert (completed[..., -1] == image[..., -1]).all()
    grey = image if not channels else image[..., 0]
    if channels != (4,):
        rgb = expected(np.dstack([grey] * 3), hole)[hole]
        right = rgb @ [0.299, 0.587, 0.114]
        found = completed if not channels else completed[..., 0]
        assert np.abs(found[hole] - right).max() <= 5


@pytest.mark.parametrize(
    ("strategy", "apart"), [("windows", 0.01), ("scaled", 1), ("residual", 1)]
)
def test_strategies_fill_as_with_8_bits(strategy, apart):
    """Where 8 bits are those of 16 cut off; a small picture is rounded once more."""
    y, x = np.mgrid[:144, :220]
    coarse = np.dstack([x, y, (x + y) // 2]).astype(np.uint8)
    hole = np.zeros([144, 220], bool)
    hole[6:138, 34:166] = True  # 66 deep: by half
    by_strategy = Inpainter(small_generator(), strategy=strategy)
    few, many = by_strategy(coarse, hole), by_strategy(coarse * np.uint16(257), hole)
    assert many.dtype == np.uint16
    np.testing.assert_array_equal(many[~hole], coarse[~hole] * np.uint16(257))
    assert np.abs(many[hole] // 257 - few[hole].astype(int)).mean() < apart
    assert len(np.unique(many[hole] % 257)) > 200


def test_batches_and_details(inpainter):
    images, hole = picture(2, HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH)
    details = inpainter(images, hole, return_details=True)
    assert details.completed.dtype == np.uint16
    assert details.refined.dtype == details.offsets.dtype == np.uint8
    one_by_one = np.stack([inpainter(image, hole) for image in images]).astype(int)
    assert np.abs(details.completed - one_by_one).max() <= 4


def test_pillows_pictures(inpainter):
    grey, hole = picture(HEIGHT, WIDTH), box(HEIGHT, WIDTH)
    completed = inpainter(Image.fromarray(grey), hole)
    assert (completed == inpainter(grey, hole)).all()
    assert completed.dtype == np.uint16


def test_postprocess_wants_8_bits(inpainter):
    blending = Inpainter(inpainter.generator, postprocess=True)
    with pytest.raises(InputError, match="expected levels of 8 bits, got 16"):
        blending(picture(HEIGHT, WIDTH, 3), box(HEIGHT, WIDTH))


# Files


@pytest.mark.parametrize("extension", [".png", ".tif"])
@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_files_keep_every_bit(tmp_path, extension, channels):
    path, pixels = tmp_path / f"deep{extension}", picture(HEIGHT, WIDTH, *channels)
    order = [2, 1, 0, 3][: channels[0]] if channels else ...
    assert cv2.imwrite(str(path), pixels[..., order] if channels else pixels)
    read, metadata = read_photograph(path)
    assert read.dtype == np.uint16
    assert (read == pixels).all()
    assert read_picture(path).dtype == np.uint8
    write_image(tmp_path / f"again{extension}", read, metadata)
    again = cv2.imread(str(tmp_path / f"again{extension}"), cv2.IMREAD_UNCHANGED)
    assert (again == cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).all()
    if not channels:
        image = np.asarray(Image.open(tmp_path / f"again{extension}"))
        assert (image == pixels).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_files_are_turned_as_those_of_8_bits(tmp_path, orientation):
    tags = Image.Exif()
    tags[274] = orientation
    pixels = np.arange(20 * 28, dtype=np.uint16).reshape(20, 28) * 100
    Image.fromarray(pixels).save(tmp_path / "deep.tif", exif=tags)
    Image.fromarray((pixels >> 8).astype(np.uint8)).save(
        tmp_path / "flat.tif", exif=tags
    )
    deep, _ = read_photograph(tmp_path / "deep.tif")
    flat, _ = read_photograph(tmp_path / "flat.tif")
    assert deep.dtype == np.uint16
    assert (deep >> 8 == flat).all()


def test_float_levels_are_no_picture_of_colours(tmp_path):
    assert cv2.imwrite(str(tmp_path / "a.tif"), np.ones((8, 8), np.float32))
    with pytest.raises(InputError, match="8 or 16 bits, got float32"):
        read_picture(tmp_path / "a.tif")

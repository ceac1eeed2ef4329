"""Pictures of one channel, from training through fill to export: values bit by bit.

An elevation model of −40 to 60 metres stands for all of them.
"""

import cv2
import keras
import numpy as np
import pytest
from commands import only_line, run
from eager import eagerly, unoptimised
from served_model import ServedModel
from training_runs import make_trainer

from inpaint import config
from inpaint.checkpoints import exports
from inpaint.cli import fill, train
from inpaint.config import Config
from inpaint.errors import InputError
from inpaint.export import portable, saved_model
from inpaint.inference import Inpainter
from inpaint.models import building
from inpaint.pictures import images, lists
from inpaint.pictures.channel import read_values

RANGE = (-40.0, 60.0)


def elevation(seed, shape=(40, 48)):
    """float32, of every bit pattern that such values have."""
    return np.random.default_rng(seed).uniform(*RANGE, shape).astype(np.float32)


def bits(array):
    return array.view(np.uint32) if array.dtype == np.float32 else array


def hole_of(shape=(40, 48)):
    hole = np.zeros(shape, bool)
    hole[10:20, 12:30] = True
    return hole


# Files


@pytest.mark.parametrize("name", ["a.npy", "a.tif"])
@pytest.mark.parametrize("lacks", [False, True])
def test_values_come_back_bit_for_bit(tmp_path, name, lacks):
    values = elevation(0)
    if lacks:
        values[3, 4:7] = np.nan
    images.write_image(str(tmp_path / name), values)
    again, _ = images.read_photograph(str(tmp_path / name))
    np.testing.assert_array_equal(bits(again), bits(values))


def test_levels_by_hand(tmp_path):
    path = str(tmp_path / "a.npy")
    np.save(path, np.array([[-40, 10, 60, np.nan]], np.float32))
    levels, known = read_values(path, RANGE, may_lack=True)
    assert levels.tolist() == [[0.0, 127.5, 255.0, 0.0]]
    assert known.tolist() == [[True, True, True, False]]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 4, 3), np.float32), r"got float32 \[4, 4, 3\]"),
        (np.zeros((4, 4)), r"expected \[H, W\] of uint8, uint16, float32, got float64"),
        (np.full((4, 4), np.nan, np.float32), "16 values are no numbers; valid_maps"),
        (np.full((4, 4), 61, np.float32), "in value_range, -40 to 60, got 61 to 61"),
    ],
)
def test_what_cannot_be_trained_on(tmp_path, array, message):
    path = str(tmp_path / "a.npy")
    np.save(path, array)
    with pytest.raises(InputError, match=message):
        read_values(path, RANGE)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_what_is_no_array(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.npy: "):
        read_values(str(tmp_path / "a.npy"), RANGE)


def test_colours_are_refused(tmp_path):
    path = str(tmp_path / "a.png")
    cv2.imwrite(path, np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(
        InputError, match=r"expected one channel \(channels: 1\), got 3"
    ):
        read_values(path, RANGE)


# Networks


def test_only_models_that_can_take_one_channel():
    with pytest.raises(
        InputError, match="channels: lama paints pictures of 3, not of 1"
    ):
        building.build_generator(Config(model="lama", channels=1))


def test_shapes_of_one_channel():
    made = building.build_model(
        Config(base_filters=4, discriminator_filters=4, channels=1)
    )
    shapes = {k: tuple(v.shape) for k, v in made.variables_by_name().items()}
    assert shapes["inpaint_net/conv1/kernel"] == (5, 5, 3, 4)  # it, ones, mask
    assert shapes["inpaint_net/xconv1/kernel"] == (5, 5, 1, 4)
    assert shapes["inpaint_net/allconv17/kernel"] == (3, 3, 1, 1)
    critic = next(iter(made.critics[0].variables_by_name().values()))
    assert critic.shape[2] == 2  # the picture and the mask


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Arrays, a TIFF file and one that lacks values."""
    folder = tmp_path_factory.mktemp("data") / "pictures"
    folder.mkdir()
    for i in range(3):
        np.save(folder / f"{i}.npy", elevation(i))
    lacking = elevation(3)
    lacking[:9, :7] = np.nan
    cv2.imwrite(str(folder / "3.tif"), lacking)
    return folder


@pytest.fixture(scope="module")
def trained(pictures, tmp_path_factory):
    """A training of two steps; its folder."""
    log_dir = tmp_path_factory.mktemp("trained") / "log"
    keras.utils.set_random_seed(7)
    trainer = make_trainer(
        log_dir,
        pictures,
        pictures,
        channels=1,
        value_range=RANGE,
        valid_maps=True,
        max_iters=2,
        val_psteps=2,
        static_view_size=4,
    )
    with eagerly():
        trainer.run()
    config.save(trainer.config, str(log_dir / "config.yml"))
    return log_dir, trainer


def test_a_training_sees_levels_and_what_lacks(trained):
    log_dir, trainer = trained
    (batch, *_) = next(trainer.batches())
    assert batch.images.shape == (2, 32, 32, 1)
    assert np.abs(batch.images).max() <= 1
    assert np.isfinite(batch.images).all()
    views = trainer.review.validation
    assert views.valid[3].mean() < 1
    assert views.valid[:3].all()
    sample = cv2.imread(str(log_dir / "samples" / "2.png"))
    assert sample.shape == (4 * 32, 4 * 32, 3)


@pytest.fixture(scope="module")
def inpainter(trained):
    return Inpainter.load(trained[0])


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_known_values_come_back_bit_for_bit(inpainter, dtype):
    image, hole = elevation(9), hole_of()
    if dtype == np.float32:
        image[hole] = np.nan
    else:
        image = np.abs(image).astype(dtype)
    filled = inpainter(image, hole)
    assert (filled.dtype, filled.shape) == (image.dtype, image.shape)
    np.testing.assert_array_equal(bits(filled)[~hole], bits(image)[~hole])
    inside = filled[hole].astype(float)
    assert np.all((RANGE[0] <= inside) & (inside <= RANGE[1]))
    assert len(np.unique(inside)) > 1 or dtype != np.float32  # a fresh network is flat
    batch = inpainter(image[np.newaxis, ..., np.newaxis], hole)
    assert batch.shape == (1, *image.shape, 1)


@pytest.mark.usefixtures("eager")
def test_what_the_hole_holds_does_not_matter(inpainter):
    first, second, hole = elevation(9), elevation(9), hole_of()
    first[hole], second[hole] = np.nan, 1e30
    np.testing.assert_array_equal(inpainter(first, hole), inpainter(second, hole))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((40, 48, 3), np.uint8), "takes one channel: .*got uint8 .40, 48, 3"),
        (np.zeros((40, 48)), "takes one channel: .*got float64"),
        (np.full((40, 48), np.nan, np.float32), "1740 values outside the hole are no"),
    ],
)
def test_other_pictures_are_refused(inpainter, image, message):
    with pytest.raises(InputError, match=message):
        inpainter(image, hole_of())


# Commands


@pytest.mark.parametrize("extension", ["npy", "tif"])
def test_fill(here, trained, extension):
    image, hole = elevation(5), hole_of()
    image[hole] = np.nan
    images.write_image(f"a.{extension}", image)
    images.write_image("mask.png", np.uint8(hole) * 255)
    where = ["--checkpoint_dir", str(trained[0])]
    assert run(fill.main, f"a.{extension}", "mask.png", "-o", "b.npy", *where) == 0
    filled = np.load("b.npy")
    np.testing.assert_array_equal(bits(filled)[~hole], bits(image)[~hole])
    assert np.isfinite(filled).all()


def test_values_do_not_fit_into_a_jpeg(here, capsys, trained):
    np.save("a.npy", elevation(5))
    images.write_image("mask.png", np.uint8(hole_of()) * 255)
    where = ["--checkpoint_dir", str(trained[0])]
    assert run(fill.main, "a.npy", "mask.png", "-o", "b.jpg", *where) == 2
    message = only_line(capsys.readouterr().err)
    assert "b.jpg: expected .tif, .tiff or .npy for values of float32" in message


def test_a_network_of_colours_refuses_values(here, capsys):
    np.save("a.npy", elevation(5))
    images.write_image("mask.png", np.uint8(hole_of()) * 255)
    assert run(fill.main, "a.npy", "mask.png", "-o", "b.npy") == 2
    assert "image: expected uint8" in only_line(capsys.readouterr().err)


def test_channels_are_1_or_3(here, capsys, pictures):
    data = ["--data", str(pictures), "--set=log_dir=log"]
    assert run(train.main, *data, "--set=channels=2") == 2
    assert "channels must be 1 or 3" in only_line(capsys.readouterr().err)


def test_arrays_are_pictures_where_one_channel_is_asked_for(pictures):
    assert len(lists.find_pictures(pictures, arrays=True)) == 4
    assert len(lists.find_pictures(pictures)) == 1


# Export


@pytest.mark.slow  # traces the network
def test_an_export(inpainter, tmp_path):
    with unoptimised():
        folder = saved_model.export(inpainter.generator, tmp_path / "a", smoke=True)
    arguments = exports.describe(folder).arguments
    assert (arguments["channels"], arguments["value_range"]) == (1, [-40.0, 60.0])
    image, hole = elevation(8), hole_of()
    image[hole] = np.nan
    planes = image[np.newaxis, ..., np.newaxis], hole[np.newaxis, ..., np.newaxis]
    with ServedModel(folder, optimised=False) as served:
        found = served.predict(image=planes[0], mask=planes[1].astype(np.uint8) * 255)
    filled = found["completed"][0, ..., 0]
    np.testing.assert_array_equal(bits(filled)[~hole], bits(image)[~hole])
    with eagerly():
        expected = inpainter(image, hole)
    np.testing.assert_allclose(filled, expected, atol=1e-2)
    again = Inpainter.load(folder)
    assert again.generator.value_range == RANGE


def test_other_exports_are_refused(inpainter, tmp_path):
    with pytest.raises(InputError, match="one channel"):
        portable.export(inpainter.generator, tmp_path, "tflite", (32, 32))

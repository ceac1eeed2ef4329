"""The whole network, and test.py's PNG, against what the original computed."""

import cv2
import golden_files
import numpy as np
import pytest
import release
import tensorflow as tf
from golden_files import TOLERANCE, VERSIONS

from inpaint import Inpainter, checkpoints, tensors, visualize
from inpaint.cli import test as script

FILES = [path for version in VERSIONS for path in golden_files.forward_files(version)]


@pytest.mark.parametrize("version", VERSIONS)
def test_there_are_files(version):
    folder = golden_files.FOLDER / version
    assert golden_files.forward_files(version), f"no forward_*.npz in {folder}"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Function: the folder of a golden file's stand-in checkpoint."""
    folders = {}

    def folder(golden):
        key = model, guided = golden["model"], "edge" in golden
        if key not in folders:
            shapes = release.generator_shapes(guided=guided, model=model)
            shapes |= release.critic_shapes(model)
            path = tmp_path_factory.mktemp(f"{model}-{guided}")
            folders[key] = release.write(path, release.values(shapes, model))
        return folders[key]

    return folder


@pytest.fixture(
    scope="module", params=FILES, ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def golden(request):
    """The file's arrays, and `model`, the network's name."""
    model = f"deepfill_{request.param.parent.name}"
    return {**golden_files.arrays(request.param), "model": model}


@pytest.fixture(scope="module")
def result(golden, checkpoint):
    """The generator's outputs, and its inputs `image` (whole) and `mask`."""
    generator = checkpoints.load_generator(checkpoint(golden))
    image = golden["image_bgr"][np.newaxis].astype(np.float32) / 127.5 - 1
    mask = (golden["mask"] > 127.5)[np.newaxis, ..., np.newaxis].astype(np.float32)
    inputs = {"image": tf.constant(image * (1 - mask)), "hole": tf.constant(mask)}
    if "edge" in golden:
        inputs["edge"] = tf.constant(
            mask * (golden["edge"] / 255 > 0.6)[..., np.newaxis]
        )
    outputs = generator(inputs)
    resize = generator.offset_resize
    return {**outputs, "image": image, "mask": mask, "resize": resize}


@pytest.mark.parametrize(
    ("ours", "name"), [("coarse", "stage1"), ("refined", "stage2")]
)
def test_stages(golden, result, ours, name):
    np.testing.assert_allclose(result[ours][0], golden[name], rtol=0, atol=TOLERANCE)


def test_completed(golden, result):
    completed = tensors.composite(
        result["refined"], tf.constant(result["image"]), tf.constant(result["mask"])
    )[0].numpy()
    np.testing.assert_allclose(completed, golden["completed"], rtol=0, atol=TOLERANCE)
    known = golden["mask"] <= 127.5
    np.testing.assert_array_equal(completed[known], result["image"][0][known])


def test_offset_picture(golden, result):
    offsets = result["offsets"]
    largest = visualize.radius(offsets)
    picture = visualize.offset_picture(offsets, largest, 2, result["resize"])
    golden_files.assert_offset_pictures_equal(picture[0].numpy(), golden["flow"], 2)


def assert_is_the_originals_picture(completed, golden):
    """uint8 BGR: known pixels as they came, the hole within a level but for 0.1 %."""
    hole = golden["mask"] > 127.5
    np.testing.assert_array_equal(completed[~hole], golden["image_bgr"][~hole])
    levels = np.abs(completed.astype(int) - golden["test_py_png_bgr"])[hole]
    assert np.mean(levels.max(axis=-1) <= 1) >= 0.999


def test_inpainter(golden, checkpoint):
    inpainter = Inpainter.load(checkpoint(golden))
    edge = {"edge": golden["edge"]} if "edge" in golden else {}
    rgb = golden["image_bgr"][..., ::-1]
    completed = inpainter(rgb, golden["mask"], **edge)
    assert_is_the_originals_picture(completed[..., ::-1], golden)


def test_picture_of_the_script(golden, checkpoint, tmp_path):
    """`test.py --image … --mask … --output … --checkpoint_dir …`."""
    guided = "edge" in golden
    paths = {name: tmp_path / f"{name}.png" for name in ("image", "mask", "output")}
    arguments = {f"--{name}": path for name, path in paths.items()}
    cv2.imwrite(str(paths["image"]), golden["image_bgr"])
    cv2.imwrite(str(paths["mask"]), golden["mask"])
    arguments["--checkpoint_dir"] = checkpoint(golden)
    if guided:
        arguments["--edge"] = tmp_path / "edge.png"
        arguments["--config"] = tmp_path / "guided.yml"
        cv2.imwrite(str(arguments["--edge"]), golden["edge"])
        arguments["--config"].write_text("guided: True\n")
    status = script.main([str(word) for pair in arguments.items() for word in pair])
    assert not status
    assert_is_the_originals_picture(cv2.imread(str(paths["output"])), golden)

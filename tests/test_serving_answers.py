"""What an export answers when TensorFlow's C library runs it, without Python.

TensorFlow Serving's binary is in no package registry; it loads models through this
library. See served_model.py for what this shows and what not.
"""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from served_model import FAILED_PRECONDITION, ServedError, ServedModel
from small_exports import png
from toy_paper import ToyGenerator

from inpaint.export import saved_model
from inpaint.export.signatures import ARRAYS, signatures
from inpaint.pictures import images

RNG = np.random.default_rng(0)

# In one process: graphs must not depend on the size that came first.
SIZES = [(1, 64, 64), (2, 45, 71), (1, 1, 1), (3, 8, 200), (1, 130, 96), (1, 64, 64)]


def case(batch, height, width):
    """Pictures and masks, each with a hole of its own."""
    image = RNG.integers(0, 256, (batch, height, width, 3), np.uint8)
    mask = np.zeros((batch, height, width, 1), np.uint8)
    for i in range(batch):
        top, left = RNG.integers(0, height // 2 + 1), RNG.integers(0, width // 2 + 1)
        mask[i, top : top + height // 3 + 1, left : left + width // 3 + 1] = 255
    return image, mask


def assert_equal_pictures(actual, expected):
    """One level apart at most, nearly nowhere: float32 sums in another order."""
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    apart = np.abs(actual.astype(int) - expected.astype(int))
    assert apart.max() <= 1
    assert np.mean(apart) < 1e-3


@pytest.mark.parametrize("kind", ["plain", "streaming"])
def test_arrays_of_any_size_are_filled_as_by_inpainter(small_exports, kind):
    small = getattr(small_exports, kind)
    for size in SIZES:
        image, mask = case(*size)
        completed = small.served.predict(image=image, mask=mask)["completed"]
        assert_equal_pictures(completed, small.inpainter(image, mask))
        known = mask[..., 0] == 0
        np.testing.assert_array_equal(completed[known], image[known])


def test_a_mask_is_a_hole_above_127(small_exports):
    small = small_exports.plain
    image, mask = case(1, 32, 40)
    levels = np.where(mask > 0, np.uint8(128), np.uint8(127))
    completed = small.served.predict(image=image, mask=levels)["completed"]
    assert_equal_pictures(completed, small.inpainter(image, mask))


def test_no_hole_gives_the_picture_back(small_exports):
    image, mask = case(1, 24, 24)
    served = small_exports.plain.served
    completed = served.predict(image=image, mask=np.zeros_like(mask))["completed"]
    np.testing.assert_array_equal(completed, image)


def test_a_sketch_counts_above_its_threshold(small_exports):
    small = small_exports.guided
    image, mask = case(2, 45, 71)
    edge = RNG.integers(0, 128, mask.shape, np.uint8)  # 0.25 is between 63 and 64
    arrays = {"image": image, "mask": mask, "edge": edge}
    completed = small.served.predict(**arrays)["completed"]
    assert_equal_pictures(completed, small.inpainter(image, mask, edge > 63))
    files = {f"{name}_bytes": [png(x) for x in array] for name, array in arrays.items()}
    answer = small.served.predict("bytes", **files)["completed_bytes"]
    assert_equal_pictures(np.stack([tf.io.decode_png(x) for x in answer]), completed)


def test_files_of_mixed_sizes_and_formats_are_filled_as_by_inpainter(
    small_exports, tmp_path
):
    small = small_exports.plain
    sizes = [(64, 64), (45, 71), (8, 100), (30, 20)]
    cases = [[x[0] for x in case(1, *size)] for size in sizes]
    image_types, mask_types = (".png", ".jpg", ".bmp", ".png"), (".png", ".bmp") * 2
    image_files, mask_files, expected = [], [], []
    for i, (image, mask) in enumerate(cases):
        image_file = tmp_path / f"image{i}{image_types[i]}"
        mask_file = tmp_path / f"mask{i}{mask_types[i]}"
        images.write_image(image_file, image)
        # The brightest channel of a mask's file counts.
        colored = np.dstack([RNG.integers(0, 128, (*mask.shape[:2], 2)), mask])
        images.write_image(mask_file, colored.astype(np.uint8))
        image_files.append(image_file.read_bytes())
        mask_files.append(mask_file.read_bytes())
        expected.append(
            small.inpainter(images.read_image(image_file), images.read_mask(mask_file))
        )
    answer = small.served.predict(
        "bytes", image_bytes=image_files, mask_bytes=mask_files
    )["completed_bytes"]
    assert answer.shape == (4,)
    for content, picture in zip(answer, expected):
        assert content.startswith(b"\x89PNG")
        assert_equal_pictures(tf.io.decode_png(content).numpy(), picture)


def test_no_files_give_no_files(small_exports):
    served = small_exports.plain.served
    answer = served.predict("bytes", image_bytes=[], mask_bytes=[])
    assert answer["completed_bytes"].shape == (0,)


def test_saved_model_cli_runs_it_where_inpaint_cannot_be_imported(
    small_exports, tmp_path
):
    small = small_exports.plain
    image, mask = case(1, 21, 30)
    for name, value in {"image": image, "mask": mask}.items():
        np.save(tmp_path / f"{name}.npy", value)
    code = (
        "import sys\n"
        "sys.modules['inpaint'] = None  # importing it fails\n"
        "from tensorflow.python.tools import saved_model_cli\n"
        "saved_model_cli.main()"
    )
    command = [sys.executable, "-c", code, "run", "--dir", small.folder]
    command += ["--tag_set", "serve", "--signature_def", "serving_default"]
    command += ["--inputs", "image=image.npy;mask=mask.npy", "--outdir", tmp_path]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    completed = np.load(tmp_path / "completed.npy")
    assert_equal_pictures(completed, small.inpainter(image, mask))


def other_tensorflow():
    """The tensorflow package of the other stack, None if it is not there.

    INPAINT_OTHER_TENSORFLOW names it; if not, it is looked for in the other
    environment that `make test` sets up.
    """
    named = os.environ.get("INPAINT_OTHER_TENSORFLOW")
    if named:
        return Path(named)
    here = Path(sys.prefix)
    other = {".venv": ".venv-addons", ".venv-addons": ".venv"}.get(here.name)
    found = here.parent.glob(f"{other}/lib/python*/site-packages/tensorflow")
    return next(found, None) if other else None


@pytest.mark.parametrize("kind", ["plain", "streaming"])
def test_the_other_stack_runs_it(small_exports, kind):
    library = other_tensorflow()
    if library is None:
        pytest.skip(
            "needs the other stack: `make test` and `make test STACK=addons` set both "
            "up, or INPAINT_OTHER_TENSORFLOW names a folder of a tensorflow package"
        )
    small = getattr(small_exports, kind)
    with ServedModel(small.folder, library, small.optimised) as served:
        for size in SIZES:
            image, mask = case(*size)
            completed = served.predict(image=image, mask=mask)["completed"]
            assert_equal_pictures(completed, small.inpainter(image, mask))
        if kind == "plain":  # what it adds does not depend on the attention
            answer = served.predict(
                "bytes", image_bytes=[png(image[0])], mask_bytes=[png(mask[0])]
            )
            assert_equal_pictures(
                tf.io.decode_png(answer["completed_bytes"][0]).numpy(), completed[0]
            )
        with pytest.raises(ServedError, match="mask: expected one channel"):
            served.predict(image=image, mask=image)


@pytest.mark.skipif(
    keras.__version__.startswith("2."), reason="Keras 2 models are saved as they should"
)
def test_a_saved_keras_3_model_is_what_a_server_refuses(tmp_path):
    """Why exports track bare variables, and that the smoke run would see it."""
    module = tf.Module()
    module.generator = ToyGenerator()
    functions = {ARRAYS: signatures(module.generator)[ARRAYS]}
    folder = str(tmp_path / "naive")
    tf.saved_model.save(module, folder, signatures=functions)
    image, mask = case(1, 16, 16)
    inputs = {"image": tf.constant(image), "mask": tf.constant(mask)}
    tf.saved_model.load(folder).signatures["serving_default"](**inputs)  # no error
    with ServedModel(folder) as served, pytest.raises(ServedError) as error:
        served.predict(image=image, mask=mask)
    assert error.value.code == FAILED_PRECONDITION
    with pytest.raises(saved_model.SmokeError, match="Could not find variable"):
        saved_model.run_smoke(folder, "serving_default", inputs)

"""Exports for LiteRT and ONNX: the pixels of Inpainter, whole files or none."""

import os
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from small_exports import small_generator

from inpaint import Inpainter
from inpaint.errors import InputError, RunError
from inpaint.export import portable

SIZE = (45, 71)  # no multiples of 8


def run_tflite(path, inputs):
    """By LiteRT's interpreter, or by the older one that TensorFlow has."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tf.lite.Interpreter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older one is to go
        interpreter = Interpreter(model_path=str(path))
    runner = interpreter.get_signature_runner()
    return runner(**inputs)["completed"]


def run_onnx(path, inputs):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["completed"], inputs)[0]


RUN = {"tflite": run_tflite, "onnx": run_onnx}


@pytest.fixture(params=list(RUN))
def file_format(request):
    if request.param == "onnx":
        pytest.importorskip("tf2onnx", reason="needs the extra onnx")
    return request.param


# Of the convolutions. ONNX's converter takes as long for mirrored ones as for all else;
# the picture is mirrored to a multiple of 8 in both.
PADDING = {"tflite": "symmetric", "onnx": "same"}


def test_the_pixels_are_inpainters(tmp_path, file_format):
    generator = small_generator(guided=True, padding=PADDING[file_format])
    inpainter = Inpainter(generator, edge_threshold=0.25)
    path = portable.export(generator, tmp_path, file_format, SIZE, edge_threshold=0.25)
    assert path == str(tmp_path / f"deepfill_v2_45x71.{file_format}")
    assert os.listdir(tmp_path) == [os.path.basename(path)]
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, *SIZE, 3), np.uint8)
    mask = np.full((1, *SIZE, 1), 127, np.uint8)
    mask[:, 10:30, 20:50] = 128
    edge = rng.integers(0, 128, mask.shape, np.uint8)
    completed = RUN[file_format](path, {"image": image, "mask": mask, "edge": edge})
    assert (completed.dtype, completed.shape) == (np.uint8, image.shape)
    hole = mask > 127
    expected = inpainter(image, hole, edge > 63)
    apart = np.abs(completed.astype(int) - expected.astype(int))
    assert apart.max() <= 1
    assert np.mean(apart) < 1e-3
    known = ~hole[..., 0]
    np.testing.assert_array_equal(completed[known], image[known])


def test_values_before_rounding_to_levels_are_the_networks(tmp_path, file_format):
    """To 1e-3, through the interpreters; levels hide what is smaller."""
    generator = small_generator()

    def refined(image, mask):
        inputs = {"image": image * (1.0 - mask), "hole": mask}
        return {"completed": generator.complete_portably(inputs)}

    shapes = {"image": (1, 48, 72, 3), "mask": (1, 48, 72, 1)}
    specs = [tf.TensorSpec(shape, tf.float32, k) for k, shape in shapes.items()]
    function = tf.function(refined, input_signature=specs)
    path = tmp_path / "model"
    path.write_bytes(portable.FORMATS[file_format](function))
    rng = np.random.default_rng(0)
    inputs = {
        "image": rng.uniform(-1, 1, shapes["image"]).astype(np.float32),
        "mask": np.zeros(shapes["mask"], np.float32),
    }
    inputs["mask"][:, 10:30, 20:50] = 1
    values = RUN[file_format](path, inputs)
    incomplete = tf.constant(inputs["image"] * (1 - inputs["mask"]))
    expected = generator({"image": incomplete, "hole": inputs["mask"]})["refined"]
    np.testing.assert_allclose(values, expected, atol=1e-3)


def test_a_file_is_not_written_over(tmp_path):
    existing = tmp_path / "deepfill_v2_8x16.onnx"
    existing.write_bytes(b"before")
    with pytest.raises(InputError, match=r"8x16\.onnx: exists already"):
        portable.export(small_generator(), tmp_path, "onnx", (8, 16))
    assert existing.read_bytes() == b"before"


def test_a_converter_that_fails_leaves_nothing(tmp_path, monkeypatch):
    class Broken:
        target_spec = SimpleNamespace()

        def convert(self):
            raise ValueError("no such operation\nand more")

    monkeypatch.setattr(
        tf.lite.TFLiteConverter, "from_concrete_functions", lambda *_: Broken()
    )
    with pytest.raises(RunError, match=r"Lite converter failed: no such operation$"):
        portable.export(small_generator(), tmp_path, "tflite", (8, 16))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"tflite: cannot be written: File exists"):
        portable.export(small_generator(), tmp_path / "file", "tflite", (8, 16))

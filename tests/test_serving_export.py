"""What is in an export: its graph, its files, its warm-up requests."""

import operator
import os
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from eager import eagerly
from small_exports import WARMUP, small_generator
from tensorflow.core.protobuf import saved_model_pb2

from inpaint import Inpainter, checkpoints
from inpaint.errors import InputError
from inpaint.export import saved_model, warmup

KINDS = ["plain", "guided", "streaming"]


def read(folder):
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString(Path(folder, "saved_model.pb").read_bytes())
    (meta_graph,) = saved_model.meta_graphs
    return meta_graph


def files(folder):
    return sorted(
        path.relative_to(folder).as_posix()
        for path in Path(folder).rglob("*")
        if path.is_file()
    )


def test_the_files_are_those_that_a_server_reads(small_exports):
    small = small_exports.plain
    assert small.folder == str(small.base / "1")
    assert os.listdir(small.base) == ["1"]
    assert files(small.folder) == [
        "assets.extra/inpaint.json",
        "assets.extra/tf_serving_warmup_requests",
        "fingerprint.pb",
        "saved_model.pb",
        "variables/variables.data-00000-of-00001",
        "variables/variables.index",
    ]


def test_others_may_read_the_folder(small_exports):
    """The server's user is another one, as a rule."""
    mask = os.umask(0)
    os.umask(mask)
    assert os.stat(small_exports.plain.folder).st_mode & 0o777 == 0o777 & ~mask


@pytest.mark.parametrize(("kind", "planes"), [("plain", 1), ("guided", 2)])
def test_signatures_say_what_they_take(small_exports, kind, planes):
    signatures = dict(read(getattr(small_exports, kind).folder).signature_def)
    del signatures["__saved_model_init_op"]

    def ends(infos):
        return {
            name: (
                tf.as_dtype(info.dtype).name,
                [dim.size for dim in info.tensor_shape.dim],
            )
            for name, info in infos.items()
        }

    names = ("image", "mask", "edge")[: planes + 1]
    channels = dict(zip(names, (3, 1, 1)))
    arrays, encoded = signatures.pop("serving_default"), signatures.pop("bytes")
    assert not signatures
    assert ends(arrays.inputs) == {
        name: ("uint8", [-1, -1, -1, channels[name]]) for name in names
    }
    assert ends(arrays.outputs) == {"completed": ("uint8", [-1, -1, -1, 3])}
    assert ends(encoded.inputs) == {f"{name}_bytes": ("string", [-1]) for name in names}
    assert ends(encoded.outputs) == {"completed_bytes": ("string", [-1])}
    for signature in (arrays, encoded):
        assert signature.method_name == "tensorflow/serving/predict"


functions_of = operator.attrgetter("library.function")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_filling_is_in_the_graph(small_exports, kind):
    """No training, no Keras objects, no Python, no XLA; assigns only to restore."""
    meta_graph = read(getattr(small_exports, kind).folder)
    functions = {f.signature.name: f for f in functions_of(meta_graph.graph_def)}
    nodes = {name: list(f.node_def) for name, f in functions.items()}
    nodes[""] = list(meta_graph.graph_def.node)
    for name, in_function in nodes.items():
        operations = {node.op for node in in_function}
        assert not {op for op in operations if "PyFunc" in op}, name
        gradients = {op for op in operations if "Backprop" in op or "Grad" in op}
        assert gradients <= {"SoftplusGrad"}, name  # of gates: features · σ
        if "traced_restore" not in name:
            assert not {op for op in operations if op.startswith("Assign")}, name
        if name:
            assert not functions[name].attr["_XlaMustCompile"].b, name
    unwanted = ("backward", "forward", "train", "call_and_return", "layer", "critic")
    assert not [n for n in nodes if any(word in n.lower() for word in unwanted)]
    objects = meta_graph.object_graph_def.nodes
    kinds = {x.user_object.identifier for x in objects if x.HasField("user_object")}
    assert kinds <= {"_generic_user_object", "signature_map", "trackable_dict_wrapper"}


def test_all_operations_are_tensorflows_own(small_exports):
    meta_graph = read(small_exports.plain.folder)
    known = set(dir(tf.raw_ops))
    library = functions_of(meta_graph.graph_def)
    functions = {f.signature.name for f in library}
    operations = {
        node.op
        for part in [meta_graph.graph_def.node] + [f.node_def for f in library]
        for node in part
    }
    assert operations - functions <= known


def test_an_export_needs_none_of_the_servers_packages():
    """tensorflow-serving-api is for clients: warm-up records are encoded by hand."""
    sources = sorted(Path(saved_model.__file__).parent.glob("*.py"))
    assert len(sources) > 4
    for source in sources:
        text = source.read_text()
        assert not re.search("^ *(import|from) tensorflow_serving", text, re.MULTILINE)


def warmup_records(folder):
    path = os.path.join(folder, "assets.extra", "tf_serving_warmup_requests")
    return [record.numpy() for record in tf.data.TFRecordDataset(path)]


@pytest.mark.parametrize("kind", ["plain", "guided"])
def test_warm_up_requests_read_as_the_servers_messages_and_are_answered(
    small_exports, kind
):
    prediction_log_pb2 = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2"
    )
    small = getattr(small_exports, kind)
    asked = []
    for record in warmup_records(small.folder):
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.SerializeToString(deterministic=True)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        assert request.model_spec.name == kind  # the folder of all versions
        assert not request.model_spec.HasField("version")
        inputs = {name: tf.make_ndarray(x) for name, x in request.inputs.items()}
        signature = request.model_spec.signature_name
        if signature == "bytes":
            inputs = {name: list(value) for name, value in inputs.items()}
            picture = tf.io.decode_png(inputs["image_bytes"][0]).numpy()
            mask = tf.io.decode_png(inputs["mask_bytes"][0]).numpy()
        else:
            picture, mask = inputs["image"][0], inputs["mask"][0]
        assert 0 < np.mean(mask > 127) < 1
        asked.append((signature, picture.shape[:2]))
        small.served.predict(signature, **inputs)
    assert sorted(asked) == sorted(
        (signature, size)
        for size in WARMUP
        for signature in ("serving_default", "bytes")
    )


def test_warm_up_requests_are_encoded_as_the_servers_messages_are():
    prediction_log_pb2 = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2"
    )
    inputs = {"image": tf.zeros([1, 30, 20, 3], tf.uint8), "more": tf.constant(["é"])}
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = "a name"
    request.model_spec.signature_name = "signature"
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    record = warmup.record("a name", "signature", inputs)
    assert prediction_log_pb2.PredictionLog.FromString(record) == log


def test_no_warm_up_file_without_sizes(small_exports):
    found = files(small_exports.streaming.folder)
    assert found[0] == "assets.extra/inpaint.json"
    assert "assets.extra/tf_serving_warmup_requests" not in found


@pytest.mark.parametrize("size", [(0, 5), (5,), (5, 5, 3), (5.0, 5), "12"])
def test_warm_up_sizes_are_pairs(tmp_path, size):
    with pytest.raises(InputError, match=r"warm-up: expected \(height, width\), got"):
        saved_model.export(small_generator(), tmp_path, warmup=[size])


def test_a_server_takes_1000_warm_up_requests(tmp_path):
    with pytest.raises(InputError, match="expected at most 500 sizes, got 501"):
        saved_model.export(small_generator(), tmp_path, warmup=[(8, 8)] * 501)


def test_an_existing_version_is_refused_before_any_work(small_exports):
    with pytest.raises(InputError, match="1: exists already"):
        saved_model.export(None, Path(small_exports.plain.folder).parent, version=1)


def signatures_that(answer):
    """In place of `signatures`: one that answers with a function of its inputs."""
    function = tf.function(
        answer,
        input_signature=[
            tf.TensorSpec([None, None, None, 3], tf.uint8, "image"),
            tf.TensorSpec([None, None, None, 1], tf.uint8, "mask"),
        ],
    )
    return lambda *_: {"serving_default": function}


def test_a_failed_smoke_run_leaves_nothing(tmp_path, monkeypatch):
    def fail(image, mask):
        wrong = tf.debugging.Assert(tf.reduce_all(mask > image), ["no good"])
        with tf.control_dependencies([wrong]):
            return {"completed": tf.identity(image)}

    monkeypatch.setattr(saved_model, "signatures", signatures_that(fail))
    with pytest.raises(saved_model.SmokeError, match=r"^serving_default: .*no good"):
        saved_model.export(small_generator(), tmp_path, smoke=True)
    assert os.listdir(tmp_path) == []


def test_a_smoke_run_sees_changed_pixels(tmp_path, monkeypatch):
    def change(image, mask):
        return {"completed": image + mask + 1}

    monkeypatch.setattr(saved_model, "signatures", signatures_that(change))
    with pytest.raises(
        saved_model.SmokeError, match="known pixels are not the image's"
    ):
        saved_model.export(small_generator(), tmp_path, smoke=True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("kind", "which"), [("plain", "base"), ("guided", "folder")])
def test_inpainter_loads_an_export_and_gives_the_same_pixels(
    small_exports, kind, which
):
    small = getattr(small_exports, kind)
    assert small.folder  # it is made, in the base
    loaded = Inpainter.load(getattr(small, which))
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (45, 71, 3), np.uint8)
    mask = np.zeros((45, 71), bool)
    mask[10:30, 20:50] = True
    inputs = [image, mask]
    if kind == "guided":  # its threshold is in the export
        inputs.append(rng.integers(0, 256, mask.shape, np.uint8))
    with eagerly():  # a graph's sums are in another order
        np.testing.assert_array_equal(loaded(*inputs), small.inpainter(*inputs))


def test_an_export_keeps_the_padding(small_exports):
    folder = small_exports.streaming.folder
    assert checkpoints.load_generator(folder).padding == "reflect"


def test_inpainter_refuses_a_saved_model_of_other_origin(tmp_path):
    tf.saved_model.save(tf.Module(), str(tmp_path))
    with pytest.raises(InputError, match="a SavedModel that `inpaint export` did not"):
        Inpainter.load(tmp_path)

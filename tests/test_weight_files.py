"""Readers of others' files: what is in them comes out, damage is refused."""

import struct
import tracemalloc
import zipfile

import foreign_files
import h5py
import numpy as np
import pytest
from foreign_files import Called, Torch7, View

from inpaint.checkpoints import keras_h5, pytorch, safetensors, torch7
from inpaint.checkpoints.naming import by_name
from inpaint.errors import InputError

RNG = np.random.default_rng(0)
KINDS = ["float64", "float32", "float16", "int64", "int32", "uint8", "bool"]
FORMATS = {
    "zip": (foreign_files.torch_zip, pytorch.read),
    "stream": (foreign_files.torch_stream, pytorch.read),
    "script": (foreign_files.torch_script, pytorch.read),
    "safetensors": (foreign_files.safetensors, safetensors.read),
    "t7": (foreign_files.t7, torch7.read),
}


def tensors(read, path):
    found, _ = by_name(read(path), path)
    return {name: tensor.read() for name, tensor in found.items()}


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        np.testing.assert_array_equal(found[name], value)


def fails(read, path):
    """The one line, after the path."""
    with pytest.raises(InputError) as caught:
        tensors(read, path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message[len(f"{path}: ") :]


@pytest.mark.parametrize("format", FORMATS)
def test_values_of_all_kinds(tmp_path, format):
    write, read = FORMATS[format]
    kinds = ["float64", "float32", "int64", "uint8"] if format == "t7" else KINDS
    expected = {
        f"part.{kind}": (10 * RNG.random((2, 3))).astype(kind) for kind in kinds
    }
    if format != "t7":
        expected["part.scalar"] = np.array(7, np.int64)
        expected["part.empty"] = np.zeros((0, 3), np.float32)
    content = expected if format in ("script", "safetensors") else None
    path = write(tmp_path / "a", content or foreign_files.nested(expected))
    assert_same(tensors(read, path), expected)


@pytest.mark.parametrize("format", ["zip", "stream", "safetensors"])
def test_bfloat16_is_the_upper_half_of_float32(tmp_path, format):
    write, read = FORMATS[format]
    values = np.float32([[1.5, -2], [np.inf, 2.0**-120]])
    path = write(tmp_path / "a", {"w": foreign_files.bfloat16(values)})
    assert_same(tensors(read, path), {"w": values})


@pytest.mark.parametrize("format", ["zip", "stream"])
def test_views_of_one_storage(tmp_path, format):
    write, read = FORMATS[format]
    storage = np.arange(12, dtype=np.float32)
    tree = {
        "whole": View(storage, 0, (3, 4), (4, 1)),
        "transposed": View(storage, 0, (4, 3), (1, 4)),
        "row": View(storage, 4, (4,), (1,)),
        "last": View(storage, 11, (), ()),
    }
    grid = storage.reshape(3, 4)
    expected = {"whole": grid, "transposed": grid.T, "row": grid[1], "last": grid[2, 3]}
    path = write(tmp_path / "a", tree)
    found = tensors(read, path)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.parametrize("format", ["zip", "stream"])
@pytest.mark.parametrize(
    ("offset", "sizes", "strides"),
    [
        (0, (13,), (1,)),
        (1, (3, 4), (4, 1)),
        (0, (2, 4), (9, 1)),
        (-1, (2,), (1,)),
        (0, (2, -2), (1, 1)),
        (4, (2, 2), (-1, 1)),
        (0, (2, 2), (1,)),
        (2**62, (1,), (1,)),
        (0, (1,) * 9, (1,) * 9),
    ],
)
def test_a_tensor_outside_its_storage(tmp_path, format, offset, sizes, strides):
    write, read = FORMATS[format]
    storage = np.arange(12, dtype=np.float32)
    path = write(tmp_path / "a", {"w": View(storage, offset, sizes, strides)})
    assert fails(read, path).startswith("damaged: a tensor of sizes (")


@pytest.mark.parametrize("format", ["zip", "stream"])
def test_a_tensor_that_repeats_its_values(tmp_path, format):
    """Whole in PyTorch, where it takes no memory; here it would."""
    write, read = FORMATS[format]
    tensor = View(np.arange(12, dtype=np.float32), 0, (1000, 1000), (0, 0))
    path = write(tmp_path / "a", {"w": tensor})
    assert "repeats the values of its storage, 12: save it" in fails(read, path)


def test_of_a_training_frameworks_checkpoint_only_the_state_dict_is_taken(tmp_path):
    """Its settings are of classes that are not here; they stay inert."""
    weights = {"generator.w": np.float32([1, 2])}
    config = Called("omegaconf.dictconfig", "DictConfig", (), {"_content": 1}, True)
    callback = Called("builtins", "getattr", ("text", "upper"))
    tree = {
        "epoch": 3,
        "hyper_parameters": config,
        "callbacks": {"a": callback, "b": {"c": [config]}},
        "state_dict": weights,
    }
    for format in ("zip", "stream"):
        write, read = FORMATS[format]
        assert_same(tensors(read, write(tmp_path / format, tree)), weights)


@pytest.mark.parametrize("format", ["zip", "stream"])
@pytest.mark.parametrize(
    "hidden",
    [
        {"w": Called("posix", "system", ("touch ran",))},
        Called("posix", "system", ("touch ran",)),
        {"state_dict": {"w": Called("posix", "system", ("touch ran",))}},
        {"w": Called("posix", "system", ("touch ran",), {"a": {}})},
        {
            "w": np.zeros(2, np.float32),
            "x": [Called("posix", "system", ("touch ran",))],
        },
    ],
)
def test_nothing_is_run(tmp_path, monkeypatch, format, hidden):
    monkeypatch.chdir(tmp_path)
    write, read = FORMATS[format]
    assert "posix.system" in fails(read, write(tmp_path / "a", hidden))
    assert not (tmp_path / "ran").exists()


def test_a_pickled_module_is_told_by_its_class(tmp_path):
    module = Called("model.net", "Generator", (), {"_parameters": {}}, True)
    path = foreign_files.torch_zip(tmp_path / "a", module)
    assert "model.net.Generator" in fails(pytorch.read, path)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (b"(i__main__\nA\n.", "operation b'i'"),
        (b"\x80\x02\x82\x01.", "operation b'\\x82'"),
        (b"\x80\x02}" + b"0" * 5 + b".", "a broken pickle"),
        (b"\x80\x02h\x07.", "a broken pickle"),
        (b"\x80\x02" + b"(" * 1_000_001, "more than 1000000 operations"),
        (b"\x80\x02X\xff\xff\xff\xffab.", "bytes should follow"),
        (b"\x80\x02\x8b\xff\xff\xff\x7fab.", "an integer of"),
        (b"\x80\x02cos\n" + b"a" * 10_000, "a name without an end"),
        (b"\x80\x02" + b"]" * 70 + b"a" * 69 + b".", "too deep"),
        (b"\x80\x02]q\x00h\x00a.", "too deep"),  # in itself
        (b"\x80\x02}q\x00" + b"X\1\0\0\0ah\0s.", "too deep"),
    ],
)
def test_pickles_that_are_none_of_weights(tmp_path, code, told):
    with zipfile.ZipFile(tmp_path / "a", "w") as file:
        file.writestr("archive/data.pkl", code)
    assert told in fails(pytorch.read, tmp_path / "a")


def multiplied(levels):
    """A dict of ten that are one, each a dict of ten that are one, and so on."""
    content = b"\x80\x02}q\x00"
    for level in range(1, levels):
        content += b"}q" + bytes([level]) + b"("
        for name in range(10):
            content += b"X\1\0\0\0" + bytes([97 + name]) + b"h" + bytes([level - 1])
        content += b"u"
    return content + b"."


def copied(times):
    """A thousand pairs, made a dict again and again."""
    pairs = b"(" + b"".join(b"X\4\0\0\0" + b"%04dN\x86" % i for i in range(1000))
    content = b"\x80\x02ccollections\nOrderedDict\nq\x00" + pairs + b"lq\x01("
    return content + b"h\x00h\x01\x85R" * times + b"l."


@pytest.mark.parametrize("code", [multiplied(30), copied(100_000)])
def test_no_more_memory_than_a_small_multiple_of_the_file(tmp_path, code):
    with zipfile.ZipFile(tmp_path / "a", "w") as file:
        file.writestr("archive/data.pkl", code)
    tracemalloc.start()
    try:
        told = fails(pytorch.read, tmp_path / "a")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "too many" in told or "operations" in told
    assert most < 200e6


# The containers


def test_zip_that_is_compressed(tmp_path):
    path = foreign_files.torch_zip(
        tmp_path / "a",
        {"w": np.zeros(10_000, np.float32)},
        compression=zipfile.ZIP_DEFLATED,
    )
    assert "compressed or encrypted" in fails(pytorch.read, path)


def test_zip_of_something_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as file:
        file.writestr("readme.txt", "hello")
    assert "not of PyTorch" in fails(pytorch.read, tmp_path / "a")


def test_zip_with_a_changed_value(tmp_path):
    path = foreign_files.torch_zip(tmp_path / "a", {"w": np.ones(100, np.float32)})
    content = bytearray(path.read_bytes())
    content[content.index(np.float32(1).tobytes() * 50)] ^= 1
    path.write_bytes(content)
    assert "data/0' has another checksum" in fails(pytorch.read, path)


def test_zip_with_64_bit_sizes(tmp_path):
    values = {"w": np.arange(6, dtype=np.float32)}
    pickled = foreign_files.Pickle()
    content = pickled.whole(values)
    with zipfile.ZipFile(tmp_path / "a", "w") as file:
        for name, each in (("data.pkl", content), ("data/0", values["w"].tobytes())):
            with file.open(f"archive/{name}", "w", force_zip64=True) as member:
                member.write(each)
    assert_same(tensors(pytorch.read, tmp_path / "a"), values)


def test_zip_whose_end_is_64_bit(tmp_path):
    """The end's own numbers say: look at the record before."""
    values = {"w": np.arange(6, dtype=np.float32)}
    path = foreign_files.torch_zip(tmp_path / "a", values)
    content = path.read_bytes()
    end = content.rindex(b"PK\5\6")
    count, size, start = struct.unpack("<HII", content[end + 10 : end + 20])
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start
    )
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    last = b"PK\5\6" + b"\0" * 4 + b"\xff" * 12 + b"\0\0"
    path.write_bytes(content[:end] + record + locator + last)
    assert_same(tensors(pytorch.read, path), values)


def test_stream_of_something_else(tmp_path):
    (tmp_path / "a").write_bytes(foreign_files.Pickle().whole({"w": 1}))
    assert "not of torch.save" in fails(pytorch.read, tmp_path / "a")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"shape": [5]}, "has 6 values"),
        ({"shape": [2, -3]}, "lies outside"),
        ({"dtype": "F8_E4M3"}, "type 'F8_E4M3'"),
        ({"data_offsets": [0, 28]}, "lies outside"),
        ({"data_offsets": [4, 0]}, "lies outside"),
        ({"data_offsets": [0, 23]}, "lies outside"),
        ({"data_offsets": [0]}, "a broken header"),
        ({"shape": "abc"}, "lies outside"),
    ],
)
def test_safetensors_that_say_what_is_not_there(tmp_path, change, told):
    entry = {"dtype": "F32", "shape": [6], "data_offsets": [0, 24], **change}
    text = foreign_files.json.dumps({"w": entry}).encode()
    content = struct.pack("<Q", len(text)) + text + bytes(24)
    (tmp_path / "a").write_bytes(content)
    assert told in fails(safetensors.read, tmp_path / "a")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x10",
        struct.pack("<Q", 2**60) + b"{",
        struct.pack("<Q", 100) + b"{",
        struct.pack("<Q", 4) + b"[[[[",
        struct.pack("<Q", 200_000) + b"[" * 200_000,
        struct.pack("<Q", 2) + b"[]",
    ],
)
def test_safetensors_with_a_broken_header(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    assert "damaged" in fails(safetensors.read, tmp_path / "a")


# Torch7


def test_torch7_tables_and_objects(tmp_path):
    weight = RNG.random((2, 3)).astype(np.float32)
    fields = {"weight": weight, "eps": 1e-5, "train": False, "gradInput": None}
    module = Torch7("nn.SpatialBatchNormalization", fields)
    tree = {
        "model": Torch7("nn.Sequential", {"modules": {1: module}}),
        "mean": {1: 0.5},
    }
    path = foreign_files.t7(tmp_path / "a", tree)
    found, others = by_name(torch7.read(path), path)
    assert list(found) == ["model.modules.1.weight"]
    np.testing.assert_array_equal(found["model.modules.1.weight"].read(), weight)
    assert others == {
        "model.__class__": "nn.Sequential",
        "model.modules.1.__class__": "nn.SpatialBatchNormalization",
        "model.modules.1.eps": 1e-5,
        "model.modules.1.train": False,
        "mean.1": 0.5,
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (struct.pack("<ii", 6, 1), "a Lua function"),
        (struct.pack("<ii", 9, 1), "64-bit longs: an object of type 9"),
        (struct.pack("<iii", 3, 1, 2**31 - 1), "should follow"),
        (b"".join(struct.pack("<iii", 3, i, 1) for i in range(200)), "too deep"),
        (struct.pack("<ii", 2, -1), "should follow"),
        (struct.pack("<iii", 4, 1, 3) + b"V 1" + struct.pack("<i", 2**30), "a name of"),
        (struct.pack("<iii", 4, 1, 8) + b"tds.Hash", "holds a tds.Hash"),
        (struct.pack("<iii", 4, 1, 9) + b"torch.A\nB", r"holds a torch.A\nB,"),
        (
            struct.pack("<iii", 4, 1, 16) + b"torch.A\nBStorage",
            r"holds a torch.A\nBStorage,",
        ),
        (
            struct.pack("<iii", 4, 1, 18)
            + b"torch.FloatStorage"
            + struct.pack("<q", 2**61),
            "should follow",
        ),
    ],
)
def test_torch7_that_is_damaged_or_else(tmp_path, content, told):
    (tmp_path / "a").write_bytes(content)
    assert told in fails(torch7.read, tmp_path / "a")


# Keras


def test_keras_weights_by_layer(tmp_path):
    kernel = RNG.random((3, 3, 2, 4)).astype(np.float32)
    for group in ("", "model_weights/"):
        with h5py.File(tmp_path / "a", "w") as file:
            file[f"{group}p_conv2d_1/p_conv2d_1/img_kernel:0"] = kernel
        found = tensors(keras_h5.read, tmp_path / "a")
        assert_same(found, {"p_conv2d_1/p_conv2d_1/img_kernel:0": kernel})


def external(file, other):
    file.create_dataset("w", (4,), "f4", external=[(str(other), 0, 16)])


def virtual(file, other):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(str(other), "w", (4,))
    file.create_virtual_dataset("w", layout)


def never_written(file, _):
    file.create_dataset("w", (2**40,), "f4")


def compressed(file, _):
    file.create_dataset("w", data=np.zeros(10**6, "f4"), compression="gzip")


def texts(file, _):
    file.create_dataset("w", data=["a", "b"])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (external, "in another file"),
        (virtual, "in another file"),
        (never_written, "but the file holds 0"),
        (compressed, "but the file holds"),
        (texts, "not of numbers"),
    ],
)
def test_keras_file_of_more_than_it_holds(tmp_path, make, told):
    (tmp_path / "other").write_bytes(bytes(16))
    with h5py.File(tmp_path / "a", "w") as file:
        make(file, tmp_path / "other")
    assert told in fails(keras_h5.read, tmp_path / "a")


def test_keras_links_to_other_files_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other", "w") as file:
        file["w"] = np.zeros(4, "f4")
    with h5py.File(tmp_path / "a", "w") as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "other"), "w")
    assert tensors(keras_h5.read, tmp_path / "a") == {}

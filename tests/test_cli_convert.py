"""`inpaint convert`, and `Inpainter.load` of what it reads: every DeepFill row."""

import json

import foreign_files
import numpy as np
import pytest
import release
from commands import only_line, refused, run

from inpaint import checkpoints
from inpaint.cli import convert
from inpaint.inference import Inpainter
from inpaint.models import registry

pytestmark = pytest.mark.usefixtures("eager")

KERNEL = (3, 2, 0, 1)  # [h, w, in, out] → [out, in, h, w]
LICENCE = "CC BY-NC 4.0 for the release's weights and all that is fine-tuned from them"


def values(version="v2", base_filters=4):
    """By the release's names, in the release's order."""
    model = f"deepfill_{version}"
    return release.values(release.generator_shapes(base_filters, model=model), model)


def in_torch(ours):
    """By names that only the layers' scopes are left of, kernels turned."""
    found = {}
    for name, value in ours.items():
        scope, part = name.split("/")[1], name.rsplit("/", 1)[1]
        word = {"kernel": "weight", "bias": "bias"}[part]
        found[f"{scope}.{word}"] = value.transpose(KERNEL) if value.ndim == 4 else value
    return found


def first_row(ours):
    """conv1.conv.weight, conv13_upsample.conv.conv.weight"""
    inner = {True: "conv.conv", False: "conv"}
    found = {}
    for name, value in in_torch(ours).items():
        layer, word = name.split(".")
        found[f"{layer}.{inner[layer.endswith('_upsample')]}.{word}"] = value
    return found


def second_row(ours):
    """stage1.conv1.conv.weight, stage2.ca_conv1.conv.weight, by their order."""
    found = {}
    for name, value in first_row(ours).items():
        stage = "stage1." if name.startswith("conv") else "stage2."
        name = name.replace("pmconv", "ca_conv").replace("xconv", "conv")
        found[stage + name.replace("_upsample", "_up")] = value
    return found


def third_row(ours, prefix="netG."):
    """netG.coarse_generator.conv1.conv.weight, netG.fine_generator.allconv…"""
    found = {}
    for name, value in in_torch(ours).items():
        layer, word = name.split(".")
        stage = "coarse" if layer.startswith("conv") else "fine"
        layer = layer.replace("_upsample", "")
        found[f"{prefix}{stage}_generator.{layer}.conv.{word}"] = value
    return found


def critic():
    return {"conv1.weight": np.ones((2, 3, 5, 5), np.float32)}


ROWS = {
    "v2, G": ("v2", lambda v: {"G": first_row(v), "D": critic()}, "same"),
    "v2, bare": ("v2", first_row, "same"),
    "v2, in stages": ("v2", second_row, "symmetric"),
    "v1, netG": ("v1", lambda v: {**third_row(v), "localD.w": critic()}, "same"),
    "v1, without netG": ("v1", lambda v: third_row(v, ""), "symmetric"),
}


def write(row, path, writer=foreign_files.torch_zip):
    version, renamed, stride_padding = ROWS[row]
    ours = values(version)
    return writer(path, renamed(ours)), ours, stride_padding


def assert_holds(generator, expected):
    variables = generator.variables_by_name()
    assert set(variables) == set(expected)
    for name, variable in variables.items():
        np.testing.assert_array_equal(variable.numpy(), expected[name], name)


@pytest.fixture
def release_folder(here):
    return release.write(here / "release", values())


@pytest.mark.parametrize("writer", ["torch_zip", "torch_stream"])
@pytest.mark.parametrize("row", ROWS)
def test_a_row_converted_reads_back_bit_for_bit(here, capsys, row, writer):
    path, ours, padding = write(row, here / "in.pth", getattr(foreign_files, writer))
    assert run(convert.main, path, "out.weights.h5") == 0
    first, second = capsys.readouterr().out.splitlines()
    version, count = row[:2], sum(value.size for value in ours.values())
    assert first == f"out.weights.h5 written: deepfill_{version}, {count:,} values"
    assert second.startswith(f"licence: {LICENCE}")
    generator = checkpoints.load_generator(here / "out.weights.h5")
    assert_holds(generator, ours)
    assert (generator.name, generator.stride_padding) == (
        f"deepfill_{version}",
        padding,
    )


@pytest.mark.parametrize("row", ["v2, bare", "v1, without netG"])
def test_loaded_as_it_is(here, row):
    path, ours, padding = write(row, here / "in.pth")
    inpainter = Inpainter.load(path)
    assert_holds(inpainter.generator, ours)
    assert inpainter.generator.stride_padding == padding


def test_safetensors_of_the_first_row(here):
    path = foreign_files.safetensors(here / "a.safetensors", first_row(values()))
    assert_holds(checkpoints.load_generator(path), values())


def test_torchscript_of_the_first_row(here):
    path = foreign_files.torch_script(here / "a.pt", first_row(values()))
    assert_holds(checkpoints.load_generator(path), values())


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_floats(here, dtype):
    theirs = {k: v.astype(dtype) for k, v in first_row(values()).items()}
    generator = checkpoints.load_generator(foreign_files.torch_zip(here / "a", theirs))
    expected = {k: v.astype(dtype).astype(np.float32) for k, v in values().items()}
    assert_holds(generator, expected)


def test_our_picture_is_the_releases(here, release_folder):
    path, *_ = write("v2, G", here / "in.pth")
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (24, 32, 3)).astype(np.uint8)
    mask = np.zeros((24, 32), bool)
    mask[5:17, 8:20] = True
    ours, theirs = (Inpainter.load(x)(image, mask) for x in (path, release_folder))
    np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(ours, image)


# The other ways


def test_to_the_releases_checkpoint(here):
    path, ours, _ = write("v2, bare", here / "in.pth")
    assert run(convert.main, path, "release") == 0
    assert sorted(x.name for x in (here / "release").iterdir()) == [
        "checkpoint",
        "snap-0.data-00000-of-00001",
        "snap-0.index",
    ]
    assert_holds(checkpoints.load_generator(here / "release"), ours)


@pytest.mark.parametrize("guided", [False, True])
def test_to_torch_and_back_bit_for_bit(here, guided):
    ours = release.values(release.generator_shapes(4, guided))
    ours["inpaint_net/conv17/bias"] = np.float32([3.4028235e38, -0.0, 1e-45])
    folder = release.write(here / "release", ours)
    assert run(convert.main, folder, "out.pth", "--to", "torch") == 0
    generator = checkpoints.load_generator(here / "out.pth")
    assert (generator.guided, generator.stride_padding) == (guided, "same")
    for name, variable in generator.variables_by_name().items():
        assert variable.numpy().tobytes() == ours[name].tobytes(), name


def test_to_torch_has_the_first_rows_names(here, release_folder):
    from inpaint.checkpoints import pytorch

    assert run(convert.main, release_folder, "out.pth", "--to", "torch") == 0
    found = pytorch.read(here / "out.pth")
    assert list(found) == list(first_row(values()))
    assert len(found) == 84
    assert found["conv1.conv.weight"].shape == (4, 5, 5, 5)


def test_compare(here, capsys, release_folder):
    changed = values()
    changed["inpaint_net/conv5/bias"] = changed["inpaint_net/conv5/bias"] + 0.5
    path = foreign_files.torch_zip(here / "in.pth", first_row(changed))
    assert run(convert.main, path, "a.weights.h5", "--compare", release_folder) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    told = f"largest difference to {release_folder}: 0.5 (inpaint_net/conv5/bias)"
    assert last == told
    assert run(convert.main, path, "b.weights.h5", "--compare", path) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"largest difference to {path}: 0"


def test_compare_with_another_network(here, capsys, release_folder):
    path, *_ = write("v1, netG", here / "in.pth")
    line = refused(
        capsys, convert.main, path, "a.weights.h5", "--compare", release_folder
    )
    assert "cannot be compared: inpaint_net/conv1/bias" in line or (
        "cannot be compared: inpaint_net/conv2_downsample/kernel" in line
    )


def test_ours_says_that_its_licence_is_not_told(here, capsys, release_folder):
    assert run(convert.main, release_folder, "a.weights.h5") == 0
    assert "licence: the file does not tell" in capsys.readouterr().out


# Refusals


@pytest.mark.parametrize(
    ("output", "options", "told"),
    [
        ("there.weights.h5", [], "exists already"),
        ("none/a.weights.h5", [], "there is no folder"),
        ("a.pth", [], "expected NAME.weights.h5"),
        ("a.h5", [], "expected NAME.weights.h5"),
    ],
)
def test_outputs_that_are_refused(here, capsys, release_folder, output, options, told):
    (here / "there.weights.h5").write_text("precious")
    assert told in refused(capsys, convert.main, release_folder, output, *options)
    assert (here / "there.weights.h5").read_text() == "precious"


@pytest.mark.parametrize("options", [["a"], ["a.pth", "--to", "torch"]])
def test_stride_padding_that_the_format_cannot_tell(here, capsys, options):
    path, *_ = write("v2, in stages", here / "in.pth")
    assert "stride_padding symmetric" in refused(capsys, convert.main, path, *options)


def test_another_paper_is_not_written_as_the_release(here, capsys):
    network = registry.paper("partial_conv").generator(base_filters=2, levels=2)
    network.save_weights(here / "in.weights.h5")
    line = refused(capsys, convert.main, "in.weights.h5", "out")
    assert "could not tell that the network is partial_conv" in line
    assert not (here / "out").exists()


def test_v1_is_not_written_for_torch(here, capsys):
    path, *_ = write("v1, netG", here / "in.pth")
    line = refused(capsys, convert.main, path, "a.pth", "--to", "torch")
    assert "expected deepfill_v2, got deepfill_v1" in line


def without(tensors, *endings):
    return {k: v for k, v in tensors.items() if not k.endswith(endings)}


def swapped(tensors):
    items = list(tensors.items())
    return dict([items[2], items[1], items[0], *items[3:]])


def mmagic(first):
    return {
        f"generator.{first}.encoder.enc1.conv.weight": np.ones(
            (4, 5, 5, 5), np.float32
        ),
        f"generator.{first}.encoder.enc1.conv.bias": np.ones(4, np.float32),
    }


def of_7x7():
    return {
        "generator.model.1.weight": np.ones((4, 4, 7, 7), np.float32),
        "generator.model.1.bias": np.ones(4, np.float32),
    }


STRANGERS = {
    "row 1, a tensor missing": (
        lambda: without(first_row(values()), "allconv17.conv.bias"),
        "1 tensors are missing (inpaint_net/allconv17/bias)",
    ),
    "row 1, one too many": (
        lambda: {**first_row(values()), "conv99.conv.bias": np.ones(1, np.float32)},
        "1 are unexpected (conv99.conv.bias)",
    ),
    "row 1, the shapes of v1": (lambda: first_row(values("v1")), "first kernels are"),
    "row 1, a kernel of integers": (
        lambda: first_row(values()) | {"conv3.conv.bias": np.ones(4, np.int64)},
        "conv3.conv.bias is int64 [4]: expected floats",
    ),
    "row 1, a kernel of another shape": (
        lambda: (
            first_row(values())
            | {"conv5.conv.weight": np.ones((16, 3, 3, 3), np.float32)}
        ),
        "misshapen: inpaint_net/conv5/kernel [3, 3, 3, 16]",
    ),
    "row 1 without attention": (
        lambda: {k: v for k, v in first_row(values()).items() if k[:2] != "pm"},
        "of no network that is known",
    ),
    "row 2 in another order": (
        lambda: swapped(second_row(values())),
        "its first kernels are",
    ),
    "row 2, a tensor missing": (
        lambda: without(second_row(values()), "allconv17.conv.bias"),
        "its 83 tensors",
    ),
    "row 3, the shapes of v2": (lambda: third_row(values()), "first kernels are"),
    "mmagic": (lambda: {"state_dict": mmagic("stage1")}, "mmagic's DeepFill"),
    "7x7": (of_7x7, "first kernel is 7 × 7"),
    "a critic": (critic, "1 tensors, conv1.weight [2, 3, 5, 5]"),
    "nothing": (lambda: {"a": 1}, "holds no tensors"),
    "a name that a terminal would obey": (
        lambda: {"a\x1b[2Jb\n": np.ones(1, np.float32)},
        r"a\x1b[2Jb",
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_told_what_it_is(here, capsys, stranger):
    make, told = STRANGERS[stranger]
    path = foreign_files.torch_zip(here / "in.pth", make())
    line = refused(capsys, convert.main, path, "out.weights.h5")
    assert line.startswith(f"{convert_name()}: error: {path}: ")
    assert told in line
    assert "\x1b" not in line


def convert_name():
    import sys

    return sys.argv[0].rsplit("/", 1)[-1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"4\n1\n3\nV 1\n", "in ASCII: save it as binary"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"version https://git-lfs", "a pointer of Git LFS"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0", "compressed: unpack it first"),
        (b"hello", "a file of no format that is read"),
        (b"", "a file of no format that is read"),
        (json.dumps({"a": 1}).encode(), "a file of no format that is read"),
    ],
)
def test_files_of_no_format_that_is_read(here, capsys, content, told):
    (here / "in.pth").write_bytes(content)
    line = refused(capsys, convert.main, "in.pth", "out.weights.h5")
    assert told in only_line(line)

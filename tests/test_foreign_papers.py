"""The other papers' files: names and shapes of the fact sheets, in their formats."""

import foreign_files
import numpy as np
import pytest
from commands import run
from foreign_files import Torch7

from inpaint import checkpoints
from inpaint.checkpoints import foreign
from inpaint.cli import convert
from inpaint.errors import InputError
from inpaint.models import building

RNG = np.random.default_rng(0)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_values():
    """A test's arrays do not depend on the tests before it."""
    RNG.bit_generator.state = START


def array(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def norm(name, filters):
    return {
        f"{name}.weight": array(filters),
        f"{name}.bias": array(filters),
        f"{name}.running_mean": array(filters),
        f"{name}.running_var": array(filters) ** 2,
        f"{name}.num_batches_tracked": np.array(3, np.int64),
    }


def kernel(weight):
    return weight.transpose(2, 3, 1, 0)


def opened(path):
    found = foreign.open_file(str(path))
    return found, {name: value.read() for name, value in found.values.items()}


def assert_fits(found):
    """The names and shapes are those of the network that it says."""
    network = building.from_description(found.model, found.arguments, "a file")
    variables = network.variables_by_name()
    shapes = {name: list(variable.shape) for name, variable in variables.items()}
    assert {name: value.shape for name, value in found.values.items()} == shapes


# LaMa


def lama(blocks=2, c=4, prefix="generator.model."):
    local, far = 2 * c, 6 * c
    found = {"1.ffc.convl2l.weight": array(c, 4, 7, 7), **norm("1.bn_l", c)}
    for i in (2, 3):
        found[f"{i}.ffc.convl2l.weight"] = array(
            c * 2 ** (i - 1), c * 2 ** (i - 2), 3, 3
        )
        found |= norm(f"{i}.bn_l", c * 2 ** (i - 1))
    for part, filters in (("l2l", local), ("l2g", far)):
        found[f"4.ffc.conv{part}.weight"] = array(filters, 4 * c, 3, 3)
    found |= norm("4.bn_l", local) | norm("4.bn_g", far)
    for block in range(5, 5 + blocks):
        for unit in (f"{block}.conv1", f"{block}.conv2"):
            found |= {
                f"{unit}.ffc.convl2l.weight": array(local, local, 3, 3),
                f"{unit}.ffc.convl2g.weight": array(far, local, 3, 3),
                f"{unit}.ffc.convg2l.weight": array(local, far, 3, 3),
                f"{unit}.ffc.convg2g.conv1.0.weight": array(far // 2, far, 1, 1),
                **norm(f"{unit}.ffc.convg2g.conv1.1", far // 2),
                f"{unit}.ffc.convg2g.fu.conv_layer.weight": array(far, far, 1, 1),
                **norm(f"{unit}.ffc.convg2g.fu.bn", far),
                f"{unit}.ffc.convg2g.conv2.weight": array(far, far // 2, 1, 1),
                **norm(f"{unit}.bn_l", local),
                **norm(f"{unit}.bn_g", far),
            }
    number = 6 + blocks
    for filters in (4 * c, 2 * c, c):
        found[f"{number}.weight"] = array(2 * filters, filters, 3, 3)
        found[f"{number}.bias"] = array(filters)
        found |= norm(f"{number + 1}", filters)
        number += 3
    found |= {f"{number + 1}.weight": array(3, c, 7, 7), f"{number + 1}.bias": array(3)}
    return {f"{prefix}{name}": value for name, value in found.items()}


@pytest.mark.parametrize(("blocks", "last"), [(9, 25), (18, 34)])
def test_lamas_names_end_where_the_sheet_says(blocks, last):
    assert f"generator.model.{last}.bias" in lama(blocks)
    assert f"generator.model.{last + 1}.bias" not in lama(blocks)


@pytest.mark.parametrize("blocks", [1, 9, 18])
def test_lamas_checkpoint(tmp_path, blocks):
    theirs = lama(blocks)
    others = {"discriminator.model0.0.weight": array(4, 3, 4, 4)}
    hyper = foreign_files.Called("omegaconf", "DictConfig", (), {}, True)
    tree = {"state_dict": {**theirs, **others}, "hyper_parameters": hyper}
    found, ours = opened(foreign_files.torch_zip(tmp_path / "best.ckpt", tree))
    assert found.model == "lama"
    assert found.arguments == {"base_filters": 4, "blocks": blocks}
    assert "Apache-2.0" in found.licence
    g = "generator.model."
    unit = f"lama/block{blocks}/second"
    name = f"{g}{4 + blocks}.conv2"
    g2g = f"{name}.ffc.convg2g"
    pairs = {
        "lama/encoder1/convolution/local_to_local": f"{g}1.ffc.convl2l.weight",
        "lama/encoder4/convolution/local_to_global": f"{g}4.ffc.convl2g.weight",
        f"{unit}/convolution/global_to_local": f"{name}.ffc.convg2l.weight",
        f"{unit}/convolution/spectral/expand/kernel": f"{g2g}.conv2.weight",
        "lama/decoder1/kernel": f"{g}{6 + blocks}.weight",
        "lama/painter/kernel": f"{g}{16 + blocks}.weight",
    }
    for ours_name, theirs_name in pairs.items():
        np.testing.assert_array_equal(ours[ours_name], kernel(theirs[theirs_name]))
    fu = f"{g2g}.fu.bn.running_var"
    fourier = f"{unit}/convolution/spectral/fourier_unit/norm/moving_variance"
    np.testing.assert_array_equal(ours[fourier], theirs[fu])
    read = [name for name in theirs if not name.endswith("num_batches_tracked")]
    assert len(ours) == len(read)


def test_lama_as_torchscript(tmp_path):
    theirs = lama(1, prefix="model.generator.model.")
    found, _ = opened(foreign_files.torch_script(tmp_path / "big-lama.pt", theirs))
    assert (found.model, found.arguments["blocks"]) == ("lama", 1)
    assert_fits(found)


def test_lama_that_is_not_whole(tmp_path):
    theirs = lama(1)
    del theirs["generator.model.5.conv1.bn_g.bias"]
    path = foreign_files.torch_zip(tmp_path / "a", {"state_dict": theirs})
    with pytest.raises(InputError, match=r"5\.conv1\.bn_g\.bias is missing"):
        opened(path)
    theirs = lama(1) | {"generator.model.99.weight": array(1)}
    path = foreign_files.torch_zip(tmp_path / "a", {"state_dict": theirs})
    with pytest.raises(InputError, match=r"unexpected: generator\.model\.99\.weight"):
        opened(path)


# Partial convolutions


def partial_conv(levels=3, c=4):
    found, width = {}, [3, c, 2 * c, 4 * c]
    for i in range(1, levels + 1):
        k = {1: 7, 2: 5, 3: 5}[i]
        found[f"enc_{i}.conv.input_conv.weight"] = array(width[i], width[i - 1], k, k)
        found[f"enc_{i}.conv.mask_conv.weight"] = np.ones_like(
            found[f"enc_{i}.conv.input_conv.weight"]
        )
        up = width[i] + width[i - 1]
        out = width[i - 1]
        found[f"dec_{i}.conv.input_conv.weight"] = array(out, up, 3, 3)
        found[f"dec_{i}.conv.mask_conv.weight"] = np.ones((out, up, 3, 3), np.float32)
        if i > 1:
            found |= norm(f"enc_{i}.bn", width[i]) | norm(f"dec_{i}.bn", out)
    found["dec_1.conv.input_conv.bias"] = array(3)
    return found


def test_partial_convolutions_kernels_are_divided_by_the_windows_values(tmp_path):
    theirs = partial_conv()
    tree = {"n_iter": 1_000_000, "model": theirs}
    found, ours = opened(foreign_files.torch_stream(tmp_path / "1000000.pth", tree))
    assert found.model == "partial_conv"
    assert found.arguments == {"base_filters": 4, "levels": 3}
    for ours_name, theirs_name, count in (
        ("enc1", "enc_1", 7 * 7 * 3),
        ("dec3", "dec_3", 3 * 3 * (16 + 8)),
    ):
        expected = kernel(theirs[f"{theirs_name}.conv.input_conv.weight"]) / count
        np.testing.assert_allclose(
            ours[f"partial_conv/{ours_name}/kernel"], expected, rtol=1e-6
        )
    bias = theirs["dec_1.conv.input_conv.bias"]
    np.testing.assert_array_equal(ours["partial_conv/dec1/bias"], bias)
    mean = theirs["dec_2.bn.running_mean"]
    np.testing.assert_array_equal(ours["partial_conv/dec2_norm/moving_mean"], mean)
    assert_fits(found)


def test_converted_it_reads_back(here):
    tree = {"model": partial_conv()}
    path = foreign_files.torch_stream(here / "a.pth", tree)
    assert run(convert.main, path, "out.weights.h5") == 0
    _, ours = opened(path)
    read = checkpoints.load_generator("out.weights.h5").variables_by_name()
    assert set(read) == set(ours)
    for name, variable in read.items():
        np.testing.assert_array_equal(variable.numpy(), ours[name])


# Global&Local


def module(kind, **fields):
    return Torch7(f"nn.{kind}", fields)


def completion_network(c=4, matrices=False, deviations=False, eps=1e-5):
    widths = [c, 2 * c, 2 * c, *[4 * c] * 9, 2 * c, 2 * c, c, c // 2, 3]
    modules, before = [], 4
    for n, width in enumerate(widths, start=1):
        full = n in (13, 15)
        side = 5 if n == 1 else 4 if full else 3
        shape = (before, width) if full else (width, before)
        weight = array(*shape, side, side)
        if matrices and not full:
            weight = weight.reshape(len(weight), -1)
        kind = "SpatialFullConvolution" if full else "SpatialConvolution"
        modules.append(module(kind, weight=weight, bias=array(width)))
        if n < 17:
            spread = {"running_var": array(width) ** 2 + 0.1}
            if deviations:
                std = 1 / np.sqrt(spread.pop("running_var") + eps)
                spread = {"running_std": std.astype(np.float32)}
            fields = {"weight": array(width), "bias": array(width), **spread}
            fields |= {"running_mean": array(width), "eps": eps}
            modules.append(module("SpatialBatchNormalization", **fields))
            modules.append(module("ReLU"))
        before = width
    modules.append(module("Sigmoid"))
    tree = dict(enumerate(modules, start=1))
    model = Torch7("nn.Sequential", {"modules": tree})
    return modules, {"model": model, "mean": np.float64([0.5, 0.4, 0.3])}


@pytest.mark.parametrize("matrices", [False, True])
def test_global_locals_file(tmp_path, matrices):
    modules, tree = completion_network(matrices=matrices)
    found, ours = opened(foreign_files.t7(tmp_path / "completionnet.t7", tree))
    assert found.model == "global_local"
    assert found.arguments == {"base_filters": 4, "activation_first": False}
    assert "not for commercial use" in found.licence
    scope = "completion_network"
    np.testing.assert_array_equal(
        ours[f"{scope}/mean_color"], np.float32([0.5, 0.4, 0.3])
    )
    for place, name in (
        (0, "encoder/conv1"),
        (36, "decoder/deconv13"),
        (48, "decoder/conv17"),
    ):
        weight = modules[place].fields["weight"]
        weight = weight.reshape(
            len(weight), -1, *ours[f"{scope}/{name}/kernel"].shape[:2]
        )
        np.testing.assert_array_equal(ours[f"{scope}/{name}/kernel"], kernel(weight))
    gamma = modules[46].fields["weight"]
    np.testing.assert_array_equal(ours[f"{scope}/decoder/conv16/norm/gamma"], gamma)
    assert len(ours) == 17 * 2 + 16 * 4 + 1
    assert_fits(found)


@pytest.mark.parametrize("deviations", [False, True])
def test_batch_norms_epsilon_is_the_files(tmp_path, deviations):
    """1/√(variance + epsilon) must come out as in the file."""
    eps = 1e-3
    modules, tree = completion_network(deviations=deviations, eps=eps)
    _, ours = opened(foreign_files.t7(tmp_path / "a.t7", tree))
    fields = modules[1].fields
    if deviations:
        expected = fields["running_std"]
    else:
        expected = 1 / np.sqrt(fields["running_var"] + eps)
    variance = ours["completion_network/encoder/conv1/norm/moving_variance"]
    np.testing.assert_allclose(1 / np.sqrt(variance + 1e-5), expected, rtol=1e-5)


# Context Encoders


def context_encoder_layers(c=2, bottleneck=6):
    widths = [3, c, c, 2 * c, 4 * c, 8 * c, bottleneck]
    convs = [(widths[i + 1], widths[i]) for i in range(6)]
    widths = [bottleneck, 8 * c, 4 * c, 2 * c, c, 3]
    return convs, [(widths[i], widths[i + 1]) for i in range(5)]


def test_context_encoders_file(tmp_path):
    convs, deconvs = context_encoder_layers()

    def batch_norm(filters):
        fields = {"weight": array(filters), "bias": array(filters)}
        fields |= {"running_mean": array(filters), "running_var": array(filters) ** 2}
        return module("SpatialBatchNormalization", eps=1e-5, **fields)

    def listed(modules):
        return Torch7("nn.Sequential", {"modules": dict(enumerate(modules, start=1))})

    inner, outer = [], []
    for i, shape in enumerate(convs):
        weight = array(*shape, 4, 4)
        inner.append(module("SpatialConvolution", weight=weight, bias=array(shape[0])))
        if 0 < i < 5:
            inner.append(batch_norm(shape[0]))
        if i < 5:
            inner.append(module("LeakyReLU"))
    outer += [listed(inner), batch_norm(6), module("LeakyReLU")]
    for i, shape in enumerate(deconvs):
        weight = array(*shape, 4, 4)
        outer.append(
            module("SpatialFullConvolution", weight=weight, bias=array(shape[1]))
        )
        outer += [batch_norm(shape[1]), module("ReLU")] if i < 4 else [module("Tanh")]
    path = foreign_files.t7(tmp_path / "paris_inpaintCenter.t7", listed(outer))
    found, ours = opened(path)
    assert found.model == "context_encoder"
    assert found.arguments == {"base_filters": 2, "bottleneck": 6, "use_bias": True}
    scope = "context_encoder/autoencoder"
    for name, place in (("conv6", inner[-1]), ("deconv5", outer[-2])):
        weight = place.fields["weight"]
        np.testing.assert_array_equal(ours[f"{scope}/{name}/kernel"], kernel(weight))
    assert len(ours) == 11 * 2 + 9 * 4
    assert_fits(found)


def test_context_encoders_port(tmp_path):
    convs, deconvs = context_encoder_layers()
    theirs = {}
    for shape, place in zip(convs, (0, 2, 5, 8, 11, 14)):
        theirs[f"main.{place}.weight"] = array(*shape, 4, 4)
        if place:
            theirs |= norm(f"main.{place + 1}", shape[0])
    for shape, place in zip(deconvs, (17, 20, 23, 26, 29)):
        theirs[f"main.{place}.weight"] = array(*shape, 4, 4)
        if place < 29:
            theirs |= norm(f"main.{place + 1}", shape[1])
    tree = {"epoch": 1, "state_dict": theirs}
    found, ours = opened(foreign_files.torch_stream(tmp_path / "netG.pth", tree))
    assert found.arguments["use_bias"] is False
    name = "context_encoder/autoencoder/deconv2/kernel"
    np.testing.assert_array_equal(ours[name], kernel(theirs["main.20.weight"]))
    assert len(ours) == 11 + 9 * 4
    assert_fits(found)

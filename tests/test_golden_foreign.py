"""Golden arrays of the papers' systems, in a file of theirs: the golden picture."""

import foreign_files
import numpy as np
import pytest
import torch_golden
from commands import run
from foreign_files import Torch7
from torch_golden import OUTPUT, assert_close, nhwc

from inpaint.cli import convert
from inpaint.inference import Inpainter


def golden(name):
    found = torch_golden.paper(name)
    if not found:
        pytest.skip(f"the golden files have no {name}")
    return found


def below(found, prefix):
    """The arrays whose names begin with a prefix, without it."""
    return {k[len(prefix) :]: v for k, v in found.items() if k.startswith(prefix)}


def paint(path, image, hole):
    """The final picture of the network in a file, in the network's range."""
    generator = Inpainter.load(path).generator
    return generator({"image": image, "hole": hole})["painted"]


def named(name, found, kind):
    """A module of Torch7 with the fields that PyTorch names `name.weight` and so on."""
    fields = below(found, f"{name}.")
    return Torch7(f"nn.{kind}", {**fields, "eps": 1e-5})


def listed(modules):
    return Torch7("nn.Sequential", {"modules": dict(enumerate(modules, start=1))})


@pytest.mark.parametrize("prefix", ["generator.", "model.generator."])
def test_lama(tmp_path, prefix):
    found = golden("lama")
    weights = {prefix + k: v for k, v in below(found, "generator/").items()}
    if prefix == "generator.":
        others = {"discriminator.model0.0.bias": found["discriminator/model0.0.bias"]}
        tree = {"epoch": 39, "state_dict": {**weights, **others}}
        path = foreign_files.torch_zip(tmp_path / "best.ckpt", tree)
    else:
        path = foreign_files.torch_script(tmp_path / "big-lama.pt", weights)
    image = nhwc(found["img_uint8"]) / np.float32(255)
    hole = nhwc(found["mask"]).astype(np.float32)
    painted = paint(path, image * (1 - hole), hole)
    assert_close(painted, nhwc(found["eval/predicted"]), OUTPUT)


def test_partial_conv(tmp_path):
    """Of the port whose layer lacks the number of a window's values."""
    found = golden("partial_conv")
    weights = below(found, "unet/")
    for name in list(weights):
        if name.endswith("input_conv.weight"):
            ones = np.ones_like(weights[name])
            weights[name.replace("input_conv", "mask_conv")] = ones
    tree = {"n_iter": 1, "model": weights}
    path = foreign_files.torch_stream(tmp_path / "1000000.pth", tree)
    generator = Inpainter.load(path).generator
    image = generator.to_network(nhwc(found["gt_uint8"]))
    hole = 1 - nhwc(found["mask"]).astype(np.float32)  # 1 where known in the file
    painted = generator({"image": image, "hole": hole})["painted"]
    assert_close(painted, nhwc(found["unet_naoto/eval_output"]), OUTPUT)


def test_global_local(tmp_path):
    """As released: batch norm before ReLU, the mean colour off the input."""
    found = golden("glcic")
    weights, modules = below(found, "cn/"), []
    for n in range(1, 18):
        full = n in (13, 15)
        kind = "SpatialFullConvolution" if full else "SpatialConvolution"
        modules.append(named(f"{'deconv' if full else 'conv'}{n}", weights, kind))
        if n < 17:
            norm = named(f"bn{n}", weights, "SpatialBatchNormalization")
            modules += [norm, Torch7("nn.ReLU", {})]
    modules.append(Torch7("nn.Sigmoid", {}))
    tree = {"model": listed(modules), "mean": found["mpv"].ravel()}
    path = foreign_files.t7(tmp_path / "completionnet_places2.t7", tree)
    painted = paint(path, nhwc(found["cn_input"])[..., :3], nhwc(found["mask"]))
    expected = nhwc(found["eval/released_output_zero_mean"])
    np.testing.assert_allclose(painted, expected, rtol=0, atol=2e-6)


def test_a_port_of_global_local(here):
    """ReLU before batch norm, the mean colour not off the input nor in the file."""
    found = golden("glcic")
    tree = below(found, "cn/")
    path = foreign_files.torch_stream(here / "model_cn", tree)
    color = ",".join(str(part) for part in found["mpv"].ravel())
    given = [path, "cn.weights.h5", "--mean_color", color]
    assert run(convert.main, *given) == 0
    image, hole = nhwc(found["x"]), nhwc(found["mask"])
    image = Inpainter.load("cn.weights.h5").generator.incomplete(image, hole)
    np.testing.assert_allclose(image, nhwc(found["cn_input"])[..., :3], atol=1e-6)
    painted = paint("cn.weights.h5", image, hole)
    assert_close(painted, nhwc(found["eval/output"]), OUTPUT)


def middle_hidden(found):
    image = nhwc(found["x_uint8"]).astype(np.float32) / 127.5 - 1
    first, end = 32 + int(found["overlap"]), 96 - int(found["overlap"])
    image[:, first:end, first:end] = found["fill"]
    return image


def in_lua(weights):
    """`nn.Sequential` in `nn.Sequential`, the encoder's six convolutions in it."""

    def unit(place, full=False):
        kind = "SpatialFullConvolution" if full else "SpatialConvolution"
        modules = [named(f"{place}", weights, kind)]
        if f"{place + 1}.running_mean" in weights:
            norm = named(f"{place + 1}", weights, "SpatialBatchNormalization")
            modules.append(norm)
        return modules

    activation = Torch7("nn.LeakyReLU", {})
    inner = []
    for place in (0, 2, 5, 8, 11):
        inner += [*unit(place), activation]
    last, norm = unit(14)
    outer = [listed([*inner, last]), norm, activation]
    for place in (17, 20, 23, 26, 29):
        outer += [*unit(place, full=True), activation]
    return listed(outer)


@pytest.mark.parametrize("system", ["port", "lua"])
def test_context_encoder(tmp_path, system):
    found = golden("context_encoder")
    if system == "port":
        tree = {"epoch": 1, "state_dict": below(found, "port_g/")}
        path = foreign_files.torch_stream(tmp_path / "netG.pth", tree)
    else:
        tree = in_lua(below(found, "lua_g/"))
        path = foreign_files.t7(tmp_path / "inpaintCenter.t7", tree)
    image = middle_hidden(found)
    painted = paint(path, image, np.zeros((1, 128, 128, 1), np.float32))
    expected = nhwc(found[f"{system}/eval_output"])
    assert_close(painted[:, 32:96, 32:96], expected, OUTPUT)

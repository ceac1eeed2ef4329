"""Mutated weights through the commands: filled or converted, or one line and no file.

The networks are tiny, and one of each kind and width is made: making them takes time.
"""

import json
import os
import random
import resource
import time

import foreign_files
import numpy as np
import pytest
import release
from commands import box, levels, run, write_mask, write_picture

from fuzz.mutations import mutated
from inpaint.cli import convert
from inpaint.cli import test as command
from inpaint.models import building, registry
from inpaint.pictures import images

SECONDS = 10.0  # of a case
MEMORY = 256 << 20  # bytes that the process may grow by, over all cases


def partial_conv():
    """A port's names: one level, two filters."""
    rng = np.random.default_rng(0)
    shapes = {"enc_1": (2, 3, 7, 7), "dec_1": (3, 5, 3, 3)}
    found = {"dec_1.conv.input_conv.bias": np.zeros(3, np.float32)}
    for name, shape in shapes.items():
        kernel = rng.standard_normal(shape).astype(np.float32)
        found[f"{name}.conv.input_conv.weight"] = kernel
        found[f"{name}.conv.mask_conv.weight"] = np.ones(shape, np.float32)
    return found


def hdf5(folder):
    network = registry.paper("partial_conv").generator(base_filters=2, levels=1)
    network.save_weights(folder / "a.weights.h5")
    return folder / "a.weights.h5"


def released(folder):
    """A folder: what is mutated is the list of its variables."""
    release.write(folder, release.values(release.generator_shapes(base_filters=4)))
    return folder / "snap-0.index"


# Functions of a folder to the file in it that is mutated.
FORMATS = {
    "zip": lambda x: foreign_files.torch_zip(x / "a.pth", partial_conv()),
    "stream": lambda x: foreign_files.torch_stream(x / "a.pth", partial_conv()),
    "script": lambda x: foreign_files.torch_script(x / "a.pt", partial_conv()),
    "safetensors": lambda x: foreign_files.safetensors(x / "a.st", partial_conv()),
    "hdf5": hdf5,
    "release": released,
}


@pytest.fixture
def made_once(monkeypatch):
    make, made = building.from_description, {}

    def from_description(name, arguments, source):
        key = name, json.dumps(arguments, sort_keys=True, default=str)
        if key not in made:
            made[key] = make(name, arguments, source)
        return made[key]

    monkeypatch.setattr(building, "from_description", from_description)


@pytest.mark.usefixtures("made_once")
@pytest.mark.parametrize("kind", FORMATS)
def test_commands(here, capsys, fuzz_cases, kind):
    write_picture(here / "image.png", levels(16, 24))
    write_mask(here / "mask.png", box(16, 24))
    (here / "weights").mkdir()
    path = FORMATS[kind](here / "weights")
    given = here / "weights" / "snap-0" if kind == "release" else path
    fill = ["--image", "image.png", "--mask", "mask.png", "--output", "out.png"]
    runs = {
        "out.png": (command.main, *fill, "--checkpoint_dir", given),
        "out.weights.h5": (convert.main, given, "out.weights.h5"),
    }
    whole, known = path.read_bytes(), {*os.listdir(), *runs}
    for arguments in runs.values():
        assert run(*arguments) == 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    codes = []
    for case in range(max(fuzz_cases // 10, 1)):  # the readers' own tests try more
        path.write_bytes(mutated(whole, random.Random(case)))
        for output, arguments in runs.items():
            (here / output).unlink(missing_ok=True)
            capsys.readouterr()
            begun = time.monotonic()
            codes.append(run(*arguments))
            assert time.monotonic() - begun < SECONDS, case
            errors = capsys.readouterr().err.splitlines()
            assert codes[-1] in (0, 2), (case, errors)
            assert (codes[-1] == 2) == (len(errors) == 1), (case, errors)
            assert not errors or ": error: " in errors[0], (case, errors)
            assert (here / output).exists() == (codes[-1] == 0), case
            assert set(os.listdir()) <= known, case
            if codes[-1] == 0 and output == "out.png":
                assert images.read_image(output).shape == (16, 24, 3)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MEMORY
    assert codes.count(2) > len(codes) // 4  # else the mutations test nothing

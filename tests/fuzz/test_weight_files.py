"""Mutated files of weights: each is read whole, or ends in one line."""

import random
import tracemalloc

import foreign_files
import h5py
import numpy as np
import pytest

from fuzz.mutations import mutated
from inpaint.checkpoints import keras_h5, pytorch, safetensors, torch7
from inpaint.checkpoints.naming import by_name
from inpaint.errors import InputError

RNG = np.random.default_rng(0)
TENSORS = {
    f"layer{i}.{part}": RNG.standard_normal(shape).astype(np.float32)
    for i in range(6)
    for part, shape in (("weight", (4, 3, 3, 3)), ("bias", (4,)))
}
MEMORY = 100e6  # the most that a file of 10 kB may take: interpreters have a floor


def torch_dict(path, write):
    hyper = foreign_files.Called("a.config", "Config", (), {"lr": 0.1}, True)
    return write(path, {"hyper": hyper, "state_dict": TENSORS, "epoch": 3})


def modules(path):
    tree = {
        number + 1: foreign_files.Torch7("nn.Layer", {"values": value, "eps": 1e-5})
        for number, value in enumerate(TENSORS.values())
    }
    model = foreign_files.Torch7("nn.Sequential", {"modules": tree})
    return foreign_files.t7(path, {"model": model, "mean": {1: 0.5, 2: 0.4, 3: 0.3}})


def hdf5(path):
    with h5py.File(path, "w") as file:
        for name, value in TENSORS.items():
            file[name.replace(".", "/")] = value
    return path


FORMATS = {
    "zip": (lambda p: torch_dict(p, foreign_files.torch_zip), pytorch.read),
    "stream": (lambda p: torch_dict(p, foreign_files.torch_stream), pytorch.read),
    "script": (lambda p: foreign_files.torch_script(p, TENSORS), pytorch.read),
    "safetensors": (lambda p: foreign_files.safetensors(p, TENSORS), safetensors.read),
    "t7": (modules, torch7.read),
    "keras": (hdf5, keras_h5.read),
}


def read_whole(read, path):
    """How many values it holds."""
    tensors, _ = by_name(read(path), path)
    return sum(tensor.read().size for tensor in tensors.values())


@pytest.mark.parametrize("format", FORMATS)
def test_mutated(tmp_path, fuzz_cases, format):
    write, read = FORMATS[format]
    whole = write(tmp_path / "whole").read_bytes()
    held = sum(value.size for value in TENSORS.values())
    assert read_whole(read, tmp_path / "whole") == held
    errors = []
    path = tmp_path / "mutated"
    tracemalloc.start()
    try:
        for seed in range(fuzz_cases):
            path.write_bytes(mutated(whole, random.Random(seed)))
            try:
                assert read_whole(read, path) <= path.stat().st_size
            except InputError as error:
                errors.append(str(error))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(errors) > fuzz_cases // 3
    for error in errors:
        assert "\n" not in error
        assert error.startswith(f"{path}: ")
    assert most < MEMORY

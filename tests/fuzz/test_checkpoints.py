"""Mutated checkpoints of every format: restored, or one line; the network is whole."""

import random
import resource
import shutil
import time

import pytest
import tensorflow as tf

from fuzz.mutations import mutated
from inpaint import checkpoints, config
from inpaint.checkpoints import exports
from inpaint.errors import InputError
from inpaint.models import recognise
from inpaint.models.deepfill_v2 import DeepFillV2Generator

SECONDS = 10.0  # of a case
MEMORY = 256 << 20  # bytes that the process may grow by, over all cases

# What is mutated of each format, in its folder.
FORMATS = {
    "release": ("checkpoint", "snap-0.index", "snap-0.data-00000-of-00001"),
    "hdf5": ("small.weights.h5",),
    "export": ("assets.extra/inpaint.json", "variables/variables.index"),
    "training": ("checkpoint", "config.yml", "snap-4.index"),
}


@pytest.fixture(scope="module")
def generator():
    return DeepFillV2Generator(base_filters=4)


def write(kind, folder, generator):
    """A whole checkpoint; returns the path to open."""
    named = {n: _variable(v) for n, v in generator.variables_by_name().items()}
    if kind == "release":
        checkpoints.save_original(generator, folder)
    elif kind == "hdf5":
        generator.save_weights(folder / "small.weights.h5")
        return folder / "small.weights.h5"
    elif kind == "export":

        def save(target):
            (folder / target / "variables").mkdir()
            (folder / target / "saved_model.pb").write_bytes(b"")
            prefix = f"{target}/variables/variables"
            tf.train.Checkpoint(weights=named).write(prefix)

        exports.write(folder, 1, exports.Description(0.6, padding="same"), save)
        return folder / "1"
    else:
        tf.train.Checkpoint(weights=named).write(str(folder / "snap-4"))
        (folder / "checkpoint").write_text('model_checkpoint_path: "snap-4"\n')
        config.save(config.Config(base_filters=4), folder / "config.yml")
    return folder


def _variable(variable):
    return variable if isinstance(variable, tf.Variable) else variable.value


def refusal(generator, path):
    """What is said against loading a checkpoint; None if it is loaded."""
    try:
        stored = checkpoints.open_stored(path)
        found = recognise(stored.shapes)
        if found == ("deepfill_v2", {"base_filters": 4, "guided": False}):
            checkpoints.restore(generator, stored)
        else:  # as a network that it takes time to make
            checkpoints.generator_from(stored)
    except InputError as error:
        return str(error)
    return None


@pytest.mark.parametrize("kind", FORMATS)
def test_mutated_checkpoints(tmp_path, generator, fuzz_cases, kind):
    path = write(kind, tmp_path, generator)
    folder = path.parent if path.is_file() else path
    whole = {name: (folder / name).read_bytes() for name in FORMATS[kind]}
    checkpoints.restore(generator, checkpoints.open_stored(path))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for case in range(fuzz_cases):
        name = FORMATS[kind][case % len(whole)]
        (folder / name).write_bytes(mutated(whole[name], random.Random(case)))
        begun = time.monotonic()
        message = refusal(generator, path)
        if message is not None:
            refused += 1
            assert len(message.splitlines()) == 1, (case, message)
            assert str(folder) in message, (case, message)
        assert time.monotonic() - begun < SECONDS, case
        (folder / name).write_bytes(whole[name])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MEMORY
    assert refused > fuzz_cases // 4  # else the mutations test nothing
    shutil.rmtree(tmp_path)

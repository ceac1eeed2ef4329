"""test.py: weights, settings and command line agree on sketches, or it says so."""

import shutil

import cv2
import numpy as np
import pytest
from commands import (
    as_arguments,
    box,
    levels,
    listed,
    read_picture,
    refused,
    run,
    write_mask,
)

from inpaint import Inpainter
from inpaint.cli import guided_batch_test, test

pytestmark = pytest.mark.usefixtures("eager")


def filled(flags):
    assert run(test.main, *as_arguments(flags)) == 0
    return read_picture(flags["output"])


@pytest.fixture
def guided_flags(flags, here, tiny_guided_checkpoint):
    edge = write_mask(here / "edge.png", levels()[..., 0] > 128)
    return {**flags, "edge": edge, "checkpoint_dir": tiny_guided_checkpoint}


def test_a_sketch_guides(guided_flags, here):
    one = filled(guided_flags)
    write_mask(guided_flags["edge"], np.zeros((37, 43), bool))
    other = filled(guided_flags)
    assert (one == other)[~box()].all()
    assert (one != other).any()


@pytest.fixture
def calls(monkeypatch):
    """(Inpainter, sketch) of each picture that would be filled; it stays as it is."""
    found = []

    def fill(inpainter, image, mask, edge=None, progress=None):
        found.append((inpainter, edge))
        return image

    monkeypatch.setattr(Inpainter, "__call__", fill)
    return found


def test_padding_and_edge_threshold_come_from_the_settings(guided_flags, here, calls):
    write_mask(guided_flags["edge"])
    filled(guided_flags)
    (here / "inpaint.yml").write_text("padding: SYMMETRIC\nedge_threshold: 1.0")
    filled(guided_flags)
    (plain, edge), (symmetric, no_edge) = calls
    assert (plain.generator.padding, symmetric.generator.padding) == (
        "same",
        "symmetric",
    )
    assert (edge == box()).all()
    assert not no_edge.any()


@pytest.mark.parametrize(
    ("trained", "here_is", "by_config", "expected"),
    [
        (None, None, None, False),  # 100 is 0.39 of 255; the default is 0.6
        (None, 0.3, None, True),
        (0.3, None, None, True),
        (0.3, 0.5, None, True),  # the network's own, whatever lies here
        (0.3, 0.3, 0.5, False),  # but --config goes before it
    ],
)
@pytest.mark.parametrize("command", [test, guided_batch_test])
def test_which_edge_threshold_counts(
    guided_flags, here, calls, command, trained, here_is, by_config, expected
):
    folder = here / "trained"
    shutil.copytree(guided_flags["checkpoint_dir"], folder)
    said = {folder / "config.yml": trained, here / "inpaint.yml": here_is}
    said[here / "other.yml"] = by_config
    for path, threshold in said.items():
        if threshold is not None:
            path.write_text(f"guided: true\nedge_threshold: {threshold}\n")
    assert cv2.imwrite(str(guided_flags["edge"]), np.full((37, 43), 100, np.uint8))
    flags = {"checkpoint_dir": folder}
    if by_config is not None:
        flags["config"] = here / "other.yml"
    if command is test:
        flags = {**guided_flags, **flags}
    else:
        flags["flist"] = listed("image.png mask.png out.png edge.png")[1]
    assert run(command.main, *as_arguments(flags)) == 0
    assert (calls[0][1] == expected).all()


@pytest.mark.parametrize("text", [None, "guided: false", "guided: true"])
def test_a_sketch_goes_before_the_file_that_lies_here(guided_flags, here, calls, text):
    if text:
        (here / "inpaint.yml").write_text(text)
    filled(guided_flags)
    assert calls[0][1].any()


@pytest.mark.parametrize(
    ("guided", "edge", "said", "by_config", "words"),
    [
        (True, False, None, False, ["are guided", "give --edge"]),
        (False, True, None, False, ["are not guided", "leave out --edge"]),
        (True, False, True, True, ["are guided", "give --edge"]),
        (False, False, True, False, ["are not guided", "says guided: true, set it to"]),
        (False, False, True, True, ["are not guided", "says guided: true, set it to"]),
        (False, True, True, False, ["says guided: true", "leave out --edge"]),
        (False, True, False, True, ["are not guided", "leave out --edge"]),
        (True, False, False, False, ["says guided: false", "give --edge"]),
        (True, True, False, True, ["are guided", "says guided: false, set it to true"]),
    ],
)
def test_guided_or_not(
    guided_flags, here, capsys, tiny_checkpoint, guided, edge, said, by_config, words
):
    flags = dict(guided_flags)
    file = here / ("other.yml" if by_config else "inpaint.yml")
    if said is not None:
        file.write_text(f"guided: {said}\n")
    if by_config:
        flags["config"] = file
    if not guided:
        flags["checkpoint_dir"] = tiny_checkpoint
    if not edge:
        del flags["edge"]
    line = refused(capsys, test.main, *as_arguments(flags))
    assert line.count(str(flags["checkpoint_dir"])) == 1
    assert all(part in line for part in words)
    assert (file.name in line) == any("says" in part for part in words)

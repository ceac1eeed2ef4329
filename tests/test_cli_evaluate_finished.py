"""evaluate.py --model NAME=FOLDER: finished pictures of a system that is not here."""

import json

import numpy as np
import pytest
from commands import as_arguments, box, levels, refused, run, write_mask, write_picture

from inpaint.cli import evaluate as command


@pytest.fixture
def pictures(here):
    """Two pictures, their masks, and what another system made of them."""
    for folder in ("pictures", "masks", "theirs"):
        (here / folder).mkdir()
    for name, size in (("a", (37, 43)), ("b", (40, 48))):
        picture, hole = levels(*size), box(*size)
        write_picture(here / "pictures" / f"{name}.png", picture)
        write_mask(here / "masks" / f"{name}.png", hole)
        finished = np.where(hole[..., None], picture // 2, picture)
        write_picture(here / "theirs" / f"{name}.png", finished)
    return here


def arguments(*models):
    given = {"images": "pictures", "masks": "masks", "output": "out", "samples": 0}
    flags = as_arguments(given)
    return [*flags, *(word for model in models for word in ("--model", model))]


def test_a_row_of_finished_pictures_by_name(pictures):
    assert run(command.main, *arguments("PM=telea", "Theirs=theirs")) == 0
    stored = json.loads((pictures / "out/results.json").read_text())
    assert list(stored["methods"]) == ["PM", "Theirs"]
    errors = []
    for size in ((37, 43), (40, 48)):
        picture, hole = levels(*size), box(*size)
        difference = np.abs(picture.astype(float) - picture // 2)
        errors.append((difference * hole[..., None]).mean() / 255)
    found = stored["methods"]["Theirs"]["l1"]["mean"]
    assert found == pytest.approx(np.mean(errors), rel=1e-6)


def test_without_a_name_it_is_the_folder(pictures):
    assert run(command.main, *arguments("theirs")) == 0
    stored = json.loads((pictures / "out/results.json").read_text())
    assert list(stored["methods"]) == ["theirs"]


def missing(pictures):
    (pictures / "theirs/b.png").unlink()
    return "b.png: expected one finished picture b.* in theirs, found none"


def twice(pictures):
    write_picture(pictures / "theirs/a.jpg", levels(37, 43))
    return "found a.jpg and a.png"


def of_another_size(pictures):
    write_picture(pictures / "theirs/b.png", levels(40, 40))
    return "theirs/b.png is 40 × 40 pixels but"


@pytest.mark.parametrize("spoilt", [missing, twice, of_another_size])
def test_what_cannot_be_used_is_named(pictures, spoilt, capsys):
    expected = spoilt(pictures)
    assert expected in refused(capsys, command.main, *arguments("Theirs=theirs"))


def test_names_are_given_once(pictures, capsys):
    models = arguments("A=telea", "A=theirs")
    assert "--model: two are named A" in refused(capsys, command.main, *models)

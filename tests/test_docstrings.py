"""Every public class and function has an example in its docstring, and it runs."""

import contextlib
import doctest
import importlib
import inspect
import io

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

# What users import, by its home; None: all public functions and classes of the file.
PUBLIC = {
    "inpaint.checkpoints.hub": ["save_preset"],
    "inpaint.details": ["Details"],
    "inpaint.evaluation.bootstrap": ["mean"],
    "inpaint.evaluation.classical": ["fill"],
    "inpaint.evaluation.frechet": ["Features", "distance"],
    "inpaint.evaluation.lpips": ["LPIPS"],
    "inpaint.evaluation.measures": ["measure", "of_picture"],
    "inpaint.evaluation.patch_match": ["fill"],
    "inpaint.evaluation.samples": ["Samples"],
    "inpaint.export.portable": ["export"],
    "inpaint.export.saved_model": ["export"],
    "inpaint.inference": ["Inpainter", "Inpainter.load"],
    "inpaint.layers": None,
    "inpaint.losses": None,
    "inpaint.masks": None,
    "inpaint.masks.sources": ["find"],
    "inpaint.metrics": None,
    "inpaint.models.base": None,
    "inpaint.models.building": ["build_generator", "build_model", "recognise"],
    "inpaint.models.registry": ["name_of", "names", "paper", "register", "settings"],
    "inpaint.models.settings": ["ModelSettings"],
    "inpaint.pictures.edges": ["canny"],
    "inpaint.pictures.images": None,
    "inpaint.pictures.lists": ["Pictures", "find_pictures"],
}


def names_in(module):
    chosen = PUBLIC[module]
    if chosen is not None:
        return chosen
    found = importlib.import_module(module)
    return getattr(found, "__all__", None) or [
        name
        for name, value in vars(found).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module
    ]


def public():
    """(name, object) of all, each object once."""
    found = {}
    for module in PUBLIC:
        for name in names_in(module):
            value = importlib.import_module(module)
            for part in name.split("."):
                value = getattr(value, part)
            if inspect.isclass(value) or inspect.isroutine(value):
                found.setdefault(id(value), (f"{module}.{name}", value))
    return list(found.values())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with photo.png, 64 × 48 pixels, and mask.png with a hole in it."""
    folder = tmp_path_factory.mktemp("examples")
    photo = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    mask = np.zeros((48, 64), np.uint8)
    mask[20:28, 30:42] = 255
    for name, picture in (("photo.png", photo), ("mask.png", mask)):
        assert cv2.imwrite(str(folder / name), picture)
    return folder


@pytest.mark.parametrize(
    ("name", "value"), [pytest.param(*x, id=x[0]) for x in public()]
)
def test_the_example_runs(name, value, folder, monkeypatch):
    monkeypatch.chdir(folder)
    value = inspect.unwrap(getattr(value, "__func__", value))
    module = importlib.import_module(value.__module__)
    examples = doctest.DocTestParser().get_doctest(
        inspect.getdoc(value) or "",
        {**vars(module), "keras": keras, "np": np, "tf": tf},
        name,
        module.__file__,
        None,
    )
    assert examples.examples, f"{name} has no example"
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    with contextlib.redirect_stdout(io.StringIO()):
        failed, _ = runner.run(examples, out=said.write)
    assert not failed, said.getvalue()

"""Mutated picture files and lists: read, or refused in one line; nothing else.

Memory: a reader may take `_TIMES` what the picture's pixels take in RGBA, beside what
the file itself takes; here, under a limit of `_PIXELS`, that is 16 MB. Each test notes
the process's largest size, so one case that takes more fails it.
"""

import functools
import os
import random
import resource
import time

import cv2
import numpy as np
import pytest
from commands import box, invert, levels, run, write_mask, write_picture

from fuzz.mutations import mutated
from inpaint.cli import batch_test, edges
from inpaint.cli import test as command
from inpaint.errors import InputError
from inpaint.pictures import images, lists

_PIXELS = 1_000_000
_TIMES = 16
_SECONDS = 5  # for one file of some kilobytes, on a busy machine

_EXTENSIONS = (".png", ".jpg", ".bmp", ".webp", ".tif", ".jp2", ".gif", ".avif", ".ppm")


@functools.lru_cache
def whole_files():
    """(extension, bytes) of grey, RGB and RGBA in every format that takes them."""
    rgba = np.dstack([levels(), levels()[..., 1]])
    found = []
    for extension in _EXTENSIONS:
        for image in (rgba[..., 0], rgba[..., :3], rgba):
            try:
                encoded, data = cv2.imencode(extension, image)
            except cv2.error:
                continue
            if encoded:
                found.append((extension, data.tobytes()))
    return found


def damaged(seed):
    """(extension, bytes) of a whole file with a mutation."""
    rng = random.Random(seed)
    extension, data = rng.choice(whole_files())
    return extension, mutated(data, rng)


def peak():
    """The largest size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


READERS = {
    "image": images.read_image,
    "picture": images.read_picture,
    "mask": lambda path, **limit: images.read_mask(path, (16, 16), **limit),
    "edge": lambda path, **limit: images.read_edge(path, 0.6, **limit),
}


@pytest.mark.parametrize("name", READERS)
def test_readers(here, fuzz_cases, name):
    read = READERS[name]
    for _, data in whole_files():  # what reading whole files takes
        (here / "a").write_bytes(data)
        read(here / "a", max_pixels=_PIXELS)
    before, read_in_full = peak(), 0
    for seed in range(fuzz_cases):
        extension, data = damaged(seed)
        path = here / f"a{extension}"
        path.write_bytes(data)
        start = time.perf_counter()
        try:
            image = read(path, max_pixels=_PIXELS)
        except InputError as error:
            message = str(error)
            assert message.startswith(f"{path}: "), (seed, message)
            assert "\n" not in message, (seed, message)
        else:
            read_in_full += 1
            assert image.dtype in (np.uint8, bool), seed
            assert 0 < image.shape[0] * image.shape[1] <= _PIXELS, seed
        assert time.perf_counter() - start < _SECONDS, seed
        assert peak() - before < _TIMES * 4 * _PIXELS + 2 * len(data), seed
    assert 0 < read_in_full < fuzz_cases  # mutations that are neither nothing nor all


def commands_on(path):
    """By name, a command and its arguments that take a picture from `path`."""
    return {
        "image": (command.main, "--image", path, "--mask", "mask.png"),
        "mask": (command.main, "--image", "image.png", "--mask", path),
        "edges": (edges.main, path, "output.png"),
    }


@pytest.mark.usefixtures("quick_network")
@pytest.mark.parametrize("name", commands_on(""))
def test_commands(here, fuzz_cases, capsys, name):
    write_picture(here / "image.png")
    write_mask(here / "mask.png", box())
    for seed in range(fuzz_cases):
        extension, data = damaged(seed)
        path = f"a{extension}"
        (here / path).write_bytes(data)
        before = {*os.listdir(), "output.png"}
        end = run(*commands_on(path)[name])
        errors = capsys.readouterr().err
        wrote = os.path.exists("output.png")
        assert set(os.listdir()) <= before, seed
        assert wrote == (end == 0), (seed, errors)
        assert end in (0, 2), seed
        assert len(errors.splitlines()) <= 1, (seed, errors)
        assert end == 0 or "error: " in errors, (seed, errors)
        if wrote:
            images.read_image("output.png")
            os.remove("output.png")


def lines(count):
    return "".join(f"a.png m.png out/{i}.png\n" for i in range(count)).encode()


@pytest.mark.parametrize("main", [batch_test.main])
def test_lists_of_pictures_to_fill(here, fuzz_cases, capsys, monkeypatch, main):
    monkeypatch.setattr("inpaint.cli.model.load", lambda *_, **__: invert)
    write_picture(here / "a.png", levels(8, 8))
    write_mask(here / "m.png", box(8, 8) | (levels(8, 8)[..., 0] > 20))
    (here / "out").mkdir()
    known = {"a.png", "m.png", "out", "list"}
    for seed in range(fuzz_cases):
        (here / "list").write_bytes(mutated(lines(3), random.Random(seed)))
        assert run(main, "--flist", "list") in (0, 1, 2), seed
        errors = capsys.readouterr().err
        assert all(": error: " in x or ": warning: " in x for x in errors.splitlines())
        for name in set(os.listdir()) - known:  # a mutated name of an output
            assert images.read_image(name).shape == (8, 8, 3), seed
            os.remove(name)
        for name in os.listdir("out"):
            images.read_image(f"out/{name}")
            os.remove(f"out/{name}")


def test_lists_of_training_pictures(here, fuzz_cases):
    for name in "abc":
        write_picture(here / f"{name}.png", levels(8, 8))
    for seed in range(fuzz_cases):
        listed = mutated(b"a.png\nb.png\nc.png\tb.png\n", random.Random(seed))
        (here / "list").write_bytes(listed)
        for guided in (False, True):
            try:
                assert len(lists.find_pictures(here / "list", guided)) > 0, seed
            except InputError as error:
                message = str(error)
                assert message.startswith(str(here / "list")), seed
                assert "\n" not in message, seed

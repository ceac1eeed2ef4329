"""make demo: the holes, the numbers below the pictures, what is written."""

import importlib
import sys

import cv2
import numpy as np
import pytest

from inpaint.weights import bundled

pytest.importorskip("skimage")
# By its name: whether there is a folder demo/ decides how ruff sorts an import of it.
demo = importlib.import_module("demo")


def test_holes_are_where_they_should_be():
    text, scratches, badge, wood = demo.cases()
    for case in (text, scratches, badge, wood):
        assert case.image.shape == (demo.SIDE, demo.SIDE, 3)
        assert case.mask.shape == (demo.SIDE, demo.SIDE)
    assert 0.03 < text.mask.mean() < 0.15
    assert 0.02 < scratches.mask.mean() < 0.12
    assert wood.mask.sum() == 72**2
    # The table is brown: red before green before blue.
    red, green, blue = wood.image[wood.mask].mean(axis=0)
    assert red > 1.5 * green > 1.5 * blue
    # A disc of radius 46: 46² · π = 6648 pixels.
    assert abs(badge.mask.sum() - 6648) < 150
    # The badge is blue on the suit's orange.
    red, _, blue = badge.image[badge.mask].mean(axis=0)
    assert blue > 0.75 * red
    rim = cv2.dilate(badge.mask.astype(np.uint8), np.ones((9, 9))) > badge.mask
    red, _, blue = badge.image[rim].mean(axis=0)
    assert blue < 0.4 * red


def test_numbers_by_hand():
    """Off by 51 of 255 in a quarter of the picture: 20%; 0.2² / 4 = 0.01, 20 dB."""
    image = np.full((8, 8, 3), 100, np.uint8)
    mask = np.zeros((8, 8), bool)
    mask[:4, :4] = True
    off = image + np.uint8(51) * mask[..., np.newaxis]
    row = dict.fromkeys(("inpaint", "Telea", "Navier-Stokes", "PatchMatch"), off)
    lines = demo.numbers(demo.Case("x", image, mask), row)
    assert lines == dict.fromkeys(row, "l1 20.00%  20.0 dB")
    assert demo.numbers(demo.Case("x", image, mask, original_known=False), row) == {}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")
    monkeypatch.setattr(sys, "argv", ["demo.py"])
    return tmp_path / "demo"


def test_what_is_written(folder, monkeypatch, capsys, tiny_checkpoint):
    monkeypatch.setattr(sys, "argv", ["demo.py", f"--checkpoint_dir={tiny_checkpoint}"])
    demo.main()
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in printed[:-1]] == [
        [case, method]
        for case in ("text", "scratches", "wood")
        for method in ("inpaint", "Telea", "Navier-Stokes", "PatchMatch")
    ]
    names = {path.name for path in folder.iterdir()}
    cases = ("text", "scratches", "object", "wood")
    assert names == {
        "demo.png",
        *(f"{case}_{what}.png" for case in cases for what in ("image", "mask")),
    }
    sheet = cv2.imread(str(folder / "demo.png"))
    side, line, gap = 256, 28, 8
    assert sheet.shape == (line + 4 * (side + line), 6 * (side + gap) - gap, 3)
    for number, case in enumerate(cases):
        image = cv2.imread(str(folder / f"{case}_image.png"))
        hole = cv2.imread(str(folder / f"{case}_mask.png"))[..., 0] > 127
        top = line + number * (side + line)
        columns = [
            sheet[top : top + side, left : left + side]
            for left in range(0, 6 * (side + gap) - gap, side + gap)
        ]
        for column in columns:
            assert (column == image)[~hole].all()
        assert (columns[0][hole] == 255).all()
        assert (columns[5] == image).all()
        for column in columns[1:5]:
            assert (column != image)[hole].any()


def test_without_weights(folder, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", str(folder))
    with pytest.raises(SystemExit, match=r"demo: error: .* no weights of its own"):
        demo.main()
    assert not folder.exists()

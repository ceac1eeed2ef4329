"""Pictures that training takes or refuses: thin ones, TIFF files."""

import cv2
import numpy as np
import pytest

from inpaint.errors import InputError
from inpaint.pictures import lists
from inpaint.pictures.framing import CENTRE, read_framed
from inpaint.pictures.images import read_image


def write(path, *shape, dtype=np.uint8):
    assert cv2.imwrite(str(path), np.full(shape, 1, dtype))
    return path


@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (2, 60000)])
def test_a_picture_too_thin_to_be_cropped_is_named(tmp_path, shape):
    path = write(tmp_path / "thin.png", *shape, 3)
    with pytest.raises(InputError) as caught:
        read_framed(str(path), None, (64, 64), CENTRE, 0.6)
    message = str(caught.value)
    assert message.startswith(f"{path}: {shape[0]}×{shape[1]} pixels are too thin")
    # Resized, it is as good as any.
    assert read_framed(str(path), None, (64, 64), None, 0.6)["images"].shape[0] == 64


@pytest.mark.parametrize("shape", [(2, 128), (40, 2000), (64, 6400)])
def test_long_pictures_are_cropped(tmp_path, shape):
    """2×128 makes 64 crops of 64×64 side by side, the most; 64×6400 is not scaled."""
    path = write(tmp_path / "long.png", *shape, 3)
    found = read_framed(str(path), None, (64, 64), CENTRE, 0.6)["images"]
    assert found.shape == (64, 64, 3)


def test_tiff_files_are_training_pictures(tmp_path):
    names = [write(tmp_path / name, 8, 8, 3) for name in ("a.tif", "b.TIFF")]
    assert lists.find_pictures(tmp_path).images == [str(name) for name in names]


@pytest.mark.parametrize("levels", ["float32", "float64", "int16"])
def test_a_tiff_of_other_levels_says_so(tmp_path, levels):
    path = write(tmp_path / "other.tiff", 8, 8, 3, dtype=levels)
    with pytest.raises(InputError, match=f"8 or 16 bits, got {levels}"):
        read_image(path)

"""Wrong requests are INVALID_ARGUMENT, in words that a caller understands.

By TensorFlow's C library, which does not compare requests with the declared shapes.
"""

import re

import numpy as np
import pytest
from served_model import INVALID_ARGUMENT, ServedError
from small_exports import png

IMAGE, MASK = np.zeros((2, 16, 24, 3), np.uint8), np.zeros((2, 16, 24, 1), np.uint8)
IMAGE_FILE, MASK_FILE = png(IMAGE[0]), png(MASK[0])
EXPECTED_MASK = (
    "mask: expected one channel and the batch, height and width of the image, "
    "[2 16 24 1]; received "
)
BAD_ARRAYS = {
    "mask of another height": (IMAGE, MASK[:, :15], EXPECTED_MASK + "[2 15 24 1]"),
    "mask of another width": (IMAGE, MASK[:, :, :23], EXPECTED_MASK + "[2 16 23 1]"),
    "mask of three channels": (IMAGE, IMAGE, EXPECTED_MASK + "[2 16 24 3]"),
    "mask without channels": (IMAGE, MASK[..., 0], EXPECTED_MASK + "[2 16 24]"),
    "masks too few": (IMAGE, MASK[:1], EXPECTED_MASK + "[1 16 24 1]"),
    "one picture, no batch": (
        IMAGE[0],
        MASK[0],
        "image: expected RGB pictures, [batch height width 3]; received [16 24 3]",
    ),
    "grey picture": (
        IMAGE[..., :1],
        MASK,
        "image: expected RGB pictures, [batch height width 3]; received [2 16 24 1]",
    ),
    "no picture": (
        IMAGE[:0],
        MASK[:0],
        "image: expected RGB pictures, [batch height width 3]; received [0 16 24 3]",
    ),
    "no rows": (
        IMAGE[:, :0],
        MASK[:, :0],
        "image: expected RGB pictures, [batch height width 3]; received [2 0 24 3]",
    ),
    "floats": (IMAGE.astype(np.float32), MASK, "to be uint8 but float is provided"),
}


@pytest.mark.parametrize("bad", BAD_ARRAYS)
def test_bad_arrays_are_refused_in_words(small_exports, bad):
    image, mask, words = BAD_ARRAYS[bad]
    with pytest.raises(ServedError) as error:
        small_exports.plain.served.predict(image=image, mask=mask)
    assert error.value.code == INVALID_ARGUMENT
    assert words in error.value.message


BAD_FILES = {
    "not a picture": (
        [IMAGE_FILE, b"hello"],
        [MASK_FILE] * 2,
        r"image_bytes\[1\]: expected the bytes of a PNG, JPEG, BMP or GIF file; "
        "received 5 bytes of something else",
    ),
    "empty": ([IMAGE_FILE] * 2, [MASK_FILE, b""], r"mask_bytes\[1\]: .*received 0"),
    "image cut off": ([IMAGE_FILE[:50]], [MASK_FILE], "Invalid PNG.*image_bytes"),
    "mask cut off": ([IMAGE_FILE], [MASK_FILE[:50]], "Invalid PNG.*mask_bytes"),
    "another size": (
        [IMAGE_FILE] * 2,
        [MASK_FILE, png(MASK[0, :15])],
        r"mask_bytes\[1\]: expected the height and width of image_bytes\[1\], "
        r"\[16 24\]; received \[15 24\]",
    ),
    "too many": (
        [IMAGE_FILE],
        [MASK_FILE] * 2,
        r"mask_bytes: expected as many as of image_bytes, \[1\]; received \[2\]",
    ),
}


@pytest.mark.parametrize("bad", BAD_FILES)
def test_bad_files_are_refused_in_words(small_exports, bad):
    image_bytes, mask_bytes, words = BAD_FILES[bad]
    with pytest.raises(ServedError) as error:
        small_exports.plain.served.predict(
            "bytes", image_bytes=image_bytes, mask_bytes=mask_bytes
        )
    assert error.value.code == INVALID_ARGUMENT
    assert re.search(words, error.value.message.replace("\n", " "))


def test_a_sketch_that_does_not_fit_is_refused_in_words(small_exports):
    served = small_exports.guided.served
    with pytest.raises(ServedError, match="edge: expected one channel and the batch"):
        served.predict(image=IMAGE, mask=MASK, edge=MASK[:, 1:])
    files = {"image_bytes": [IMAGE_FILE], "mask_bytes": [MASK_FILE]}
    with pytest.raises(ServedError, match=r"edge_bytes\[0\]: expected the bytes of"):
        served.predict("bytes", **files, edge_bytes=[b"hello"])

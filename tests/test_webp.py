import numpy as np
import pytest

from inpaint.pictures import webp

# What a viewer sees, and how a file of each orientation stores it.
UPRIGHT = [[1, 2, 3], [4, 5, 6]]
STORED = {
    1: [[1, 2, 3], [4, 5, 6]],
    2: [[3, 2, 1], [6, 5, 4]],  # mirrored
    3: [[6, 5, 4], [3, 2, 1]],  # turned by 180°
    4: [[4, 5, 6], [1, 2, 3]],
    5: [[1, 4], [2, 5], [3, 6]],
    6: [[3, 6], [2, 5], [1, 4]],  # to be turned clockwise
    7: [[6, 3], [5, 2], [4, 1]],
    8: [[4, 1], [5, 2], [6, 3]],  # to be turned anticlockwise
}


@pytest.mark.parametrize("orientation", STORED)
def test_turned(orientation):
    stored = np.array(STORED[orientation], np.uint8)
    for image, upright in (
        (stored, np.array(UPRIGHT)),
        (np.dstack([stored] * 3), np.dstack([np.array(UPRIGHT)] * 3)),
    ):
        np.testing.assert_array_equal(webp.turned(image, orientation), upright)

"""Sketches of edges from pictures, for guided networks: Canny's, or HED's.

Both take uint8 RGB `[H, W, 3]` and give uint8 `[H, W]`, bright on the edges. A guided
network takes for an edge what is above its edge_threshold, 0.6 of 255.

Canny, "A Computational Approach to Edge Detection", 1986. Xie and Tu,
"Holistically-Nested Edge Detection", 2015 (arXiv 1504.06375), which the paper of
DeepFill v2 makes its sketches with.
"""

import contextlib
import os

import cv2
import numpy as np

from inpaint.errors import InputError
from inpaint.pictures.opencv import one_line_errors

# What HED was trained with: the mean of its pictures, BGR, in parts of 255.
_HED_MEAN = (104.00698793, 116.66876762, 122.67891434)

SIGMA = 2.0  # of Canny's Gaussian, pixels
_LEVEL = 4  # of a gradient, for its histogram of 256 levels


def canny(image, sigma=SIGMA, low=None, high=None):
    """Canny's edges of a smoothed picture, one pixel wide.

    Where the colours change by different amounts, the largest one counts. The
    gradient is that of the 3×3 Sobel filters: 4 × the height of a step between two
    neighbouring pixels, where nothing was smoothed.

    Args:
      image: uint8 RGB `[H, W, 3]`.
      sigma: standard deviation of the Gaussian that smooths first, in pixels; 0
        leaves the picture as it is.
      low, high: lines are followed while the gradient is above `low`, and kept if it
        is above `high` somewhere. None: Otsu's threshold of this picture's gradients,
        and half of it.

    Returns:
      uint8 `[H, W]`, 255 on the edges, 0 elsewhere.

    Raises:
      InputError: OpenCV does not take a picture of that size, or lacks the memory.

    Example:
      >>> image = np.zeros((16, 16, 3), np.uint8)
      >>> image[:, 8:] = 255
      >>> np.unique(canny(image)).tolist()
      [0, 255]
    """
    with one_line_errors(f"edges of {image.shape[1]} × {image.shape[0]} pixels"):
        smooth = cv2.GaussianBlur(image, (0, 0), sigma) if sigma else image
        if high is None:
            high = _otsu(smooth)
            low = high / 2
        return cv2.Canny(smooth, low, high, L2gradient=True)


def _otsu(image):
    """The gradient that parts the picture's gradients best into small and large."""
    across, down = (cv2.Sobel(image, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    largest = np.hypot(across, down).max(axis=-1)
    levels = np.minimum(largest // _LEVEL, 255).astype(np.uint8)
    level, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    return (level + 1) * _LEVEL


class HED:
    """Holistically-nested edge detection by a Caffe network that the user has.

    OpenCV 4 runs it; OpenCV 5 reads no Caffe models any more.

    Args:
      prototxt, caffemodel: paths of the network's description and weights, whose one
        output is a picture of probabilities, of the input's size.

    Raises:
      InputError: this OpenCV cannot, or the files are not a Caffe network.
    """

    def __init__(self, prototxt, caffemodel):
        self._name = os.fspath(prototxt)
        if not hasattr(cv2.dnn, "readNetFromCaffe"):
            raise InputError(
                f"{prototxt}: OpenCV {cv2.__version__} reads no Caffe models, OpenCV 4 "
                "does: pip install 'opencv-python<5'"
            )
        for path in (prototxt, caffemodel):
            if not os.path.isfile(path):
                raise InputError(f"{path}: no such file of a Caffe network")
        with one_line_errors(f"{prototxt} and {caffemodel}: no Caffe network"):
            self._net = cv2.dnn.readNetFromCaffe(self._name, os.fspath(caffemodel))

    def __call__(self, image):
        """The probability of an edge, in parts of 255: uint8 `[H, W]`.

        Args:
          image: uint8 RGB `[H, W, 3]`.

        Raises:
          InputError: the network does not run, or answers with something else.
        """
        height, width = image.shape[:2]
        blob = cv2.dnn.blobFromImage(
            image[..., ::-1], 1.0, (width, height), _HED_MEAN, swapRB=False
        )
        with one_line_errors(f"{self._name}: the network does not run"), _crop_layer():
            self._net.setInput(blob)
            answer = self._net.forward()
        if answer.shape != (1, 1, height, width):
            raise InputError(
                f"{self._name}: expected a network with one answer of "
                f"[1, 1, {height}, {width}], got {list(answer.shape)}"
            )
        return np.rint(answer[0, 0].clip(0, 1) * 255).astype(np.uint8)


class _CentreCrop:
    """HED's "Crop": the middle of the first input, as large as the second.

    OpenCV's own layer of that name cuts at the top left where the description gives
    no offset, which HED's does not: all edges would be some 34 pixels off.
    """

    def __init__(self, params, blobs):
        pass

    def getMemoryShapes(self, inputs):
        source, target = inputs
        return [[*source[:2], *target[2:]]]

    def forward(self, inputs):
        source, target = inputs
        rows, columns = (
            slice((have - want) // 2, (have - want) // 2 + want)
            for have, want in zip(source.shape[2:], target.shape[2:])
        )
        return [source[:, :, rows, columns]]


@contextlib.contextmanager
def _crop_layer():
    """A context in which the networks that OpenCV runs for the first time crop so."""
    cv2.dnn_registerLayer("Crop", _CentreCrop)
    try:
        yield
    finally:
        cv2.dnn_unregisterLayer("Crop")

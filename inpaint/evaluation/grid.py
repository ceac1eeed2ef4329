"""A sheet of pictures: a row for each sample, a column for each method."""

import cv2
import numpy as np

CELL = 256  # pixels; larger pictures are shrunk to fit

_LEAST_WIDTH = 96  # of a column, for its heading
_GAP = 8
_HEADING = 28
_HOLE = 255  # white, as the papers show it
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class Grid:
    """The sheet of original | with the hole | each method's picture.

    Args:
      count: how many pictures there are in all.
      rows: how many of them to show, evenly spread over all.
    """

    def __init__(self, count, rows):
        rows = min(count, rows)
        self._indices = {row * count // rows for row in range(rows)}
        self._headings = []
        self._rows = []

    def add(self, index, sample, completed):
        """Keep a picture if it is one to show; see `measures.measure`."""
        if index not in self._indices:
            return
        hole = np.where(sample.mask[..., np.newaxis], np.uint8(_HOLE), sample.image)
        self._headings = ["original", "with the hole", *completed]
        row = [sample.image, hole, *completed.values()]
        self._rows.append([_fitted(picture) for picture in row])

    def sheet(self):
        """uint8 RGB `[H, W, 3]`; None without any rows."""
        if not self._rows:
            return None
        widths = [cell.shape[1] for row in self._rows for cell in row]
        width = max(_LEAST_WIDTH, *widths)
        heights = [row[0].shape[0] for row in self._rows]
        columns = len(self._headings)
        shape = (
            _HEADING + sum(heights) + _GAP * len(heights),
            columns * (width + _GAP) + _GAP,
            3,
        )
        sheet = np.full(shape, 255, np.uint8)
        lefts = [_GAP + column * (width + _GAP) for column in range(columns)]
        for left, heading in zip(lefts, self._headings):
            _write(sheet, heading, left, width)
        top = _HEADING
        for height, row in zip(heights, self._rows):
            for left, cell in zip(lefts, row):
                sheet[top : top + height, left : left + cell.shape[1]] = cell
            top += height + _GAP
        return sheet


def _fitted(picture):
    height, width = picture.shape[:2]
    scale = CELL / max(height, width)
    if scale >= 1:
        return picture
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _write(sheet, text, left, width):
    (wide, _), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    scale = 0.5 * min(width / max(wide, 1), 1.0)
    corner = (left, _HEADING - 10)
    cv2.putText(sheet, text, corner, _FONT, scale, (0, 0, 0), 1, cv2.LINE_AA)

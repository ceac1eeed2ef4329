"""How a JPEG file was encoded, as OpenCV's parameters to encode another like it.

The quality is that of the IJG's library whose table for luminance is nearest: exact
for files that it, or a library like it, wrote; an estimate for cameras' and Photoshop's
own tables. ITU-T T.81, §B.2.2, §B.2.4.1 and table K.1.
"""

import cv2
import numpy as np

from inpaint.pictures.metadata_jpeg import segments

_QUANTISATION = 0xDB
_START_OF_FRAME = {0xC0, *range(0xC1, 0xD0)} - {0xC4, 0xC8, 0xCC}

# Table K.1 in the order that files have, zigzag.
_LUMINANCE = np.concatenate(
    [
        [16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40],
        [26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51],
        [56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87],
        [95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99],
    ]
)
# How luminance is sampled, across and down in one byte, the other two being 1 × 1.
_SAMPLING = {
    0x11: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    0x21: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    0x22: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    0x12: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
    0x41: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_411,
}


def parameters(data):
    """(parameter, value, …) for `cv2.imencode`; () where the file does not tell.

    Args:
      data: bytes of a JPEG file.
    """
    table, components = None, []
    for marker, content in segments(data):
        if marker == _QUANTISATION:
            table = _tables(content).get(0, table)
        elif marker in _START_OF_FRAME:
            components = list(content[7::3])
    if table is None:
        return ()
    found = (cv2.IMWRITE_JPEG_QUALITY, nearest(table))
    if len(components) == 3 and components[1:] == [0x11, 0x11]:
        sampling = _SAMPLING.get(components[0])
        if sampling:
            found += (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, int(sampling))
    return found


def nearest(table):
    """The quality, 1 … 100, whose table of luminance is nearest, in the sum of steps.

    Args:
      table: 64 steps in zigzag order.
    """
    off = [np.abs(_scaled(quality) - table).sum() for quality in range(1, 101)]
    return int(np.argmin(off)) + 1


def _scaled(quality):
    """The table of a quality, as the IJG's library makes it."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((_LUMINANCE * percent + 50) // 100, 1, 255)


def _tables(content):
    """The tables of a segment, by their numbers."""
    tables, place = {}, 0
    while place < len(content):
        size = 2 if content[place] >> 4 else 1
        values = content[place + 1 : place + 1 + 64 * size]
        if len(values) == 64 * size:
            tables[content[place] & 15] = np.frombuffer(values, f">u{size}").astype(int)
        place += 1 + 64 * size
    return tables

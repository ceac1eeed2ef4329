import struct

import cv2
import numpy as np
import pytest

from inpaint.pictures import jpeg2000

PICTURE = np.random.default_rng(0).integers(0, 256, (37, 43, 4), np.uint8)


def whole(channels=3):
    image = PICTURE[..., 0] if channels == 1 else PICTURE[..., :channels]
    return cv2.imencode(".jp2", image)[1].tobytes()


def changed(data, at, value, form):
    data = bytearray(data)
    struct.pack_into(form, data, at, value)
    return bytes(data)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("boxes", [True, False])
def test_whole_files(channels, boxes):
    data = whole(channels)
    if not boxes:
        data = data[data.find(jpeg2000.CODESTREAM) :]
    assert jpeg2000.is_jpeg_2000(data)
    assert jpeg2000.fault(data) is None


@pytest.mark.parametrize(
    ("box", "offset", "value", "form"),
    [
        (b"ihdr", 4, 38, ">I"),  # a height that the codestream does not have
        (b"ihdr", 12, 1, ">H"),  # as many components
        (b"ihdr", 15, 6, ">B"),  # another compression
        (b"ftyp", -4, 19, ">I"),  # its length
        (b"jp2h", -4, 44, ">I"),
        (b"colr", 4, 3, ">B"),  # a method that there is not
        (b"jp2c", -4, 2**31, ">I"),
    ],
)
def test_boxes_that_do_not_fit(box, offset, value, form):
    data = whole()
    fault = jpeg2000.fault(changed(data, data.find(box) + offset, value, form))
    assert fault == "is damaged: its boxes do not hold together"


@pytest.mark.parametrize(
    ("at", "value", "form"),
    [
        (8, 0, ">I"),  # a width of 0
        (24, 0, ">I"),  # tiles of 0 columns
        (40, 2**14 + 1, ">H"),  # more components than there may be
        (43, 0, ">B"),  # a component sampled every 0 columns
    ],
)
def test_sizes_that_do_not_fit(at, value, form):
    data = whole()[whole().find(jpeg2000.CODESTREAM) :]
    fault = jpeg2000.fault(changed(data, at, value, form))
    assert fault == "is damaged: its main header does not hold together"


@pytest.mark.parametrize("missing", [b"\xff\x52", b"\xff\x5c"])
def test_a_main_header_without_a_part(missing):
    data = whole()
    start = data.find(missing)
    length = 2 + struct.unpack_from(">H", data, start + 2)[0]
    data = data[data.find(jpeg2000.CODESTREAM) : start] + data[start + length :]
    fault = jpeg2000.fault(data)
    assert fault == "is damaged: its main header does not hold together"


def test_a_codestream_without_its_end():
    bare = whole()[whole().find(jpeg2000.CODESTREAM) : -2]
    assert jpeg2000.fault(bare).startswith("is truncated")

"""How many pixels a picture file has, by its header, before OpenCV decodes it.

A file of some kilobytes may decode to gigabytes. Here are the formats that OpenCV
reads as its wheels are built; what begins like none of them is no picture.
"""

import re

from inpaint.pictures import jpeg2000, tiff

# After FF: 00, D0 to D7 and another FF belong to the data, 01 has no length.
JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_START_OF_FRAME = {0xC0, *range(0xC1, 0xD0)} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA

_BLANKS = rb"(?:\s|#[^\n]*\n)+"
_PNM = re.compile(rb"P[1-6Ff]" + _BLANKS + rb"(\d{1,12})" + _BLANKS + rb"(\d{1,12})")
_PAM = re.compile(rb"(WIDTH|HEIGHT)\s+(\d{1,12})")
_HDR = re.compile(rb"[-+]Y +(\d{1,12}) +[-+]X +(\d{1,12})")


def is_picture(data):
    """Whether a file begins as a format that OpenCV reads."""
    return _format(data) is not None


def size(data):
    """(height, width) in pixels as the header has them; None if it is not found."""
    measure = _format(data)
    found = measure and measure(data)
    return found if found and min(found) > 0 else None


def _format(data):
    """The function that finds the size; None for an unknown format."""
    for is_format, measure in _FORMATS:
        if is_format(data):
            return measure
    return None


def _number(data, start, size, order="big"):
    return int.from_bytes(data[start : start + size], order)


def _jpeg(data):
    position = 2
    while True:
        marker = JPEG_MARKER.search(data, position)
        if marker is None or data[marker.end() - 1] == _START_OF_SCAN:
            return None
        position = marker.end()
        if data[position - 1] in _START_OF_FRAME:
            return _number(data, position + 3, 2), _number(data, position + 5, 2)
        position += _number(data, position, 2)


def _png(data):
    return _number(data, 20, 4), _number(data, 16, 4)


def _bmp(data):
    if _number(data, 14, 4, "little") == 12:  # of OS/2
        return _number(data, 20, 2, "little"), _number(data, 18, 2, "little")
    width, height = (
        int.from_bytes(data[start : start + 4], "little", signed=True)
        for start in (18, 22)
    )
    return abs(height), abs(width)  # height < 0: the top row comes first


def _webp(data):
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (_number(data, start, 3, "little") for start in (24, 27))
        return height + 1, width + 1
    if kind == b"VP8L":
        bits = _number(data, 21, 4, "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    width, height = (_number(data, start, 2, "little") for start in (26, 28))
    return height & 0x3FFF, width & 0x3FFF


def _tiff(data):
    height, width = tiff.tag(data, tiff.HEIGHT), tiff.tag(data, tiff.WIDTH)
    return None if height is None or width is None else (height, width)


def _gif(data):
    return _number(data, 8, 2, "little"), _number(data, 6, 2, "little")


def _jpeg_2000(data):
    start = data.find(jpeg2000.CODESTREAM)
    if start < 0:
        return None
    right, bottom, left, top = (
        _number(data, start + 8 + 4 * place, 4) for place in range(4)
    )
    return bottom - top, right - left


def _avif(data):
    """The largest of the file's pictures: `ispe`, in the top-level box `meta`."""
    start, found = 0, []
    while start + 8 <= len(data):
        length = _number(data, start, 4)
        end = start + length if length >= 8 else len(data)
        if data[start + 4 : start + 8] == b"meta":
            places = re.finditer(b"ispe", data[start:end])
            starts = [start + place.end() + 4 for place in places]
            found += [(_number(data, x + 4, 4), _number(data, x, 4)) for x in starts]
        start = end
    return max(found, key=lambda pair: pair[0] * pair[1], default=None)


def _pnm(data):
    found = _PNM.match(data)
    return found and (int(found[2]), int(found[1]))


def _pam(data):
    found = {name: int(value) for name, value in _PAM.findall(data[:1024])}
    return found.get(b"HEIGHT", 0), found.get(b"WIDTH", 0)


def _sun(data):
    return _number(data, 8, 4), _number(data, 4, 4)


def _hdr(data):
    found = _HDR.search(data)
    return found and (int(found[1]), int(found[2]))


def _begins(*signatures):
    return lambda data: data.startswith(signatures)


_FORMATS = (
    (_begins(b"\xff\xd8\xff"), _jpeg),
    (_begins(b"\x89PNG\r\n\x1a\n"), _png),
    (_begins(b"BM"), _bmp),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", _webp),
    (tiff.is_tiff, _tiff),
    (_begins(b"GIF87a", b"GIF89a"), _gif),
    (jpeg2000.is_jpeg_2000, _jpeg_2000),
    (lambda data: data[4:12] in (b"ftypavif", b"ftypavis", b"ftypmif1"), _avif),
    (_begins(b"P7"), _pam),
    (lambda data: re.match(rb"P[1-6Ff][\s#]", data) is not None, _pnm),
    (_begins(b"\x59\xa6\x6a\x95"), _sun),
    (_begins(b"#?RADIANCE", b"#?RGBE"), _hdr),
)

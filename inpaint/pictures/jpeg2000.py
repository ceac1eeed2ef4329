"""Whether a JPEG 2000 file's headers are whole (ISO/IEC 15444-1, annexes A and I).

OpenCV 4 can end the process where OpenJPEG gives up on a header, after another file
was decoded. So a file reaches it only if its boxes, its main header and the lengths of
its tile-parts hold together.
"""

CODESTREAM = b"\xff\x4f\xff\x51"  # start of codestream, then the marker SIZ

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"  # of files of boxes; others are a codestream
_SIZ, _COD, _QCD = 0xFF51, 0xFF52, 0xFF5C
_MARKERS = {_SIZ, _COD, _QCD, 0xFF53, 0xFF55, 0xFF57, *range(0xFF5D, 0xFF65)}
_START_OF_TILE_PART, _END = 0xFF90, b"\xff\xd9"
_MOST_TILES = 1 << 16  # their number has 16 bits
_TRUNCATED = "is truncated: the end-of-codestream marker is missing"
_DAMAGED = "is damaged: its {} not hold together"


def is_jpeg_2000(data):
    """Whether a file begins as one."""
    return data.startswith((_SIGNATURE[:8], CODESTREAM))


def fault(data):
    """What is wrong with a JPEG 2000 file's headers, None if nothing is seen."""
    start = data.find(CODESTREAM)
    if start < 0:
        return "is damaged or truncated: it has no codestream"
    if start > 0 and not _boxes_fit(data, start):
        return _DAMAGED.format("boxes do")
    position, seen = start + 2, set()
    while (marker := _number(data, position, 2)) != _START_OF_TILE_PART:
        body = position + 4
        end = position + 2 + _number(data, position + 2, 2)
        if marker not in _MARKERS or end < body or end > len(data):
            return _DAMAGED.format("main header does")
        if not _FITS.get(marker, _anything_fits)(data[body:end]):
            return _DAMAGED.format("main header does")
        seen.add(marker)
        position = end
    if not {_SIZ, _COD, _QCD} <= seen:
        return _DAMAGED.format("main header does")
    while _number(data, position, 2) == _START_OF_TILE_PART:
        length = _number(data, position + 6, 4)
        if length == 0:  # to the end of the codestream
            return None if data.rfind(_END) > position else _TRUNCATED
        if length < 14:
            return _DAMAGED.format("tile-parts do")
        position += length
    return None if data[position : position + 2] == _END else _TRUNCATED


def _number(data, start, size):
    return int.from_bytes(data[start : start + size], "big")


def _boxes(data, start, end):
    """Yields (type, start, end) of boxes' contents; nothing after one that is cut."""
    while start + 8 <= end:
        length, kind, contents = _number(data, start, 4), data[start + 4 : start + 8], 8
        if length == 1:
            length, contents = _number(data, start + 8, 8), 16
        last = start + length if length else end
        if last > end or last < start + contents:
            return
        yield kind, start + contents, last
        start = last


def _boxes_fit(data, codestream):
    """Whether the boxes before the codestream are those of a JP2 file, and whole."""
    found = {}
    for kind, start, end in _boxes(data, 0, len(data)):
        found.setdefault(kind, (start, end))
        if kind == b"jp2c":
            break
    if not data.startswith(_SIGNATURE) or found.get(b"jp2c", (0,))[0] != codestream:
        return False
    if not {b"ftyp", b"jp2h"} <= found.keys():
        return False
    start, end = found[b"ftyp"]
    if end - start < 8 or (end - start) % 4:
        return False
    inner = list(_boxes(data, *found[b"jp2h"]))
    if not inner or inner[0][0] != b"ihdr" or inner[-1][2] != found[b"jp2h"][1]:
        return False
    kinds = [kind for kind, _, _ in inner]
    if b"colr" not in kinds or kinds.count(b"ihdr") > 1:
        return False
    return all(
        _BOX_FITS.get(kind, _anything_fits)(data[start:end], data[codestream:])
        for kind, start, end in inner
    )


def _anything_fits(*_):
    return True


def _image_header_fits(box, codestream):
    right, bottom, left, top = (_number(codestream, 8 + 4 * i, 4) for i in range(4))
    size = _number(box, 4, 4), _number(box, 0, 4)
    components = _number(codestream, 40, 2)
    return (
        len(box) == 14
        and size == (right - left, bottom - top)
        and _number(box, 8, 2) == components
        and box[11] == 7  # the one type of compression
        and (box[10] != 255 or components > 1)
    )


def _colour_fits(box, _):
    return len(box) >= 3 and (box[0] != 1 or len(box) == 7) and box[0] in (1, 2)


def _channels_fit(box, codestream):
    count, components = _number(box, 0, 2), _number(codestream, 40, 2)
    if len(box) != 2 + 6 * count or not 0 < count <= components:
        return False
    entries = [
        [_number(box, 2 + 6 * i + 2 * part, 2) for part in range(3)]
        for i in range(count)
    ]
    numbers = [number for number, _, _ in entries]
    belong = [to for _, _, to in entries if 0 < to < 0xFFFF]
    return (
        max(numbers) < components
        and len(set(numbers)) == count
        and all(to <= components for to in belong)
        and len(set(belong)) == len(belong)
    )


_BOX_FITS = {
    b"ihdr": _image_header_fits,
    b"colr": _colour_fits,
    b"cdef": _channels_fit,
}


def _size_fits(body):
    """Whether SIZ describes a picture and its tiles."""
    right, bottom, left, top, width, height, x, y = (
        _number(body, 2 + 4 * place, 4) for place in range(8)
    )
    components = _number(body, 34, 2)
    if not 0 < components <= 16384 or len(body) != 36 + 3 * components:
        return False
    depths, across, down = (body[36 + part :: 3] for part in range(3))
    if max(depth & 0x7F for depth in depths) > 37 or 0 in across or 0 in down:
        return False
    if not (x <= left < right and y <= top < bottom):
        return False
    if not (left < x + width and top < y + height):
        return False
    return -(-(right - x) // width) * -(-(bottom - y) // height) < _MOST_TILES


def _coding_fits(body):
    """Whether COD's choices exist and its length is theirs."""
    if len(body) < 10:
        return False
    style, order, transform, levels, wide, high = (body[i] for i in (0, 1, 4, 5, 6, 7))
    precincts = levels + 1 if style & 1 else 0
    return (
        len(body) == 10 + precincts
        and style < 8
        and order <= 4
        and _number(body, 2, 2) > 0
        and transform <= 1
        and levels <= 32
        and wide <= 8
        and high <= 8
        and wide + high <= 8
        and body[8] < 0x40
        and body[9] <= 1
        and all(size & 15 and size >> 4 for size in body[11:])
    )


def _quantization_fits(body):
    """Whether QCD holds whole steps of its style."""
    if len(body) < 2 or body[0] & 31 > 2:
        return False
    return body[0] & 31 == 0 or len(body) % 2 == 1


_FITS = {_SIZ: _size_fits, _COD: _coding_fits, _QCD: _quantization_fits}

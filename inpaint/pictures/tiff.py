"""The first directory of a TIFF file, classic or BigTIFF: the few tags that count here.

Adobe, "TIFF, Revision 6.0", 1992, sections 2 and 18.
"""

WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES = 256, 257, 258, 262, 277
EXTRA_SAMPLES, SAMPLE_FORMAT = 338, 339

_CLASSIC = (b"II*\0", b"MM\0*")
_BIG = (b"II+\0", b"MM\0+")
_SIZES = {1: 1, 3: 2, 4: 4, 16: 8}  # bytes of the types of whole numbers
_ASSOCIATED, _UNASSOCIATED = b"\x01", b"\x02"


def is_tiff(data):
    """Whether the bytes begin as a TIFF file does."""
    return data.startswith(_CLASSIC + _BIG)


def tag(data, number):
    """The largest (first) value that a tag has, an int; None if it is not there."""
    order = _order(data)
    values = [
        int.from_bytes(data[start : start + size], order)
        for start, size in _places(data, number)
    ]
    return max(values, default=None)


def with_alpha_as_stored(data):
    """The file, changed so that libtiff gives colours and alpha as they are stored.

    libtiff multiplies the colours of 8 bits by an alpha channel that is said to be
    unassociated (2); by one that is said to be associated (1) it takes them as
    multiplied already.
    """
    changed = bytearray(data)
    for start, size in _places(data, EXTRA_SAMPLES):
        low = start if _order(data) == "little" else start + size - 1
        if changed[low : low + 1] == _UNASSOCIATED:
            changed[low : low + 1] = _ASSOCIATED
    return bytes(changed)


def _order(data):
    return "little" if data.startswith(b"II") else "big"


def _places(data, number):
    """(start, size) of a tag's first value, wherever the directory names the tag."""
    order = _order(data)

    def read(start, size):
        return int.from_bytes(data[start : start + size], order)

    if data.startswith(_BIG):
        directory, pointer, entry_size = read(8, 8), 8, 20
    else:
        directory, pointer, entry_size = read(4, 4), 4, 12
    count_size = 8 if pointer == 8 else 2
    first = directory + count_size
    count = min(read(directory, count_size), max(len(data) - first, 0) // entry_size)
    for entry in range(first, first + count * entry_size, entry_size):
        size = _SIZES.get(read(entry + 2, 2))
        if read(entry, 2) == number and size and size <= pointer:
            yield entry + 4 + pointer, size

"""Metadata in WebP files: chunks of the extended format.

RFC 9649, "WebP Image Format", 2024, §2.7. The format has no resolution of its own: it
stands in EXIF.
"""

from inpaint.pictures import directories, exif, sizes
from inpaint.pictures.metadata_values import Metadata

_EXTENDED, _ICC, _EXIF, _XMP = b"VP8X", b"ICCP", b"EXIF", b"XMP "
_FLAGS = {_ICC: 0x20, _EXIF: 0x08, _XMP: 0x04}
_ALPHA = 0x10


def read(data):
    """The `Metadata` of a WebP file."""
    found = dict(reversed(list(_chunks(data))))
    block = found.get(_EXIF)
    if block is not None:  # some writers copy JPEG's mark of it
        block = block[6:] if block.startswith(b"Exif\0\0") else block
    dpi = None
    if block is not None and exif.is_block(block):
        dpi = exif.resolution(directories.tree(block))
    return Metadata(found.get(_ICC), block, found.get(_XMP), dpi)


def put(data, metadata):
    """The file with chunks of it around its pixels."""
    new = {_ICC: metadata.icc, _EXIF: _with_resolution(metadata), _XMP: metadata.xmp}
    new = {kind: content for kind, content in new.items() if content is not None}
    if not new:
        return data
    pixels = [
        (kind, content)
        for kind, content in _chunks(data)
        if kind != _EXTENDED and kind not in _FLAGS
    ]
    height, width = sizes.size(data)
    flags = sum(_FLAGS[kind] for kind in new) | _alpha(data)
    header = bytes([flags, 0, 0, 0])
    header += b"".join((x - 1).to_bytes(3, "little") for x in (width, height))
    before = [(_ICC, new[_ICC])] if _ICC in new else []
    after = [(kind, new[kind]) for kind in (_EXIF, _XMP) if kind in new]
    body = b"WEBP" + b"".join(
        kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)
        for kind, content in [(_EXTENDED, header), *before, *pixels, *after]
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _with_resolution(metadata):
    block, dpi = metadata.exif, metadata.dpi
    if dpi is None:
        return block
    tags = exif.resolution_tags(dpi)
    if block is None:
        return directories.block_of(tags)
    if exif.resolution(directories.tree(block)) == dpi:
        return block
    return directories.with_tags(block, tags)


def _alpha(data):
    """The flag that says that the file has an alpha channel, as it has it itself."""
    place = {_EXTENDED: 20, b"VP8L": 24}.get(data[12:16])
    return 0 if place is None else data[place] & _ALPHA


def _chunks(data):
    """Yields (type, content)."""
    position = 12
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        start = position + 8
        yield data[position : position + 4], data[start : start + length]
        position = start + length + length % 2

"""Metadata in TIFF files: tags of the first directory.

ICC: 34675 (ICC.1:2022, §B.3). XMP: 700 (Adobe, "XMP Specification Part 3", 2020,
§1.1.6). EXIF: the tags about the photograph, and the directories 34665 and 34853.
"""

from inpaint.pictures import directories, exif
from inpaint.pictures.directories import BYTE, UNDEFINED, Entry
from inpaint.pictures.metadata_values import Metadata

_ICC, _XMP = 34675, 700
# Description, maker, model, software, date, artist, copyright; and directories.
_ABOUT = (270, 271, 272, 305, 306, 315, 33432, directories.EXIF, directories.GPS)
_RESOLUTION = (exif.X_RESOLUTION, exif.Y_RESOLUTION, exif.RESOLUTION_UNIT)


def read(data):
    """The `Metadata` of a TIFF file, classic or BigTIFF."""
    tags = directories.tree(data)
    kept = {tag: tags[tag] for tag in (*_ABOUT, *_RESOLUTION) if tag in tags}
    if exif.ORIENTATION in tags:
        kept[exif.ORIENTATION] = tags[exif.ORIENTATION]
    said = any(tag in kept for tag in (*_ABOUT, exif.ORIENTATION))
    block = directories.block_of(kept) if said else None
    icc, xmp = (tags[tag].value if tag in tags else None for tag in (_ICC, _XMP))
    return Metadata(icc, block, xmp, exif.resolution(tags))


def put(data, metadata):
    """The file with tags of it in its first directory."""
    if directories.is_big(data):  # OpenCV's, of more than 4 GB
        return data
    tags = {}
    if metadata.exif is not None:
        found = directories.tree(metadata.exif)
        tags = {tag: found[tag] for tag in _ABOUT if tag in found}
    if metadata.icc is not None:
        tags[_ICC] = Entry(UNDEFINED, len(metadata.icc), metadata.icc)
    if metadata.xmp is not None:
        tags[_XMP] = Entry(BYTE, len(metadata.xmp), metadata.xmp)
    if metadata.dpi is not None:
        tags.update(exif.resolution_tags(metadata.dpi))
    return directories.with_tags(data, tags) if tags else data

"""Encoded pictures → uint8 RGB inside a graph, with the pixels that `images` reads.

TensorFlow's operations only, so that a served model decodes what it is sent: PNG,
JPEG, BMP (8, 24 and 32 bits) and GIF (its first picture). What cannot be decoded is
an INVALID_ARGUMENT. As OpenCV does, and TensorFlow's decoder by itself does not,
JPEGs are decoded by the accurate transform and turned as their EXIF orientation says,
and the palettes of BMPs are looked up.
"""

import tensorflow as tf

_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_GIF = b"GIF8"
_BMP = b"BM"

_BMP_HEADER = 30  # bytes, to the bits of a pixel
_EXIF_WITHIN = 2**16  # bytes from the file's start


def require(condition, *words):
    """The operation that fails with INVALID_ARGUMENT unless a condition holds.

    Args:
      condition: bool scalar.
      words: string scalars that make the message when joined.
    """
    return tf.debugging.Assert(condition, [tf.strings.join(words)])


def decode(data, name, label):
    """A picture from the bytes of its file.

    Args:
      data: string scalar.
      name: of the argument, for the operations: TensorFlow's own errors show it.
      label: string scalar, what error messages call these bytes.

    Returns:
      uint8 RGB `[H, W, 3]`: 16 bits cut to 8, without alpha.
    """
    with tf.name_scope(name):
        return tf.cond(
            _starts(data, _JPEG), lambda: _jpeg(data), lambda: _other(data, label)
        )


def _starts(data, magic):
    return tf.strings.substr(data, 0, len(magic)) == magic


def _jpeg(data):
    image = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE")
    return _turned(image, _orientation(data))


def _other(data, label):
    is_bmp = _starts(data, _BMP)
    known = require(
        is_bmp | _starts(data, _PNG) | _starts(data, _GIF),
        label,
        ": expected the bytes of a PNG, JPEG, BMP or GIF file; received ",
        tf.strings.as_string(tf.strings.length(data)),
        " bytes of something else",
    )
    header = _bytes(tf.strings.substr(data, 0, _BMP_HEADER))
    header = tf.pad(header, [[0, _BMP_HEADER]])
    depth = tf.where(is_bmp, header[28] + 256 * header[29], 24)
    deep = require(
        (depth == 8) | (depth == 24) | (depth == 32),
        label,
        ": expected a BMP file of 8, 24 or 32 bits; received one of ",
        tf.strings.as_string(depth),
    )
    with tf.control_dependencies([known, deep]):
        data = tf.identity(data)
    image = tf.io.decode_image(data, channels=3, expand_animations=False)
    image = tf.ensure_shape(image, [None, None, 3])
    return tf.cond(depth == 8, lambda: _looked_up(image, data, header), lambda: image)


def _looked_up(image, data, header):
    """TensorFlow takes the palette's indices for grey levels."""
    start = 14 + header[14] + 256 * header[15]
    palette = _bytes(tf.strings.substr(data, start, 4 * 256))
    palette = tf.reshape(palette[: tf.size(palette) // 4 * 4], [-1, 4])
    colors = tf.cast(palette[:, 2::-1], tf.uint8)
    return tf.gather(colors, tf.cast(image[..., 0], tf.int32))


def _bytes(data):
    return tf.cast(tf.io.decode_raw(data, tf.uint8), tf.int32)


def _orientation(data):
    """EXIF orientation of a JPEG, 1 to 8; 1 where it has none. int32 scalar.

    EXIF stands near the file's start, and is laid out as a TIFF file: byte order,
    place of a directory, the directory's entries of 12 bytes.
    """
    tiff = tf.strings.substr(data, 0, _EXIF_WITHIN)
    tiff = tf.strings.regex_replace(tiff, r"^\C*?Exif\x00\x00", "", False)
    little_endian = _starts(tiff, b"II")
    # Zeros behind the end: no place that a broken file names lies outside.
    content = tf.pad(_bytes(tiff), [[0, _EXIF_WITHIN + 2]])

    def number(pair):  # `[2, ...]`
        low, high = pair[0], pair[1]
        return tf.where(little_endian, low + 256 * high, 256 * low + high)

    start = number(tf.where(little_endian, content[4:6], content[6:8]))
    count = number(content[start : start + 2])
    entries = content[start + 2 :]
    count = tf.minimum(count, tf.size(entries) // 12)
    entries = tf.transpose(tf.reshape(entries[: 12 * count], [-1, 12]))
    is_orientation = number(entries[0:2]) == 0x112
    found = tf.reduce_max(tf.where(is_orientation, number(entries[8:10]), 1))
    return tf.where((found >= 1) & (found <= 8), found, 1)


def _turned(image, orientation):
    """The picture upright; orientation as EXIF numbers it."""
    image = tf.cond(
        orientation >= 5, lambda: tf.transpose(image, [1, 0, 2]), lambda: image
    )
    for axis, mirrored in ((0, (3, 4, 7, 8)), (1, (2, 3, 6, 7))):
        rows = tf.range(tf.shape(image)[axis])
        is_mirrored = tf.reduce_any(orientation == tf.constant(mirrored))
        image = tf.gather(image, tf.where(is_mirrored, rows[::-1], rows), axis=axis)
    return image

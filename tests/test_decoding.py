"""Encoded pictures, decoded in a graph, have the pixels that `images` reads."""

import re
import struct

import cv2
import numpy as np
import pytest
import tensorflow as tf

from inpaint.export.decoding import decode
from inpaint.pictures import images

decoded = tf.function(
    lambda data: decode(data, "image_bytes", "image_bytes[0]"),
    input_signature=[tf.TensorSpec([], tf.string)],
)


def photograph(height=37, width=50, channels=3):
    """Smooth, with noise: JPEG's transforms and colour conversion all matter."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (5, 6, channels)).astype(np.float32)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    image = image.reshape(height, width, channels)
    image += rng.normal(0, 8, image.shape)
    return image.clip(0, 255).astype(np.uint8)


def encoded(extension, image, *options):
    return cv2.imencode(extension, image, options)[1].tobytes()


def with_exif(jpeg, tiff):
    segment = b"Exif\0\0" + tiff
    return (
        jpeg[:2]
        + b"\xff\xe1"
        + struct.pack(">H", len(segment) + 2)
        + segment
        + jpeg[2:]
    )


def tiff_with(orientation, order, before=1):
    """An EXIF block: `before` other tags, then the orientation, 16 bits."""
    entries = [struct.pack(f"{order}HHI4x", 0x100 + i, 3, 1) for i in range(before)]
    entries.append(struct.pack(f"{order}HHIHxx", 0x112, 3, 1, orientation))
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8)
    count = struct.pack(f"{order}H", len(entries))
    return head + count + b"".join(entries) + bytes(4)


def palette_bmp(indices, palette):
    """An 8-bit BMP file.

    Args:
      indices: `[H, W]` uint8, W a multiple of 4.
      palette: `[N, 3]` uint8 RGB.
    """
    height, width = indices.shape
    colors = np.pad(palette[:, ::-1], [(0, 0), (0, 1)]).tobytes()
    start = 14 + 40 + len(colors)
    info = struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, 8, 0, 0, 0, 0, len(palette), 0
    )
    pixels = indices[::-1].tobytes()
    head = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    return head + info + colors + pixels


# Two frames of 2×1 pixels: red and green, then blue.
GIF = (
    b"GIF89a\2\0\1\0\x91\0\0\xff\0\0\0\xff\0\0\0\xff\0\0\0"
    b",\0\0\0\0\2\0\1\0\0\2\2\x44\n\0"
    b",\0\0\0\0\2\0\1\0\0\2\2\x94\n\0;"
)

QUALITY = cv2.IMWRITE_JPEG_QUALITY
JPEG = encoded(".jpg", photograph(), QUALITY, 90)
DEEP = photograph().astype(np.uint16) * 200 + 77
RNG = np.random.default_rng(1)

FILES = {
    "jpeg": JPEG,
    "jpeg, low quality": encoded(".jpg", photograph(), QUALITY, 40),
    "jpeg, progressive": encoded(".jpg", photograph(), cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "jpeg, full chroma": encoded(
        ".jpg", photograph(), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111
    ),
    "jpeg, grey": encoded(".jpg", photograph(channels=1)),
    "png": encoded(".png", photograph()),
    "png, grey": encoded(".png", photograph(channels=1)),
    "png, alpha": encoded(".png", photograph(channels=4)),
    "png, 16 bits": encoded(".png", DEEP),
    "png, grey, 16 bits": encoded(".png", DEEP[..., 0]),
    "png, 1 bit": encoded(
        ".png", photograph(channels=1) // 128 * 255, cv2.IMWRITE_PNG_BILEVEL, 1
    ),
    "bmp": encoded(".bmp", photograph()),
    "bmp, alpha": encoded(".bmp", photograph(channels=4)),
    "bmp, grey": encoded(".bmp", photograph(channels=1)),
    "bmp, palette": palette_bmp(
        RNG.integers(0, 7, (9, 12), np.uint8), RNG.integers(0, 256, (7, 3), np.uint8)
    ),
    **{
        f"jpeg, orientation {orientation}, {order} {before}": with_exif(
            JPEG, tiff_with(orientation, order, before)
        )
        for orientation in range(10)
        for order in "<>"
        for before in (0, 3)
    },
    "jpeg, exif without end": with_exif(JPEG, tiff_with(6, "<")[:-10]),
    "jpeg, exif of nothing": with_exif(JPEG, b""),
    "jpeg, exif of other origin": with_exif(JPEG, b"no TIFF here"),
    "jpeg, exif far out": with_exif(JPEG, b"II*\0\xff\xff\xff\xff"),
    "jpeg, exif of many tags": with_exif(JPEG, b"MM\0*\0\0\0\x08\xff\xff"),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_pixels_are_those_of_the_file(kind, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(FILES[kind])
    expected = images.read_image(path)[..., :3]
    np.testing.assert_array_equal(decoded(FILES[kind]).numpy(), expected)


def test_an_animation_gives_its_first_picture():
    assert decoded(GIF).numpy().tolist() == [[[255, 0, 0], [0, 255, 0]]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"image_bytes\[0\]: expected the bytes of a PNG, JPEG, BMP or GIF"),
        (b"hello", r"image_bytes\[0\]: .*; received 5 bytes of something else"),
        (b"II*\0" + bytes(50), r"image_bytes\[0\]: .*; received 54 bytes"),
        (JPEG[:400], "Invalid JPEG data.*image_bytes"),
        (FILES["png"][:400], "Invalid PNG data.*image_bytes"),
        (FILES["bmp"][:400], "image_bytes"),
        (GIF[:30], "Invalid GIF data.*image_bytes"),
        (b"BM", r"image_bytes\[0\]: expected a BMP file of 8, 24 or 32 bits"),
    ],
)
def test_what_is_no_picture_is_an_invalid_argument(data, message):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        decoded(data)
    text = " ".join(str(error.value).split())
    assert re.search(message, text), text

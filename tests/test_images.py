"""Picture files: what is read, what is refused, and how files are written.

OpenCV itself is the reference for colours and orientation; broken files are made by
cutting or changing the bytes of whole ones.
"""

import os
import stat
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from inpaint.errors import InputError
from inpaint.pictures import images, integrity
from inpaint.pictures.images import (
    check_output,
    read_edge,
    read_image,
    read_mask,
    write_image,
)

HEIGHT, WIDTH = 34, 37


def picture(channels=3, dtype=np.uint8):
    """Smooth, with every channel its own, so that wrong order or turning shows."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    levels = np.stack([7 * x, 7 * y, 5 * x + 2 * y, 255 - 6 * x], axis=-1)
    if dtype == np.uint16:
        levels = levels * 250 + 100
    return levels[..., :channels].astype(dtype)


def encoded(extension, image=None, *parameters):
    image = picture() if image is None else image
    return cv2.imencode(extension, image, list(parameters))[1].tobytes()


def saved(path, content):
    path.write_bytes(content)
    return path


def exif(orientation):
    """A little-endian TIFF block of one tag, 274 = orientation."""
    return struct.pack("<2sHIHHHIIxxxx", b"II", 42, 8, 1, 274, 3, 1, orientation)


def jpeg_with_app1(content):
    jpeg = encoded(".jpg")
    segment = b"Exif\0\0" + content
    return jpeg[:2] + struct.pack(">HH", 0xFFE1, len(segment) + 2) + segment + jpeg[2:]


def png_chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    )


def png(width, height, colour_type, pixels, *chunks):
    """An 8-bit PNG; `pixels` row by row, each row led by its filter byte 0."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    parts = [
        (b"IHDR", header),
        *chunks,
        (b"IDAT", zlib.compress(pixels)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


def png_with_exif(image, orientation):
    content = encoded(".png", image)
    return content[:33] + png_chunk(b"eXIf", exif(orientation)) + content[33:]


def webp_with_exif(image, orientation):
    lossless = encoded(".webp", image)[12:]
    lossless = lossless[lossless.index(b"VP8L") :]
    height, width = image.shape[:2]
    dimensions = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<II", 10, 0x18) + dimensions + lossless
    body += b"EXIF" + struct.pack("<I", len(exif(orientation))) + exif(orientation)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def in_rgb(path):
    return cv2.imread(str(path))[..., ::-1]


# Reading


def test_rgb_order(tmp_path):
    red, green, blue, grey = [255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]
    rows = bytes([0, *red, *green, 0, *blue, *grey])
    image = read_image(saved(tmp_path / "a.png", png(2, 2, 2, rows)))
    assert image.dtype == np.uint8
    assert image.tolist() == [[red, green], [blue, grey]]


@pytest.mark.parametrize(
    ("extension", "image"),
    [
        (".jpg", picture()),
        (".jpg", picture(1)),
        (".png", picture()),
        (".png", picture(1)),
        (".png", picture(1, np.uint16)),
        (".png", picture(3, np.uint16)),
        (".bmp", picture()),
        (".bmp", picture(1)),
        (".webp", picture()),
        (".tif", picture()),
        (".tif", picture(3, np.uint16)),
        (".jp2", picture()),
        (".ppm", picture()),
    ],
)
def test_colours_are_those_of_imread(tmp_path, extension, image):
    path = saved(tmp_path / f"a{extension}", encoded(extension, image))
    np.testing.assert_array_equal(read_image(path), in_rgb(path))


def test_cmyk_jpeg(tmp_path):
    path = tmp_path / "cmyk.jpg"
    Image.fromarray(picture()).convert("CMYK").save(path)
    np.testing.assert_array_equal(read_image(path), in_rgb(path))


def test_cmyk_tiff_has_no_alpha(tmp_path):
    path = tmp_path / "cmyk.tif"
    Image.fromarray(picture()).convert("CMYK").save(path)
    np.testing.assert_array_equal(read_image(path), in_rgb(path))


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "TIFF", "WEBP"])
def test_first_picture_of_several(tmp_path, format_name):
    first, second = (Image.fromarray(picture()[::step]) for step in (1, -1))
    path = tmp_path / f"several.{format_name.lower()}"
    first.save(path, format_name, save_all=True, append_images=[second])
    if cv2.imread(str(path)) is None:
        pytest.skip(f"this OpenCV does not read such {format_name} files")
    np.testing.assert_array_equal(read_image(path), in_rgb(path))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, orientation):
    path = saved(tmp_path / "a.jpg", jpeg_with_app1(exif(orientation)))
    image = read_image(path)
    np.testing.assert_array_equal(image, in_rgb(path))
    assert image.shape == ((HEIGHT, WIDTH, 3), (WIDTH, HEIGHT, 3))[orientation > 4]


def test_exif_orientation_6_is_a_quarter_turn_clockwise(tmp_path):
    content = png_with_exif(np.uint8([[10, 20, 30], [40, 50, 60]]), 6)
    image = read_image(saved(tmp_path / "a.png", content))
    assert image[..., 0].tolist() == [[40, 10], [50, 20], [60, 30]]


@pytest.mark.parametrize("make", [png_with_exif, webp_with_exif])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_alpha_is_turned_with_the_colours(tmp_path, make, orientation):
    image = picture(4)
    image[..., 3] = image[..., 2] | 1  # red; not 0, where WebP drops the colours
    image[..., 2] |= 1
    path = saved(tmp_path / "a.image", make(image, orientation))
    rgba = read_image(path)
    turned = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    np.testing.assert_array_equal(rgba, turned)
    np.testing.assert_array_equal(rgba[..., 3], rgba[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_alpha_is_turned_with_the_colours(tmp_path, orientation):
    path = tmp_path / "a.tif"
    rgba = picture(4)
    rgba[..., 3] = rgba[..., 0]
    Image.fromarray(rgba).save(path, tiffinfo={274: orientation})
    image = read_image(path)
    assert image.shape[2] == 4
    np.testing.assert_array_equal(image[..., 3], image[..., 0])


@pytest.mark.parametrize("big", [False, True])
def test_tiff_colours_are_those_of_the_file(tmp_path, big):
    """libtiff's multiplication by an unassociated alpha channel is not wanted."""
    rgba = picture(4)
    Image.fromarray(rgba).save(tmp_path / "a.tif", big_tiff=big)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), rgba)


@pytest.mark.parametrize("extension", [".png", ".tif", ".webp"])
def test_rgba_round_trip(tmp_path, extension):
    path = tmp_path / f"a{extension}"
    image = np.maximum(picture(4), 1)
    write_image(path, image)
    np.testing.assert_array_equal(read_image(path), image)


@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_16_bit_alpha_is_scaled_like_the_colours(tmp_path, extension):
    levels = np.arange(0, 65536, 97, dtype=np.uint16).reshape(26, 26)
    path = saved(
        tmp_path / f"a{extension}", encoded(extension, np.dstack([levels] * 4))
    )
    image = read_image(path)
    np.testing.assert_array_equal(image[..., :3], in_rgb(path))
    np.testing.assert_array_equal(image[..., 3], image[..., 0])


def test_palette_with_transparency(tmp_path):
    palette, transparency = bytes([250, 1, 2, 3, 4, 240]), bytes([255, 70])
    chunks = (b"PLTE", palette), (b"tRNS", transparency)
    path = saved(tmp_path / "a.png", png(2, 1, 3, bytes([0, 1, 0]), *chunks))
    assert read_image(path).tolist() == [[[3, 4, 240, 70], [250, 1, 2, 255]]]


def test_opaque_files_are_decoded_once(tmp_path, monkeypatch):
    calls = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *args: calls.append(1) or decode(*args))
    read_image(saved(tmp_path / "a.png", encoded(".png")))
    read_image(saved(tmp_path / "rgba.png", encoded(".png", picture(4))))
    assert len(calls) == 2


def test_path_that_is_not_ascii(tmp_path):
    path = tmp_path / "été 写真 ☀.png"
    write_image(path, picture())
    np.testing.assert_array_equal(read_image(str(path)), picture())


# Masks, edges, sizes


def test_mask_threshold(tmp_path):
    path = saved(tmp_path / "a.png", encoded(".png", np.uint8([[0, 127, 128, 255]])))
    mask = read_mask(path)
    assert mask.dtype == bool
    assert mask.tolist() == [[False, False, True, True]]


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([[0, 1]], [[False, True]]),  # no level above 1: 1 is the hole
        ([[0, 2]], [[False, False]]),
        ([[1, 255]], [[False, True]]),
        ([[[0, 0, 255], [0, 0, 0]]], [[True, False]]),  # red
        ([[[255, 0, 0], [0, 255, 255], [9, 9, 9]]], [[True, True, False]]),
        # White, by alpha; and an opaque black pixel.
        ([[[255, 255, 255, 255], [255, 255, 255, 0], [0, 0, 0, 255]]], [[1, 0, 0]]),
        ([[[255, 255, 255, 128], [255, 255, 255, 127]]], [[True, False]]),
    ],
)
@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_the_rule_for_masks(tmp_path, pixels, expected, extension):
    file = encoded(extension, np.uint8(pixels))
    assert read_mask(saved(tmp_path / f"a{extension}", file)).tolist() == expected


def test_a_mask_of_0_and_1_is_resized_like_one_of_0_and_255(tmp_path):
    masks = [
        read_mask(saved(tmp_path / "a.png", encoded(".png", levels)), (5, 7))
        for levels in (np.eye(3, dtype=np.uint8), 255 * np.eye(3, dtype=np.uint8))
    ]
    np.testing.assert_array_equal(*masks)


def test_grey_files_stay_grey(tmp_path):
    rgb = picture()
    for name, pixels, shape in [
        ("a.png", rgb[..., 0], (34, 37)),
        ("a.jpg", rgb[..., 0], (34, 37)),
        ("a.tif", rgb[..., 0].astype(np.uint16) << 8, (34, 37)),
        ("b.png", rgb, (34, 37, 3)),
    ]:
        image = images.read_picture(saved(tmp_path / name, encoded(name[1:], pixels)))
        assert image.shape == shape
        if name != "a.jpg" and len(shape) == 2:
            np.testing.assert_array_equal(image, rgb[..., 0])


def test_grey_with_alpha(tmp_path):
    both = picture()[..., :2]
    Image.fromarray(both, "LA").save(tmp_path / "a.png")
    np.testing.assert_array_equal(images.read_picture(tmp_path / "a.png"), both)
    write_image(tmp_path / "b.png", both)
    np.testing.assert_array_equal(
        read_image(tmp_path / "b.png"), both[..., [0, 0, 0, 1]]
    )


def test_edge_threshold(tmp_path):
    path = saved(tmp_path / "a.png", encoded(".png", np.uint8([[0, 153, 154, 255]])))
    assert read_edge(path, 0.6).tolist() == [[False, False, True, True]]


def test_mask_is_resized_before_its_threshold(tmp_path):
    # Twice the width: 3/4 · 0 + 1/4 · 255 = 64 and 1/4 · 0 + 3/4 · 255 = 191.
    path = saved(tmp_path / "a.png", encoded(".png", np.uint8([[0, 255]])))
    assert images.resize(np.uint8([[0, 255]]), 1, 4).tolist() == [[0, 64, 191, 255]]
    assert read_mask(path, (1, 4)).tolist() == [[False, False, True, True]]
    assert read_edge(path, 0.2, (1, 4)).tolist() == [[False, True, True, True]]


# Files that cannot be used

THUMBNAIL = encoded(".jpg", picture()[::2, ::2])
WHOLE = {
    "jpeg": encoded(".jpg"),
    "progressive jpeg": encoded(".jpg", None, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "restarting jpeg": encoded(".jpg", None, cv2.IMWRITE_JPEG_RST_INTERVAL, 1),
    "jpeg with thumbnail": jpeg_with_app1(exif(1) + THUMBNAIL),
    "png": encoded(".png"),
    "rgba png": encoded(".png", picture(4)),
    "16-bit png": encoded(".png", picture(3, np.uint16)),
    "bmp": encoded(".bmp"),
    "grey bmp": encoded(".bmp", picture(1)),
    "webp": encoded(".webp", None, cv2.IMWRITE_WEBP_QUALITY, 80),
    "rgba webp": encoded(".webp", picture(4)),
    "tiff": encoded(".tif"),
    "jpeg 2000": encoded(".jp2"),
    "ppm": encoded(".ppm"),
}
if cv2.haveImageWriter("a.gif"):
    WHOLE["gif"] = encoded(".gif")


@pytest.mark.parametrize("name", WHOLE)
def test_truncated(tmp_path, name):
    whole = WHOLE[name]
    path = tmp_path / "a.image"
    assert read_image(saved(path, whole)).shape[:2] == (HEIGHT, WIDTH)
    fractions = {int(len(whole) * tenths / 10) for tenths in range(1, 10)}
    for length in sorted({1, 4, 12, 40, len(whole) - 2, len(whole) - 1} | fractions):
        with pytest.raises(InputError) as caught:
            read_image(saved(path, whole[:length]))
        assert str(caught.value).startswith(f"{path}: expected ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [name for name in WHOLE if name not in ("tiff", "ppm", "gif")],
)
def test_every_cut_is_seen_before_decoding(name):
    whole = WHOLE[name]
    assert integrity.fault(whole) is None
    shortest = 54 if "bmp" in name else 12  # where the header ends, or the signature
    for length in range(shortest, len(whole)):
        fault = str(integrity.fault(whole[:length]))
        assert "is truncated" in fault or "is damaged" in fault, length


@pytest.mark.parametrize("name", ["jpeg", "progressive jpeg", "png", "bmp", "webp"])
def test_bytes_after_the_end_are_no_fault(tmp_path, name):
    path = saved(tmp_path / "a.image", WHOLE[name] + b"\xff\xd8\xff\0junk" * 9)
    np.testing.assert_array_equal(read_image(path), in_rgb(path))


def test_every_changed_byte_of_a_png_is_seen():
    for position in range(8, len(WHOLE["png"])):
        content = bytearray(WHOLE["png"])
        content[position] ^= 0x10
        assert integrity.fault(bytes(content)), position


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"these are words\n" * 100, "expected an image file"),
        (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IEND", b""), "expected an image file"),
        (png(100_000, 100_000, 2, b""), "100000 × 100000 pixels, more than max_pixels"),
    ],
)
@pytest.mark.parametrize("read", [read_image, read_mask, lambda p: read_edge(p, 0.6)])
def test_not_an_image(tmp_path, content, words, read):
    path = saved(tmp_path / "a.png", content)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match=r"none\.png: cannot be read: No such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(InputError, match="got a folder"):
        read_image(tmp_path)
    with pytest.raises(InputError, match="null"):
        read_image("a\0.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root")
def test_unreadable_file(tmp_path):
    path = saved(tmp_path / "a.png", encoded(".png"))
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        read_image(path)


def test_only_our_line_on_standard_error(tmp_path):
    """Neither the libraries' own warnings nor TensorFlow's import."""
    for name, whole in WHOLE.items():
        for tenths in (1, 5, 9):
            saved(tmp_path / f"{name} {tenths}", whole[: len(whole) * tenths // 10])
    damaged = bytearray(WHOLE["png"])
    damaged[len(damaged) // 2] ^= 1
    saved(tmp_path / "damaged png", damaged)
    saved(tmp_path / "text", b"BM these are words")
    program = """if True:
        import sys
        from inpaint.errors import InputError
        from inpaint.pictures.images import read_image
        for path in sys.argv[1:]:
            try:
                read_image(path)
            except InputError as error:
                print("line:", error, file=sys.stderr, flush=True)
        assert "tensorflow" not in sys.modules
    """
    paths = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(
        [sys.executable, "-c", program, *paths],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "OPENCV_LOG_LEVEL": "SILENT"},
        capture_output=True,
        text=True,
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    assert len(lines) == len(paths)
    for line, path in zip(lines, paths):
        assert line.startswith(f"line: {path}: expected")


# Writing


@pytest.mark.parametrize("image", [picture(), picture(1)[..., 0], picture()[:, ::-1]])
@pytest.mark.parametrize("extension", [".png", ".bmp", ".tif", ".webp", ".PNG"])
def test_write_then_read(tmp_path, extension, image):
    path = tmp_path / f"a{extension}"
    write_image(path, image)
    levels = image if image.ndim == 3 else np.dstack([image] * 3)
    np.testing.assert_array_equal(read_image(path), levels)


@pytest.mark.parametrize("extension", [".png", ".jpg"])
def test_written_bytes_are_imwrites(tmp_path, extension):
    ours, opencvs = tmp_path / f"a{extension}", tmp_path / f"b{extension}"
    write_image(ours, picture())
    cv2.imwrite(str(opencvs), picture()[..., ::-1])
    assert ours.read_bytes() == opencvs.read_bytes()


@pytest.mark.parametrize("extension", [".jpg", ".bmp", ".ppm"])
def test_alpha_is_left_out_where_the_format_has_none(tmp_path, extension):
    with_alpha, without = tmp_path / f"a{extension}", tmp_path / f"b{extension}"
    write_image(with_alpha, picture(4))
    write_image(without, picture())
    assert with_alpha.read_bytes() == without.read_bytes()


@pytest.mark.parametrize(
    "image",
    [
        picture().astype(np.float32),
        picture()[None],
        picture()[0, 0],
        picture()[..., [0] * 5],
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_arrays_that_are_no_pictures(tmp_path, image):
    with pytest.raises(InputError):
        write_image(tmp_path / "a.png", image)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failure", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch, failure):
    path = saved(tmp_path / "a.png", b"old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises((InputError, KeyboardInterrupt)) as caught:
        write_image(path, picture())
    if isinstance(failure, OSError):
        assert str(caught.value) == f"{path}: cannot be written: No space left"
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"]


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_mode_and_links(tmp_path):
    old = os.umask(0o027)
    try:
        write_image(tmp_path / "a.png", picture())
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640
    link = tmp_path / "link.png"
    link.symlink_to("target.png")
    write_image(link, picture())
    assert link.is_symlink()
    np.testing.assert_array_equal(read_image(tmp_path / "target.png"), picture())


def test_check_output_leaves_no_trace(tmp_path):
    for name in ("a.png", "a.jpg", "a.JPEG", "a.webp", "a.tif", "a.bmp"):
        check_output(tmp_path / name)
    assert not list(tmp_path.iterdir())
    path = saved(tmp_path / "a.png", b"old")
    check_output(path)
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "got a folder"),
        ("none/a.png", "does not exist"),
        ("file.png/a.png", "does not exist"),
        ("a", "expected an extension .* got ''"),
        (".png", "expected an extension .* got ''"),
        ("a.txt", "expected an extension .* got '.txt'"),
        ("a.p\udcffg", "expected an extension"),
        ("a.pgm", "cannot"),
        ("a" * 300 + ".png", "cannot be written: File name too long"),
    ],
)
def test_outputs_that_cannot_be(tmp_path, name, words):
    saved(tmp_path / "file.png", b"")
    with pytest.raises(InputError, match=words) as caught:
        check_output(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.png"]


def test_folder_that_takes_no_files(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InputError, match=r"a\.png: cannot be written: Read-only file"):
        check_output(tmp_path / "a.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root")
def test_protected_folder_and_file(tmp_path):
    protected = saved(tmp_path / "a.png", b"old")
    protected.chmod(0o444)
    with pytest.raises(InputError, match="write-protected"):
        check_output(protected)
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match="cannot be written: Permission denied"):
        check_output(tmp_path / "b.png")
    tmp_path.chmod(0o755)

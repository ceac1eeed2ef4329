"""Metadata of picture files, from container to container; Pillow reads and writes.

What goes in is made by Pillow, and what came out is looked at by Pillow.
"""

import io
import struct
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from inpaint.pictures import images, metadata
from inpaint.pictures.images import read_photograph, write_image

HEIGHT, WIDTH = 20, 28
EXTENSIONS = (".png", ".jpg", ".tif", ".webp")
PER_METRE = 0.0127  # half a dot, in inches: PNG counts whole ones
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
    b'tiff:Orientation="6" dc:creator="A"/></rdf:RDF></x:xmpmeta>'
)


def profile(space=b"RGB ", size=3000):
    """As long as asked for, of a colour space; its rest is noise."""
    noise = np.random.default_rng(1).bytes(size)
    return noise[:16] + space + noise[20:]


def levels(dtype=np.uint8):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    picture = np.stack([9 * x, 12 * y, 4 * (x + y)], axis=-1).astype(np.uint8)
    return picture if dtype == np.uint8 else picture.astype(np.uint16) * 257 + 1


def exif(orientation=1):
    tags = Image.Exif()
    tags[270] = "a lake"
    tags[271] = "Maker"
    tags[274] = orientation
    tags.get_ifd(34665).update(
        {33434: TiffImagePlugin.IFDRational(1, 250), 40962: WIDTH, 40963: HEIGHT}
    )
    tags.get_ifd(34853).update({1: "N", 2: (52.0, 30.0, 15.5)})
    again = Image.Exif()
    again.load(tags.tobytes())
    return again


def saved(path, picture=None, orientation=1, icc=None, dpi=(300, 150), size=None):
    """A file of Pillow's with all that it can hold."""
    image = Image.fromarray(levels() if picture is None else picture)
    icc = profile() if icc is None else icc
    options = {"icc_profile": icc, "exif": exif(orientation), "dpi": dpi}
    extension = path.suffix
    if extension == ".png":
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = texts
    elif extension == ".tif":
        options["exif"][700] = XMP
    else:
        options["xmp"] = XMP
    if extension == ".webp":
        tags = options["exif"]
        tags[282], tags[283] = (TiffImagePlugin.IFDRational(x, 1) for x in dpi)
        tags[296] = 2
        options["lossless"] = True
    image.save(path, **options)
    return path


def dpi_of(image):
    """Dots per inch as Pillow has them; of WebP, by EXIF."""
    if image.format == "WEBP":
        tags = image.getexif()
        assert tags[296] == 2
        return float(tags[282]), float(tags[283])
    return tuple(map(float, image.info["dpi"]))


def xmp_of(image):
    if image.format == "PNG":
        return image.info["XML:com.adobe.xmp"].encode()
    return image.tag_v2[700] if image.format == "TIFF" else image.info["xmp"]


def filled(source, target, **options):
    """A file read and written; Pillow's picture of it."""
    pixels, found = read_photograph(source)
    write_image(target, pixels, found, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = Image.open(target)
        image.load()
    return image


@pytest.mark.parametrize("target", EXTENSIONS)
@pytest.mark.parametrize("source", EXTENSIONS)
def test_what_both_hold_is_carried(tmp_path, source, target):
    image = filled(saved(tmp_path / f"in{source}"), tmp_path / f"out{target}")
    assert image.info["icc_profile"] == profile()
    assert dpi_of(image) == pytest.approx((300, 150), abs=PER_METRE)
    assert b"dc:creator" in xmp_of(image)
    tags = image.getexif()
    assert (tags[270], tags[271]) == ("a lake", "Maker")
    assert tags.get(274, 1) == 1
    assert float(tags.get_ifd(34665)[33434]) == pytest.approx(1 / 250)
    assert tuple(map(float, tags.get_ifd(34853)[2])) == (52.0, 30.0, 15.5)
    if ".jpg" not in (source, target):
        assert (np.asarray(image) == levels()).all()


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_turned_pixels_say_so(tmp_path, extension, orientation):
    source = saved(tmp_path / f"in{extension}", orientation=orientation)
    image = filled(source, tmp_path / "out.png")
    assert image.getexif()[274] == 1
    assert b'tiff:Orientation="1"' in xmp_of(image)
    sides, dpi = (WIDTH, HEIGHT), (300, 150)
    turned = slice(None, None, -1 if orientation > 4 else 1)
    assert image.size == sides[turned]
    assert dpi_of(image) == pytest.approx(dpi[turned], abs=PER_METRE)
    inner = image.getexif().get_ifd(34665)
    assert (inner[40962], inner[40963]) == image.size
    if extension != ".jpg":
        flip = Image.Transpose
        back = {
            2: flip.FLIP_LEFT_RIGHT,
            3: flip.ROTATE_180,
            4: flip.FLIP_TOP_BOTTOM,
            5: flip.TRANSPOSE,
            6: flip.ROTATE_270,
            7: flip.TRANSVERSE,
            8: flip.ROTATE_90,
        }
        right = Image.fromarray(levels()).transpose(back[orientation])
        assert (np.asarray(image) == np.asarray(right)).all()


def test_profiles_of_several_segments(tmp_path):
    icc = profile(size=150_000)  # a segment takes 65,519
    image = filled(saved(tmp_path / "in.jpg", icc=icc), tmp_path / "out.jpg")
    assert image.info["icc_profile"] == icc


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_alpha_keeps_its_metadata(tmp_path, extension):
    picture = np.dstack([levels(), levels()[..., :1] | 1])
    image = filled(saved(tmp_path / "in.png", picture), tmp_path / f"out{extension}")
    assert image.info["icc_profile"] == profile()
    if extension != ".jpg":
        assert image.mode == "RGBA"
        assert (np.asarray(image) == picture).all()


@pytest.mark.parametrize(
    ("picture", "space", "fits"),
    [
        (levels()[..., 0], b"GRAY", True),
        (levels()[..., 0], b"RGB ", False),
        (levels(), b"GRAY", False),
        (levels(), b"CMYK", False),
    ],
)
@pytest.mark.parametrize("extension", [".png", ".jpg", ".tif"])
def test_profiles_are_of_the_pixels_colours(tmp_path, extension, picture, space, fits):
    write_image(
        tmp_path / f"out{extension}", picture, metadata.Metadata(icc=profile(space))
    )
    image = Image.open(tmp_path / f"out{extension}")
    assert image.info.get("icc_profile") == (profile(space) if fits else None)


def test_a_thumbnail_would_show_what_was_removed(tmp_path):
    thumbnail = io.BytesIO()
    Image.fromarray(levels()).save(thumbnail, "JPEG")
    shown = thumbnail.getvalue()
    block = struct.pack("<2sHI", b"II", 42, 8)
    block += struct.pack("<HHHIII8s", 1, 270, 2, 7, 26, 34, b"a lake")
    block += struct.pack("<HHHIIHHIII", 2, 513, 4, 1, 64, 514, 4, 1, len(shown), 0)
    exif_of_both = b"Exif\0\0" + block + shown
    Image.fromarray(levels()).save(tmp_path / "in.jpg", exif=exif_of_both)
    assert Image.open(tmp_path / "in.jpg").getexif().get_ifd(-1)[513] == 64
    assert shown in (tmp_path / "in.jpg").read_bytes()
    image = filled(tmp_path / "in.jpg", tmp_path / "out.jpg")
    assert shown not in (tmp_path / "out.jpg").read_bytes()
    assert image.getexif()[270] == "a lake"
    assert not image.getexif().get_ifd(-1)


def test_pngs_own_colours(tmp_path):
    chunks = PngInfo()
    chunks.add(b"gAMA", (45455).to_bytes(4, "big"))
    Image.fromarray(levels()).save(tmp_path / "in.png", pnginfo=chunks)
    image = filled(tmp_path / "in.png", tmp_path / "out.png")
    assert image.info["gamma"] == 0.45455


def test_too_long_for_a_segment_is_left_out(tmp_path):
    found = metadata.Metadata(xmp=b"<x>" + b" " * 70_000, dpi=(72, 72))
    write_image(tmp_path / "out.jpg", levels(), found)
    image = Image.open(tmp_path / "out.jpg")
    assert "xmp" not in image.info
    assert image.info["dpi"] == (72, 72)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_damaged_metadata_do_not_cost_the_picture(tmp_path, extension):
    source = saved(tmp_path / f"in{extension}")
    whole = source.read_bytes()
    rng = np.random.default_rng(2)
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(8, len(data), 12):
            data[place] = rng.integers(256)
        found = metadata.read(bytes(data))
        written = cv2.imencode(".png", levels())[1].tobytes()
        again = metadata.put(written, found, grey=False)
        assert (cv2.imdecode(np.frombuffer(again, np.uint8), 1) == levels()).all()


def test_files_without_metadata_stay_as_opencv_writes_them(tmp_path):
    for extension in EXTENSIONS:
        path = tmp_path / f"plain{extension}"
        write_image(path, levels())
        bgr = np.ascontiguousarray(levels()[..., ::-1])
        assert path.read_bytes() == cv2.imencode(extension, bgr)[1].tobytes()
        assert images.read_photograph(path)[1]._replace(jpeg=()) == metadata.Metadata()


# How a JPEG file is encoded


@pytest.mark.parametrize("quality", [5, 40, 75, 90, 98, 100])
@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_a_jpeg_is_encoded_as_it_was(tmp_path, quality, sampling):
    Image.fromarray(levels()).save(
        tmp_path / "in.jpg", quality=quality, subsampling=sampling
    )
    before = Image.open(tmp_path / "in.jpg")
    image = filled(tmp_path / "in.jpg", tmp_path / "out.jpg")
    assert image.quantization == before.quantization
    assert image.layer == before.layer


def test_a_quality_that_is_asked_for(tmp_path):
    Image.fromarray(levels()).save(tmp_path / "in.jpg", quality=90, subsampling=0)
    Image.fromarray(levels()).save(tmp_path / "right.jpg", quality=60, subsampling=0)
    image = filled(tmp_path / "in.jpg", tmp_path / "out.jpg", quality=60)
    right = Image.open(tmp_path / "right.jpg")
    assert (image.quantization, image.layer) == (right.quantization, right.layer)


def test_tables_that_are_no_quality_of_the_library(tmp_path):
    steps = [12] * 64  # Photoshop, and cameras, have tables of their own
    Image.fromarray(levels()).save(tmp_path / "in.jpg", qtables=[steps, steps])
    _, found = read_photograph(tmp_path / "in.jpg")
    assert found.jpeg[0] == cv2.IMWRITE_JPEG_QUALITY
    sums = {q: 0 for q in range(1, 101)}
    for q in sums:
        Image.fromarray(levels()).save(tmp_path / "q.jpg", quality=q)
        table = Image.open(tmp_path / "q.jpg").quantization[0]
        sums[q] = sum(abs(a - 12) for a in table)
    assert sums[found.jpeg[1]] == min(sums.values())


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_jpegs_of_other_components(tmp_path, mode):
    Image.fromarray(levels()).convert(mode).save(tmp_path / "in.jpg", quality=85)
    image = filled(tmp_path / "in.jpg", tmp_path / "out.jpg")
    assert image.quantization[0] == Image.open(tmp_path / "in.jpg").quantization[0]

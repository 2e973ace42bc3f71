"""A photograph stays whole: what it says of itself reaches the result."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image

from fourfold.imaging import (
    Metadata,
    Pages,
    Picture,
    PictureRows,
    profiled,
    read_picture,
    row_writer,
    savers,
    write_picture,
)

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>a kingfisher</x:xmpmeta>"
EXIF = {
    "exif-ifd0-Make": "Leica (Leica, ASCII, 6 components, 6 bytes)",
    "exif-ifd0-Orientation": "6 (Right-top, Short, 1 components, 2 bytes)",
    "exif-ifd2-DateTimeOriginal": "2019:08:07 06:05:04 (x, ASCII, 20 components, 20 bytes)",
    "exif-ifd3-GPSLatitudeRef": "N (N, ASCII, 2 components, 2 bytes)",
}


@pytest.fixture(params=["jpg", "png", "webp"])
def portrait(request: pytest.FixtureRequest, tmp_path: Path, photograph: np.ndarray) -> Path:
    """A photograph of 64 x 48 as a camera held upright stores it: on its side, and tagged so."""
    image = pyvips.Image.new_from_array(photograph).copy(xres=300 / 25.4, yres=300 / 25.4)
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", XMP)
    for name, value in EXIF.items():
        image.set_type(pyvips.GValue.gstr_type, name, value)
    path = tmp_path / f"portrait.{request.param}"
    image.write_to_file(str(path))
    return path


@pytest.fixture(params=["jpg", "png", "webp", "avif", "heic", "tif"])
def result(request: pytest.FixtureRequest, portrait: Path) -> pyvips.Image:
    """What another program sees in a result of twice the size."""
    picture = read_picture(portrait)
    larger = np.repeat(np.repeat(picture.pixels, 2, axis=0), 2, axis=1)
    path = portrait.with_name(f"larger.{request.param}")
    write_picture(Picture(larger, picture.metadata), path)
    return seen(path)


def seen(path: Path) -> pyvips.Image:
    """As another program sees it; what libvips cannot see is rewritten as a JPEG."""
    if path.suffix in (".heic", ".tif"):
        write_picture(read_picture(path), path.with_suffix(".again.jpg"))
        path = path.with_suffix(".again.jpg")
    return pyvips.Image.new_from_file(str(path))


def test_it_is_upright_and_says_so(result: pyvips.Image):
    assert (result.width, result.height) == (96, 128)
    assert result.get_typeof("orientation") == 0 or result.get("orientation") == 1
    names = result.get_fields()
    assert "exif-ifd0-Orientation" not in names or result.get("exif-ifd0-Orientation")[0] == "1"


def test_camera_date_and_place_are_kept(result: pyvips.Image):
    assert result.get("exif-ifd0-Make").startswith("Leica")
    assert result.get("exif-ifd2-DateTimeOriginal").startswith("2019:08:07 06:05:04")
    assert result.get("exif-ifd3-GPSLatitudeRef").startswith("N")
    assert XMP in bytes(result.get("xmp-data"))


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "heic", "tif"])
def test_what_is_no_plain_ascii_stays_so(tmp_path: Path, photograph: np.ndarray, extension: str):
    exif = Image.Exif()
    exif[0x13B] = artist = "Jürgen Müller".encode()
    comment = b"UNICODE\0" + "Grüße".encode("utf-16le")
    exif[0x8769] = {0x927C: b"MAKER\0\1\2\3", 0x9286: comment, 0x9000: b"0232"}
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=exif)
    path = tmp_path / f"b.{extension}"
    write_picture(read_picture(tmp_path / "a.jpg"), path)
    if extension in ("heic", "tif"):
        write_picture(read_picture(path), tmp_path / "again.jpg")
        path = tmp_path / "again.jpg"
    with Image.open(path) as picture:
        told = picture.getexif()
        inner = told.get_ifd(0x8769)
    assert told[0x13B].encode("latin-1") == artist
    assert inner[0x9286] == comment and inner[0x9000] == b"0232"
    assert inner[0x927C] == b"MAKER\0\1\2\3"


def test_exif_of_wrong_types_does_not_keep_a_tiff_from_being_written(
    tmp_path: Path, photograph: np.ndarray
):
    exif = Image.Exif()
    exif[0x10F] = "Leica"
    exif[0x8825] = {6: 123.5}
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=exif)
    altitude = b"\0\6\0\5\0\0\0\1"
    content = (tmp_path / "a.jpg").read_bytes()
    assert content.count(altitude) == 1
    # A fraction where a whole number belongs.
    (tmp_path / "a.jpg").write_bytes(content.replace(altitude, b"\0\xfe" + altitude[2:]))
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.tif")
    back = read_picture(tmp_path / "b.tif")
    assert back.pixels.shape == photograph.shape
    assert exif_told(tmp_path / "b.tif")[0x10F] == "Leica"


def test_the_size_that_exif_tells_is_the_results(result: pyvips.Image):
    assert result.get("exif-ifd2-PixelXDimension").startswith("96 ")
    assert result.get("exif-ifd2-PixelYDimension").startswith("128 ")


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "heic", "tif"])
def test_nothing_is_made_up_and_nothing_left_out(
    tmp_path: Path, photograph: np.ndarray, extension: str
):
    exif = Image.Exif()
    exif[0x10F], exif[0x4746], exif[0x4749] = "Leica", 4, 75  # rated four stars, 75 per cent
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=exif)
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / f"b.{extension}")
    told = exif_told(tmp_path / f"b.{extension}")
    assert {0x10F: "Leica", 0x4746: 4, 0x4749: 75}.items() <= told.items()
    if extension != "tif":  # where it stands among what tells of the pixels
        assert len(told) == 3


def exif_told(path: Path) -> dict[int, object]:
    """The first directory of a file's EXIF, as Pillow reads it."""
    pillow_heif.register_heif_opener()
    with Image.open(path) as picture:
        return dict(picture.getexif())


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "heic"])
def test_a_makers_notes_stay_where_they_were(
    tmp_path: Path, photograph: np.ndarray, extension: str
):
    exif = Image.Exif()
    exif[0x8769] = {0x927C: b"MAKER\0\1\2\3" * 100, 0xA002: 64, 0xA003: 48}
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=exif)
    notes = (tmp_path / "a.jpg").read_bytes().split(b"MM\0*", 1)[1].index(b"MAKER")
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / f"b.{extension}")
    content = (tmp_path / f"b.{extension}").read_bytes()
    assert content.split(b"MM\0*", 1)[1].index(b"MAKER") == notes


def test_an_animation_tells_the_size_of_a_frame(tmp_path: Path, photograph: np.ndarray):
    exif = Image.Exif()
    exif[0x8769] = {0xA002: 64, 0xA003: 48}
    frames = [Image.fromarray(np.roll(photograph, turn, axis=1)) for turn in range(3)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], exif=exif)
    rows = PictureRows(tmp_path / "a.webp")
    with row_writer(
        tmp_path / "b.webp",
        width=128,
        height=96,
        bands=3,
        dtype=rows.dtype,
        metadata=rows.metadata,
        pages=rows.pages,
    ) as write:
        for part in rows.read(48):
            write(np.repeat(np.repeat(part, 2, axis=0), 2, axis=1))
    with Image.open(tmp_path / "b.webp") as picture:
        inner = picture.getexif().get_ifd(0x8769)
        assert (getattr(picture, "n_frames", 1), inner[0xA002], inner[0xA003]) == (3, 128, 96)


def test_a_big_tiff_has_its_exif(
    tmp_path: Path, photograph: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(savers, "_BIG", 0)  # else it takes 2 GiB of samples
    exif = Image.Exif()
    exif[0x10F], exif[0x13B], exif[0x4746] = "Leica Camera AG", "Ana", 4
    exif[0x8769], exif[0x8825] = (
        {0x9286: b"ASCII\0\0\0a kingfisher"},
        {1: "N", 2: (50.0, 30.0, 0.5)},
    )
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=exif)
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.tif")
    assert (tmp_path / "b.tif").read_bytes()[:4] == b"II+\0"
    write_picture(read_picture(tmp_path / "b.tif"), tmp_path / "c.jpg")  # and back again
    for path in (tmp_path / "b.tif", tmp_path / "c.jpg"):
        with Image.open(path) as picture:
            told = picture.getexif()
            assert (told[0x10F], told[0x13B], told[0x4746]) == ("Leica Camera AG", "Ana", 4)
            assert told.get_ifd(0x8769)[0x9286] == b"ASCII\0\0\0a kingfisher"
            assert told.get_ifd(0x8825) == {1: "N", 2: (50.0, 30.0, 0.5)}


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "heic", "tif"])
@pytest.mark.parametrize("has_exif", [False, True])
def test_a_resolution_that_stands_outside_of_exif_is_kept(
    tmp_path: Path, photograph: np.ndarray, extension: str, has_exif: bool
):
    exif = Image.Exif()
    if has_exif:
        exif[0x10F], exif[0x8769] = "Leica", {0x927C: b"MAKER" * 9}
    Image.fromarray(photograph).save(tmp_path / "a.jpg", dpi=(300, 200), exif=exif)
    path = tmp_path / f"b.{extension}"
    write_picture(read_picture(tmp_path / "a.jpg"), path)
    dots = [25.4 * side for side in read_picture(path).metadata.resolution]
    assert dots == pytest.approx([300, 200], rel=1e-3)
    told = exif_told(path)
    assert told.get(0x10F) == ("Leica" if has_exif else None)
    if extension not in ("png", "tif"):  # which have a place of their own for it
        assert (told[282], told[283], told[296]) == (300, 200, 2)


@pytest.mark.parametrize("source", ["png", "jpg", "tif", "bmp"])
@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif", "avif", "heic", "bmp"])
def test_no_resolution_is_made_up(
    tmp_path: Path, photograph: np.ndarray, source: str, extension: str
):
    small = Image.fromarray(photograph)
    if source == "bmp":
        small.save(tmp_path / "a.bmp", dpi=(0, 0))
    else:
        small.save(tmp_path / f"a.{source}")
    path = tmp_path / f"b.{extension}"
    write_picture(read_picture(tmp_path / f"a.{source}"), path)
    assert read_picture(path).metadata.resolution == (1, 1)  # libvips' word for none
    with Image.open(path) as picture:
        assert picture.info.get("dpi") in (None, (0, 0))
        told = dict(picture.getexif())
    if extension == "tif":
        assert told[296] == 1  # no unit: the pixels are square, and that is all
    else:
        assert not {282, 283, 296} & told.keys()


def test_the_resolution_is_kept(result: pyvips.Image):
    across = Fraction(result.get("exif-ifd0-XResolution").split()[0])
    assert float(across) == pytest.approx(300, rel=1e-3)
    assert result.xres in (1, pytest.approx(300 / 25.4, rel=1e-3))


def test_a_thumbnail_of_the_small_picture_is_dropped(tmp_path: Path, photograph: np.ndarray):
    image = pyvips.Image.new_from_array(photograph).copy()
    image.set_type(pyvips.GValue.blob_type, "jpeg-thumbnail-data", image.jpegsave_buffer())
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", EXIF["exif-ifd0-Make"])
    image.set_type(
        pyvips.GValue.gstr_type,
        "exif-ifd1-Compression",
        "6 (JPEG, Short, 1 components, 2 bytes)",
    )
    image.jpegsave(str(tmp_path / "a.jpg"))
    assert thumbnails(tmp_path / "a.jpg")
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    assert not thumbnails(tmp_path / "b.jpg")


def test_no_byte_of_a_thumbnail_is_left_behind(tmp_path: Path, photograph: np.ndarray):
    image = pyvips.Image.new_from_array(photograph).copy()
    thumbnail = image.jpegsave_buffer()
    image.set_type(pyvips.GValue.blob_type, "jpeg-thumbnail-data", thumbnail)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", EXIF["exif-ifd0-Make"])
    image.jpegsave(str(tmp_path / "a.jpg"))
    piece = thumbnail[200:300]
    assert piece in (tmp_path / "a.jpg").read_bytes()
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.png")
    assert piece not in (tmp_path / "b.png").read_bytes()


def thumbnails(path: Path) -> list[str]:
    names = pyvips.Image.new_from_file(str(path)).get_fields()
    assert "exif-ifd0-Make" in names
    return [name for name in names if "thumbnail" in name or "-ifd1-" in name]


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif", "avif", "heic"])
def test_a_colour_profile_is_carried_over(tmp_path: Path, photograph: np.ndarray, extension: str):
    profile = bytes(pyvips.Image.profile_load("p3"))
    path = tmp_path / f"profiled.{extension}"
    write_picture(Picture(photograph, profiled(profile)), path)
    assert read_picture(path).metadata.icc_profile == profile


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "bmp"])
def test_dots_an_inch_are_carried_over(tmp_path: Path, photograph: np.ndarray, extension: str):
    dense = Metadata(resolution=(300 / 25.4, 300 / 25.4))
    path = tmp_path / f"a.{extension}"
    write_picture(Picture(photograph, dense), path)
    assert read_picture(path).metadata.resolution == pytest.approx((300 / 25.4,) * 2, rel=1e-3)
    with Image.open(path) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), rel=1e-3)


def test_xmp_is_carried_into_a_tiff(tmp_path: Path, photograph: np.ndarray):
    blob = pyvips.GValue.blob_type
    metadata = Metadata(((blob, "xmp-data", XMP),))
    write_picture(Picture(photograph, metadata), tmp_path / "a.tif")
    fields = {name: value for _, name, value in read_picture(tmp_path / "a.tif").metadata.fields}
    assert fields["xmp-data"] == XMP


ANDROID = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description rdf:about=""
    xmlns:Container="http://ns.google.com/photos/1.0/container/"
    xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" dc:creator="Jo">
  <Container:Directory><rdf:Seq><rdf:li><Container:Item Item:Semantic="GainMap"/></rdf:li></rdf:Seq>
  </Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.fixture(params=["ISO 21496", "Android"])
def phone(request: pytest.FixtureRequest, tmp_path: Path, photograph: np.ndarray) -> Path:
    """An Ultra HDR JPEG: a picture, what announces a gain map, and behind it the gain map's."""
    linear = ((photograph / 255) ** 2.2 * 4).astype(np.float32)
    image = pyvips.Image.new_from_array(linear, interpretation="scrgb")
    path = tmp_path / "phone.jpg"
    image.uhdrsave(str(path))
    if request.param == "Android":
        content = path.read_bytes()
        announcement = b"http://ns.adobe.com/xap/1.0/\0" + ANDROID
        segment = b"\xff\xe1" + (len(announcement) + 2).to_bytes(2, "big") + announcement
        content = content.replace(b"21496:-1", b"00000:-1")
        path.write_bytes(content[:2] + segment + content[2:])
    return path


def test_of_an_ultra_hdr_jpeg_the_picture_is_taken_and_the_gain_map_dropped(phone: Path):
    picture = read_picture(phone)
    assert PictureRows(phone).notes == (
        f"{phone}: its HDR gain map is left out; the result has the picture's normal range.",
    )
    with Image.open(phone) as base:
        assert np.abs(np.asarray(base).astype(int) - picture.pixels).mean() < 2
    write_picture(picture, phone.with_name("result.jpg"))
    content = phone.with_name("result.jpg").read_bytes()
    assert b"21496" not in content and b"hdrgm:" not in content and b"GainMap" not in content
    assert (b'dc:creator="Jo"' in content) == (b'dc:creator="Jo"' in phone.read_bytes())
    assert PictureRows(phone.with_name("result.jpg")).notes == ()


def test_other_programs_see_exif_in_a_tiff_and_a_heic(portrait: Path):
    picture = read_picture(portrait)
    write_picture(picture, portrait.with_name("a.tif"))
    with Image.open(portrait.with_name("a.tif")) as tiff:
        np.testing.assert_array_equal(np.asarray(tiff), picture.pixels)
        check_exif(tiff.getexif())
    write_picture(picture, portrait.with_name("a.heic"))
    heic = pillow_heif.open_heif(portrait.with_name("a.heic"))
    exif = Image.Exif()
    exif.load(heic.info["exif"])
    check_exif(exif)


def check_exif(exif: Image.Exif) -> None:
    assert exif[271].startswith("Leica")
    details = exif.get_ifd(0x8769)
    assert details[36867].startswith("2019:08:07 06:05:04")
    assert (details[0xA002], details[0xA003]) == (48, 64)
    assert exif.get_ifd(0x8825)[1].startswith("N")


def test_every_page_of_a_tiff_with_exif_is_there(tmp_path: Path, photograph: np.ndarray):
    exif = Image.Exif()
    exif[0x10F] = "Leica"
    metadata = Metadata(((pyvips.GValue.blob_type, "exif-data", exif.tobytes()),))
    with row_writer(
        tmp_path / "a.tif",
        width=64,
        height=16,
        bands=3,
        dtype=photograph.dtype,
        pages=Pages(3),
        metadata=metadata,
    ) as write:
        write(photograph)
    rows = PictureRows(tmp_path / "a.tif")
    np.testing.assert_array_equal(np.concatenate(list(rows.read(16))), photograph)
    assert rows.pages.count == 3
    with Image.open(tmp_path / "a.tif") as tiff:
        assert tiff.getexif()[271].startswith("Leica")

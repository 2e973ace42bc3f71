"""A photograph stays whole: what it says of itself reaches the result."""

from pathlib import Path

import numpy as np
import pytest
import pyvips

from fourfold.imaging import Picture, read_picture, write_picture

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>a kingfisher</x:xmpmeta>"
EXIF = {
    "exif-ifd0-Make": "Leica (Leica, ASCII, 6 components, 6 bytes)",
    "exif-ifd0-Orientation": "6 (Right-top, Short, 1 components, 2 bytes)",
    "exif-ifd2-DateTimeOriginal": "2019:08:07 06:05:04 (x, ASCII, 20 components, 20 bytes)",
    "exif-ifd3-GPSLatitudeRef": "N (N, ASCII, 2 components, 2 bytes)",
}


@pytest.fixture(params=["jpg", "png"])
def portrait(request: pytest.FixtureRequest, tmp_path: Path, photograph: np.ndarray) -> Path:
    """A photograph of 64 x 48 as a camera held upright stores it: on its side, and tagged so."""
    image = pyvips.Image.new_from_array(photograph).copy(xres=300 / 25.4, yres=300 / 25.4)
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.set_type(pyvips.GValue.blob_type, "xmp-data", XMP)
    for name, value in EXIF.items():
        image.set_type(pyvips.GValue.gstr_type, name, value)
    path = tmp_path / f"portrait.{request.param}"
    (image.jpegsave if request.param == "jpg" else image.pngsave)(str(path))
    return path


@pytest.fixture(params=["jpg", "png"])
def result(request: pytest.FixtureRequest, portrait: Path) -> pyvips.Image:
    """What another program sees in a result of twice the size."""
    picture = read_picture(portrait)
    larger = np.repeat(np.repeat(picture.pixels, 2, axis=0), 2, axis=1)
    path = portrait.with_name(f"larger.{request.param}")
    write_picture(Picture(larger, picture.metadata), path)
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
    assert XMP in result.get("xmp-data")


def test_the_size_that_exif_tells_is_the_results(result: pyvips.Image):
    assert result.get("exif-ifd2-PixelXDimension").startswith("96 ")
    assert result.get("exif-ifd2-PixelYDimension").startswith("128 ")


def test_the_resolution_is_kept(result: pyvips.Image):
    assert result.xres == pytest.approx(300 / 25.4, rel=1e-3)


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


def thumbnails(path: Path) -> list[str]:
    names = pyvips.Image.new_from_file(str(path)).get_fields()
    assert "exif-ifd0-Make" in names
    return [name for name in names if "thumbnail" in name or "-ifd1-" in name]

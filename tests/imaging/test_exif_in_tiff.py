"""EXIF in TIFF files, damaged and odd ones too."""

import struct
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from fourfold.imaging import read_picture, write_picture
from fourfold.imaging.exif_in_tiff import add_to_tiff, exif_in_tiff

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


def big_tiff(path: Path, photograph: np.ndarray, *, exif_at: int) -> None:
    """A BigTIFF whose EXIF directory is said to lie at a place of the file."""
    pyvips.Image.new_from_array(photograph).tiffsave(str(path), bigtiff=True)
    exif = Image.Exif()
    exif[0x8769] = {0x9000: b"0231"}
    with path.open("r+b") as file:
        add_to_tiff(file, exif.tobytes())
    content = path.read_bytes()
    entry = struct.pack("<HHQ", 0x8769, 16, 1)
    assert content.count(entry) == 1
    place = content.index(entry) + len(entry)
    path.write_bytes(content[:place] + struct.pack("<Q", exif_at) + content[place + 8 :])


@pytest.mark.parametrize("place", [2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_exif_at_a_place_that_no_file_has_is_none(
    tmp_path: Path, photograph: np.ndarray, place: int
):
    big_tiff(tmp_path / "a.tif", photograph, exif_at=place)
    assert exif_in_tiff(tmp_path / "a.tif") is None
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").pixels, photograph)


def test_no_pointer_is_left_that_points_to_nothing(tmp_path: Path, photograph: np.ndarray):
    version = struct.pack("<HHL", 0x9000, 7, 4) + b"0231"
    # The directories begin at 8, 26 and 56, the last with the rule of interoperability.
    exif = b"II*\0" + struct.pack("<LHHHLLL", 8, 1, 0x8769, 4, 1, 26, 0)
    exif += struct.pack("<H", 2) + version + struct.pack("<HHLLL", 0xA005, 4, 1, 56, 0)
    exif += struct.pack("<HHHL", 1, 1, 2, 4) + b"R98\0" + bytes(4)
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif)
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "written.tif")
    (tmp_path / "read.tif").write_bytes(exif)  # a TIFF but for the pixels
    read, written = Image.Exif(), Image.Exif()
    read.load(exif_in_tiff(tmp_path / "read.tif") or b"")
    written.load((tmp_path / "written.tif").read_bytes())
    for told in (read, written):
        assert told.get_ifd(0x8769) == {0x9000: b"0231"}


def described(path: Path, photograph: np.ndarray, *, type_: int, count: int) -> None:
    """A TIFF with the description "a kingfisher", stored in another type than text."""
    text = b"a kingfisher"
    pyvips.Image.new_from_array(photograph).tiffsave(str(path))
    exif = Image.Exif()
    exif[0x010E] = text.decode()
    with path.open("r+b") as file:
        add_to_tiff(file, exif.tobytes())
    content, entry = path.read_bytes(), struct.pack("<HHL", 0x010E, 2, len(text) + 1)
    assert content.count(entry) == 1
    path.write_bytes(content.replace(entry, struct.pack("<HHL", 0x010E, type_, count)))


@pytest.mark.parametrize("extension", ["jpg", "tif"])
@pytest.mark.parametrize(
    ("type_", "count", "text"),
    [(2, 13, "a kingfisher"), (1, 12, "a kingfisher"), (7, 12, "a kingfisher"), (3, 6, None)],
    ids=["text", "bytes", "undefined", "numbers"],
)
def test_a_text_is_a_text_whatever_its_type_and_numbers_are_none(
    tmp_path: Path,
    photograph: np.ndarray,
    extension: str,
    type_: int,
    count: int,
    text: str | None,
):
    described(tmp_path / "a.tif", photograph, type_=type_, count=count)
    path = tmp_path / f"b.{extension}"
    write_picture(read_picture(tmp_path / "a.tif"), path)
    with Image.open(path) as picture:
        assert picture.getexif().get(0x010E) == text

"""EXIF in the files that libvips writes: the block as it was, and nothing of libvips' around it."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fourfold.imaging import note_on_exif, read_picture, write_picture

LEAST = 300  # bytes: no block that libvips makes around the shortest text is longer


def block_of(path: Path) -> bytes:
    return read_picture(path).metadata.exif


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif"])
@pytest.mark.parametrize("notes", [0, 1, 500, 501, 40_000])
def test_a_block_is_the_same_however_often_it_is_written(
    tmp_path: Path, photograph: np.ndarray, extension: str, notes: int
):
    exif = Image.Exif()
    exif[0x10F], exif[0x8769] = "Leica", {0x927C: bytes(range(1, 251)) * (notes // 250)}
    block = exif.tobytes()[len("Exif\0\0") :] + b"\x01" * (notes % 250)
    Image.fromarray(photograph).save(tmp_path / "0.jpg", exif=b"Exif\0\0" + block)
    paths = [tmp_path / "0.jpg", *(tmp_path / f"{time}.{extension}" for time in (1, 2, 3))]
    for source, target in pairwise(paths):
        write_picture(read_picture(source), target)
    first, *others = map(block_of, paths[1:])
    assert others == [first, first]
    assert first.startswith(block_of(paths[0])) and not first[len(block_of(paths[0])) :].strip(
        b"\0"
    )
    assert len(first) <= max(len(block_of(paths[0])) + 1, LEAST)


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif"])
def test_nothing_that_libvips_makes_up_is_left_in_the_file(
    tmp_path: Path, photograph: np.ndarray, extension: str
):
    exif = Image.Exif()
    exif[0x10F] = "Leica"
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=exif)
    path = tmp_path / f"b.{extension}"
    write_picture(read_picture(tmp_path / "a.jpg"), path)
    content = path.read_bytes()
    for tag in (b"\0\x90\7\0", b"\0\xa0\7\0", b"\2\xa0\4\0"):  # ExifVersion, FlashPix, width
        assert tag not in content
    with Image.open(path) as picture:
        assert picture.getexif()[0x10F] == "Leica"


def test_a_block_that_is_too_large_is_left_out_and_that_is_said(
    tmp_path: Path, photograph: np.ndarray
):
    exif = Image.Exif()
    exif[0x10F], exif[0x8769] = "Leica", {0x927C: bytes(70_000)}
    Image.fromarray(photograph).save(tmp_path / "a.png", exif=exif)
    picture = read_picture(tmp_path / "a.png")
    (note,) = note_on_exif(tmp_path / "b.jpg", picture.metadata)
    assert "b.jpg cannot keep the picture's EXIF: it takes 70," in note
    write_picture(picture, tmp_path / "b.jpg")
    assert read_picture(tmp_path / "b.jpg").metadata.exif == b""
    assert note_on_exif(tmp_path / "b.tif", picture.metadata) == ()
    write_picture(picture, tmp_path / "b.tif")
    with Image.open(tmp_path / "b.tif") as kept:
        assert kept.getexif()[0x10F] == "Leica"
        assert kept.getexif().get_ifd(0x8769)[0x927C] == bytes(70_000)

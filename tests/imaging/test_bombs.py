"""Small files that stand for much: refused from their headers, before they cost anything."""

import re
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import pyvips

from fourfold.errors import FourfoldError, ImageTooLarge
from fourfold.imaging import PictureRows, read_image, write_image


def gif(frames: int, side: int = 1) -> bytes:
    """An animation of `frames` frames of one pixel on a screen of `side` pixels a side."""
    screen = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return screen + frames * frame + b"\x3b"


def test_a_gif_is_a_picture(tmp_path: Path):
    (tmp_path / "a.gif").write_bytes(gif(3))
    rows = PictureRows(tmp_path / "a.gif")
    assert (rows.height, rows.width, rows.pages.count) == (1, 1, 3)


def test_frames_count_together(tmp_path: Path):
    (tmp_path / "a.gif").write_bytes(gif(50, side=2_000))  # under a kilobyte for 200 megapixels
    with pytest.raises(ImageTooLarge, match=r"is 2000x2000 on 50 pages, 200 megapixels; at most"):
        PictureRows(tmp_path / "a.gif")
    with pytest.raises(ImageTooLarge, match="200 megapixels"):
        read_image(tmp_path / "a.gif")


def test_there_is_an_end_to_frames(tmp_path: Path):
    (tmp_path / "a.gif").write_bytes(gif(10_001))
    with pytest.raises(ImageTooLarge, match=r"has 10,001 pages; at most 10,000 are read"):
        PictureRows(tmp_path / "a.gif")


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


MEGABYTES = bytes(20 << 20)
EXIF = b"II*\0\x08\0\0\0\0\0\0\0\0\0"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"iCCP", b"x\0\0" + zlib.compress(MEGABYTES)),  # 20 kilobytes
        (b"eXIf", EXIF + MEGABYTES),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(MEGABYTES)),
    ],
)
def test_there_is_an_end_to_metadata(
    tmp_path: Path, photograph: np.ndarray, kind: bytes, content: bytes
):
    """Refused, or not taken into memory at all."""
    write_image(photograph, tmp_path / "a.png")
    plain = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(plain[:33] + chunk(kind, content) + plain[33:])
    try:
        carried = PictureRows(tmp_path / "a.png").metadata
    except FourfoldError as error:
        assert re.search("MB of metadata|not a whole picture", str(error))
    else:
        assert sum(len(str(value)) for _, _, value in carried.fields) < 1 << 22


def test_a_profile_that_is_too_large_is_one_sentence(tmp_path: Path, photograph: np.ndarray):
    image = pyvips.Image.new_from_array(photograph).copy()
    image.set_type(pyvips.GValue.blob_type, "xmp-data", MEGABYTES)
    image.tiffsave(str(tmp_path / "a.tif"))
    with pytest.raises(ImageTooLarge, match=r"carries 21\.0 MB of metadata \(xmp\); at most 16\.8"):
        PictureRows(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ppm", b"P6 60000 60000 255\n"),
        ("a.pgm", b"P2 999999999 999999999 255\n"),
        (
            "a.bmp",
            b"BM"
            + bytes(8)
            + struct.pack("<IIiiHHIIiiII", 54, 40, 60_000, 60_000, 1, 24, *bytes(6)),
        ),
    ],
)
def test_a_header_alone_is_refused_by_what_it_claims(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageTooLarge, match="megapixels; at most 100 are allowed"):
        PictureRows(tmp_path / name)

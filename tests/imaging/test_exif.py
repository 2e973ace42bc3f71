"""EXIF as a block of bytes: upright wherever it says otherwise, thumbnails without a trace."""

import struct
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from fourfold.imaging import Metadata, Picture, read_picture, write_picture
from fourfold.imaging.exif import resolution_in, upright_exif

SHORT, LONG, RATIONAL, DOUBLE = 3, 4, 5, 12


def block(
    *entries: tuple[int, int, int, bytes], count: int | None = None, tail: bytes = b""
) -> bytes:
    """EXIF of one directory; `tail` lies behind it, from `end_of` on, and is linked as the next."""
    directory = struct.pack("<H", len(entries) if count is None else count)
    directory += b"".join(
        struct.pack("<HHL", tag, type_, number) + value for tag, type_, number, value in entries
    )
    following = end_of(len(entries)) if tail else 0
    return b"II*\0" + struct.pack("<L", 8) + directory + struct.pack("<L", following) + tail


def end_of(entries: int, start: int = 8) -> int:
    """Where a directory of so many entries ends."""
    return start + 2 + 12 * entries + 4


def short(value: int) -> bytes:
    return struct.pack("<HH", value, 0)


def long(value: int) -> bytes:
    return struct.pack("<L", value)


SIDEWAYS, UPRIGHT = (0x0112, SHORT, 1, short(6)), (0x0112, SHORT, 1, short(1))
ODD = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


@ODD
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "tif"])
@pytest.mark.parametrize(
    "exif",
    [block(SIDEWAYS), block(SIDEWAYS, count=40), block(SIDEWAYS, UPRIGHT)],
    ids=["plain", "more entries than there are", "twice"],
)
def test_what_was_turned_upright_is_not_turned_again(
    tmp_path: Path, photograph: np.ndarray, extension: str, exif: bytes
):
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif)
    path = tmp_path / f"b.{extension}"
    write_picture(read_picture(tmp_path / "a.jpg"), path)
    result = pyvips.Image.new_from_file(str(path)).autorot()
    assert (result.width, result.height) == (48, 64)
    with Image.open(path) as picture:
        assert picture.getexif().get(0x0112, 1) == 1


def test_every_orientation_of_a_block_is_made_upright():
    exif = block(UPRIGHT, SIDEWAYS, SIDEWAYS)
    assert upright_exif(exif) == block(UPRIGHT, UPRIGHT, UPRIGHT)


SECRET = b"a small picture!" * 4


def strips(*sizes: int) -> bytes:
    """A thumbnail of samples, as the second directory behind a first of one entry."""
    start = end_of(1)
    places = end_of(2, start)
    numbers = b"" if len(sizes) == 1 else bytes(8 * len(sizes))
    first = places + len(numbers)
    offsets = [first + sum(sizes[:strip]) for strip in range(len(sizes))]
    if len(sizes) > 1:
        numbers = struct.pack(f"<{2 * len(sizes)}L", *offsets, *sizes)
        values = (long(places), long(places + 4 * len(sizes)))
    else:
        values = (long(offsets[0]), long(sizes[0]))
    directory = struct.pack("<H", 2)
    for tag, value in zip((0x0111, 0x0117), values, strict=True):
        directory += struct.pack("<HHL", tag, LONG, len(sizes)) + value
    return directory + bytes(4) + numbers + SECRET


@pytest.mark.parametrize("sizes", [(64,), (32, 32), (16, 16, 32)])
@pytest.mark.parametrize("behind", [b"", b"maker's notes"])
def test_no_byte_of_a_thumbnail_of_samples_is_left_behind(sizes: tuple[int, ...], behind: bytes):
    exif = block(UPRIGHT, tail=strips(*sizes) + behind)
    assert exif.count(SECRET) == 1
    cleared = upright_exif(exif)
    assert all(SECRET[place : place + 8] not in cleared for place in range(len(SECRET) - 8))
    assert cleared.endswith(bytes(64) + behind if behind else exif[: -len(SECRET)][-4:])


def test_spans_that_overlap_are_cleared_whole():
    start = end_of(4, end_of(1))
    directory = struct.pack("<H", 4)
    for tag, value in ((0x0111, start), (0x0117, 64), (0x0201, start + 16), (0x0202, 16)):
        directory += struct.pack("<HHLL", tag, LONG, 1, value)
    kept = block(UPRIGHT, tail=directory + bytes(4))
    assert upright_exif(kept + SECRET + b"notes")[start:] == bytes(64) + b"notes"
    assert len(upright_exif(kept + SECRET)) == start


def test_strips_that_overlap_are_cleared_in_one_pass_of_the_block():
    count = 20_000
    at = end_of(2, end_of(1))
    directory = struct.pack("<H", 2)
    for tag in (0x0111, 0x0117):
        directory += struct.pack("<HHLL", tag, LONG, count, at)
    numbers = long(at) * count + bytes(8 << 20)
    exif = block(UPRIGHT, tail=directory + bytes(4) + numbers)
    # Each strip begins at its own list, and is as long as that is far.
    assert upright_exif(exif)[at : 2 * at] == bytes(at)


@pytest.mark.parametrize("dots", [1e150, float("nan"), float("inf"), 0.0, -1.0])
def test_a_resolution_that_nothing_can_have_is_none(
    tmp_path: Path, photograph: np.ndarray, dots: float, capfd: pytest.CaptureFixture[str]
):
    place = long(end_of(3))
    entries = [(tag, DOUBLE, 1, place) for tag in (0x011A, 0x011B)]
    exif = block(*entries, (0x0128, SHORT, 1, short(2)))[:-4] + bytes(4) + struct.pack("<d", dots)
    assert resolution_in(exif) is None
    Image.fromarray(photograph).save(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif)
    write_picture(read_picture(tmp_path / "a.jpg"), tmp_path / "b.png")
    assert read_picture(tmp_path / "b.png").metadata.resolution == (1, 1)
    assert capfd.readouterr().err == ""  # nor a word of GLib's


def test_the_finest_resolution_that_libvips_takes_is_kept(tmp_path: Path, photograph: np.ndarray):
    finest = Metadata(resolution=(1e6, 1e6))
    write_picture(Picture(photograph, finest), tmp_path / "b.webp")
    assert read_picture(tmp_path / "b.webp").metadata.resolution == pytest.approx((1e6, 1e6))


def test_a_png_that_tells_its_resolution_gets_no_exif_for_it(
    tmp_path: Path, photograph: np.ndarray
):
    Image.fromarray(photograph).save(tmp_path / "a.png", dpi=(300, 300))
    write_picture(read_picture(tmp_path / "a.png"), tmp_path / "b.png")
    assert b"eXIf" not in (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), rel=1e-3)

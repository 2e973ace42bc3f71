"""Image files: what is written is read back, and what is no picture is refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fourfold.errors import ImageTooLarge, InvalidImage, UnreadableImage, UnwritableImage
from fourfold.imaging import (
    Picture,
    check_format,
    prepare_folder,
    profiled,
    read_image,
    read_picture,
    read_size,
    write_image,
    write_picture,
)

pixels = st.tuples(
    st.sampled_from([np.uint8, np.uint16]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([(), (2,), (3,), (4,)]),
).flatmap(lambda kind: arrays(kind[0], (kind[1], kind[2], *kind[3])))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pixels)
def test_png_gives_back_every_sample_and_the_depth(tmp_path: Path, image: np.ndarray):
    write_image(image, tmp_path / "picture.png")
    back = read_image(tmp_path / "picture.png")
    assert back.dtype == image.dtype
    np.testing.assert_array_equal(back, image)


def test_jpeg_comes_close_at_full_colour_resolution(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "picture.jpg")
    back = read_image(tmp_path / "picture.jpg")
    assert back.shape == photograph.shape
    assert np.sqrt(np.mean((back.astype(float) - photograph) ** 2)) < 4
    header = pyvips.Image.new_from_file(str(tmp_path / "picture.jpg"))
    assert header.get("jpeg-chroma-subsample") == "4:4:4"


def test_grey_jpeg_stays_grey(tmp_path: Path):
    write_image(np.full((8, 9), 77, np.uint8), tmp_path / "grey.jpeg")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.jpeg"), np.full((8, 9), 77))


def test_grey_with_alpha_stays_so(tmp_path: Path):
    both = np.dstack([np.full((3, 4), 9, np.uint8), np.full((3, 4), 200, np.uint8)])
    pyvips.Image.new_from_array(both, interpretation="b-w").pngsave(str(tmp_path / "ga.png"))
    assert read_image(tmp_path / "ga.png")[0, 0].tolist() == [9, 200]


def test_a_palette_becomes_its_colours(tmp_path: Path, photograph: np.ndarray):
    pyvips.Image.new_from_array(photograph).pngsave(str(tmp_path / "p.png"), palette=True)
    assert read_image(tmp_path / "p.png").shape == photograph.shape


def test_cmyk_becomes_srgb(tmp_path: Path):
    white = np.zeros((8, 8, 4), np.uint8)
    cmyk = pyvips.Image.new_from_array(white, interpretation="cmyk")
    cmyk.jpegsave(str(tmp_path / "cmyk.jpg"))
    back = read_image(tmp_path / "cmyk.jpg")
    assert back.shape == (8, 8, 3) and back.min() > 245


@pytest.mark.parametrize(("orientation", "turned"), [(3, "rot180"), (6, "rot90"), (8, "rot270")])
def test_a_photograph_is_turned_upright(
    tmp_path: Path, photograph: np.ndarray, orientation: int, turned: str
):
    image = pyvips.Image.new_from_array(photograph)
    upright = getattr(image, turned)().numpy()
    tagged = image.copy()
    tagged.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    tagged.pngsave(str(tmp_path / "turned.png"))
    np.testing.assert_array_equal(read_image(tmp_path / "turned.png"), upright)
    assert read_size(tmp_path / "turned.png") == upright.shape[:2]


@pytest.mark.parametrize("extension", [".png", ".jpg"])
def test_a_colour_profile_is_carried_over(tmp_path: Path, photograph: np.ndarray, extension: str):
    profile = bytes(pyvips.Image.profile_load("p3"))
    path = tmp_path / f"profiled{extension}"
    write_picture(Picture(photograph, profiled(profile)), path)
    assert read_picture(path).metadata.icc_profile == profile


def test_the_content_decides_whatever_the_name_says(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), photograph)


def test_a_name_full_of_signs_is_only_a_name(tmp_path: Path, photograph: np.ndarray):
    path = tmp_path / "50% [n=-1], çà_λ 'x'.png"
    write_image(photograph, path)
    np.testing.assert_array_equal(read_image(path), photograph)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableImage, match=r"nothing\.png cannot be read: No such file"):
        read_image(tmp_path / "nothing.png")


def test_the_size_of_what_is_no_picture_is_refused(tmp_path: Path):
    (tmp_path / "text.png").write_text("Dear diary")
    with pytest.raises(UnreadableImage, match="neither a PNG nor a JPEG"):
        read_size(tmp_path / "text.png")


def test_an_empty_file_is_named(tmp_path: Path):
    (tmp_path / "empty.png").touch()
    with pytest.raises(UnreadableImage, match=r"empty\.png is empty"):
        read_image(tmp_path / "empty.png")


def test_a_text_called_png_is_no_picture(tmp_path: Path):
    (tmp_path / "text.png").write_text("not a picture at all")
    with pytest.raises(UnreadableImage, match="neither a PNG nor a JPEG"):
        read_image(tmp_path / "text.png")


@pytest.mark.parametrize("extension", [".png", ".jpg"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9])
def test_a_truncated_file_is_refused(
    tmp_path: Path, photograph: np.ndarray, extension: str, kept: float
):
    path = tmp_path / f"cut{extension}"
    write_image(photograph, path)
    content = path.read_bytes()
    path.write_bytes(content[: max(int(len(content) * kept), 16)])
    with pytest.raises(UnreadableImage, match=f"cut{extension} is not a whole picture"):
        read_image(path)


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4, 3)),
        np.zeros((4, 4), bool),
        np.zeros((4, 4), np.int8),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_what_no_file_holds_is_refused_and_not_written(tmp_path: Path, pixels: np.ndarray):
    with pytest.raises(InvalidImage, match=r"quantise\(\) makes|is no picture"):
        write_image(pixels, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_utf_8_can_be_read_and_written(tmp_path: Path, photograph: np.ndarray):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    write_image(photograph, path)
    np.testing.assert_array_equal(read_image(path), photograph)


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[content.index(b"IDAT") + 40] ^= 1
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableImage, match="not a whole picture"):
        read_image(tmp_path / "a.png")


def test_jpeg_has_quality_95(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    table = content[content.index(b"\xff\xdb") + 5 :]
    # libjpeg's scale at quality 95 is 10 %: of the standard's first entries 16 and 11, 2 and 1.
    assert list(table[:2]) == [2, 1]


def test_converted_pixels_lose_the_profile_that_they_had(tmp_path: Path):
    cmyk = pyvips.Image.new_from_array(np.zeros((8, 8, 4), np.uint8), interpretation="cmyk").copy()
    profile = bytes(pyvips.Image.profile_load("cmyk"))
    cmyk.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    cmyk.jpegsave(str(tmp_path / "cmyk.jpg"))
    assert read_picture(tmp_path / "cmyk.jpg").metadata.icc_profile != profile


def test_a_picture_of_no_pixels_is_refused(tmp_path: Path):
    (tmp_path / "none.png").write_bytes(_png_header(0, 7))
    with pytest.raises(UnreadableImage, match="not a whole picture"):
        read_image(tmp_path / "none.png")


def test_a_picture_of_too_many_pixels_is_refused_from_its_header(tmp_path: Path):
    (tmp_path / "bomb.png").write_bytes(_png_header(50_000, 40_000))
    with pytest.raises(ImageTooLarge, match=r"50000x40000, 2,000 megapixels; at most 100"):
        read_image(tmp_path / "bomb.png")


def test_the_limit_of_pixels_can_be_set(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")  # 64 x 48 = 3,072 pixels
    assert read_image(tmp_path / "a.png", max_megapixels=0.003072) is not None
    with pytest.raises(ImageTooLarge):
        read_image(tmp_path / "a.png", max_megapixels=0.003071)
    with pytest.raises(ImageTooLarge):
        read_image(tmp_path / "a.png", max_megapixels=float("nan"))


def test_an_unknown_extension_is_refused_before_any_work(tmp_path: Path):
    with pytest.raises(UnwritableImage, match=r"Did you mean '\.png'"):
        check_format(tmp_path / "a.pgn", width=1, height=1)


def test_a_missing_folder_is_one_sentence(tmp_path: Path, photograph: np.ndarray):
    with pytest.raises(
        UnwritableImage, match=r"a\.png cannot be written: No such file or directory"
    ):
        write_image(photograph, tmp_path / "none" / "a.png")


def test_a_folder_is_made_and_tried_before_any_work(tmp_path: Path):
    prepare_folder(tmp_path / "new" / "deeper")
    assert list((tmp_path / "new" / "deeper").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableImage, match="cannot be written: Not a directory"):
        prepare_folder(tmp_path / "file" / "folder")


def test_what_a_jpeg_cannot_hold_is_refused_with_the_format_that_can(tmp_path: Path):
    with pytest.raises(UnwritableImage, match=r"cannot be transparent\. Write a \.png"):
        write_image(np.zeros((2, 2, 4), np.uint8), tmp_path / "a.jpg")
    with pytest.raises(ImageTooLarge, match=r"65535 pixels a side.*Write a \.png"):
        check_format(tmp_path / "a.jpg", width=65_536, height=1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(photograph: np.ndarray):
    if not Path("/proc/self").exists():
        pytest.skip("needs a folder that nobody can write: /proc, Linux")
    with pytest.raises(UnwritableImage, match=r"/proc/a\.png cannot be written"):
        write_image(photograph, Path("/proc/a.png"))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from fourfold.errors import UnwritableImage
from fourfold.imaging import write_image
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
try:
    write_image(noise, Path(sys.argv[1]))
except UnwritableImage as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX resource limits")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(target)], capture_output=True, text=True, check=True
    )
    assert "a.png cannot be written" in result.stdout
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


BLOCKED = """
import sys
import pyvips
from fourfold.imaging import allow_known_loaders_only, read_image
from pathlib import Path
folder = Path(sys.argv[1])
(folder / "m.csv").write_text("1 2 3")
pyvips.Image.new_from_file(str(folder / "m.csv"))  # libvips can, until it is told not to
allow_known_loaders_only()
read_image(folder / "a.png")
read_image(folder / "a.jpg")
for name in ("m.csv", "a.png"):
    try:
        pyvips.Image.new_from_file(str(folder / name))
    except pyvips.Error:
        print(name, "blocked")
"""


def test_the_command_blocks_every_other_loader(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    write_image(photograph, tmp_path / "a.jpg")
    result = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "m.csv blocked" in result.stdout

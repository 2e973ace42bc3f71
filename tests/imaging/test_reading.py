"""Reading image files: what is no picture is refused, what is one comes out whole."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips

from fourfold.errors import ImageTooLarge, UnreadableImage
from fourfold.imaging import (
    read_image,
    read_picture,
    read_size,
    write_image,
)


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


def test_the_content_decides_whatever_the_name_says(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read_image(tmp_path / "a.jpg"), photograph)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableImage, match=r"nothing\.png cannot be read: No such file"):
        read_image(tmp_path / "nothing.png")


def test_the_size_of_what_is_no_picture_is_refused(tmp_path: Path):
    (tmp_path / "text.png").write_text("Dear diary")
    with pytest.raises(UnreadableImage, match="no PNG, JPEG"):
        read_size(tmp_path / "text.png")


def test_an_empty_file_is_named(tmp_path: Path):
    (tmp_path / "empty.png").touch()
    with pytest.raises(UnreadableImage, match=r"empty\.png is empty"):
        read_image(tmp_path / "empty.png")


def test_a_text_called_png_is_no_picture(tmp_path: Path):
    (tmp_path / "text.png").write_text("not a picture at all")
    with pytest.raises(UnreadableImage, match="no PNG, JPEG"):
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


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[content.index(b"IDAT") + 40] ^= 1
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UnreadableImage, match="not a whole picture"):
        read_image(tmp_path / "a.png")


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

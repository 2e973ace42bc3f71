"""Writing image files: what is written is read back; what cannot be is refused first."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import HealthCheck, given, settings

from fourfold.errors import ImageTooLarge, InvalidImage, UnwritableImage
from fourfold.imaging import (
    Metadata,
    Pages,
    Picture,
    check_format,
    profiled,
    read_image,
    read_picture,
    row_writer,
    write_image,
    write_picture,
)
from fourfold.imaging.encoding import Encoder
from tests.pictures import pixels


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


@pytest.mark.parametrize("extension", [".png", ".jpg"])
def test_a_colour_profile_is_carried_over(tmp_path: Path, photograph: np.ndarray, extension: str):
    profile = bytes(pyvips.Image.profile_load("p3"))
    path = tmp_path / f"profiled{extension}"
    write_picture(Picture(photograph, profiled(profile)), path)
    assert read_picture(path).metadata.icc_profile == profile


def test_a_name_full_of_signs_is_only_a_name(tmp_path: Path, photograph: np.ndarray):
    path = tmp_path / "50% [n=-1], çà_λ 'x'.png"
    write_image(photograph, path)
    np.testing.assert_array_equal(read_image(path), photograph)


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((4, 4, 3), 1.5, np.float32),
        np.full((4, 4), np.nan, np.float32),
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
    with pytest.raises(InvalidImage, match=r"quantise\(\) makes|is no picture|floats in"):
        write_image(pixels, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_not_utf_8_can_be_read_and_written(tmp_path: Path, photograph: np.ndarray):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    write_image(photograph, path)
    np.testing.assert_array_equal(read_image(path), photograph)


def test_jpeg_has_quality_95(tmp_path: Path, photograph: np.ndarray):
    write_image(photograph, tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    table = content[content.index(b"\xff\xdb") + 5 :]
    # libjpeg's scale at quality 95 is 10 %: of the standard's first entries 16 and 11, 2 and 1.
    assert list(table[:2]) == [2, 1]


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_a_quality_is_from_1_to_100(tmp_path: Path, quality: int):
    writer = row_writer(
        tmp_path / "a.jpg", width=8, height=8, bands=3, dtype=np.dtype("u1"), quality=quality
    )
    with pytest.raises(UnwritableImage, match=f"quality is {quality}; it must be a whole number"):
        writer.__enter__()
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_extension_is_refused_before_any_work(tmp_path: Path):
    with pytest.raises(UnwritableImage, match=r"Did you mean '\.png'"):
        check_format(tmp_path / "a.pnng", width=1, height=1)


def test_a_missing_folder_is_one_sentence(tmp_path: Path, photograph: np.ndarray):
    with pytest.raises(
        UnwritableImage, match=r"a\.png cannot be written: No such file or directory"
    ):
        write_image(photograph, tmp_path / "none" / "a.png")


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
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        write_image(noise, path)
    except UnwritableImage as error:
        print(error)
"""
EXTENSIONS = ["avif", "bmp", "gif", "heic", "jpg", "png", "ppm", "tif", "webp"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX resource limits")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path):
    for extension in EXTENSIONS:
        (tmp_path / f"a.{extension}").write_bytes(b"old")
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    lines = result.stdout.splitlines()
    for extension, line in zip(EXTENSIONS, lines, strict=True):
        assert f"a.{extension} cannot be written: " in line
        assert (tmp_path / f"a.{extension}").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == len(EXTENSIONS)


def test_no_failure_of_an_encoder_passes_for_success():
    def save(_: pyvips.Image) -> None:
        raise AttributeError("nobody foresaw this")

    encoder = Encoder(
        save,
        width=8,
        height=8,
        bands=1,
        dtype=np.dtype(np.uint8),
        metadata=Metadata(),
        pages=Pages(),
    )
    with pytest.raises(AttributeError, match="nobody foresaw"):
        encoder.finish()

"""Where a colour profile cannot stay, the colours are converted, and that is said."""

import struct
from functools import partial
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import pyvips
from PIL import Image

from fourfold.imaging import Metadata, Picture, note_on_colours, profiled, row_writer, write_picture

P3 = bytes(pyvips.Image.profile_load("p3"))
SRGB = bytes(pyvips.Image.profile_load("srgb"))
RAMP = np.tile(np.arange(256, dtype=np.uint8), (32, 1))


def grey_profile(gamma: float) -> bytes:
    """A profile of grey whose light is the `gamma`th power of its samples."""

    def fixed(*values: float) -> bytes:
        return struct.pack(f">{len(values)}i", *(round(value * 65_536) for value in values))

    white = fixed(0.9642, 1, 0.8249)  # D50
    described = b"desc" + bytes(4) + struct.pack(">L", 5) + b"grey\0" + bytes(78)
    curve = b"curv" + bytes(4) + struct.pack(">LHH", 1, round(gamma * 256), 0)
    tags = {b"desc": described, b"wtpt": b"XYZ " + bytes(4) + white, b"kTRC": curve}
    tags[b"cprt"] = b"text" + bytes(4) + b"none\0"
    place, table, data = 132 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        table += name + struct.pack(">LL", place + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    head = struct.pack(">LLL", place + len(data), 0, 0x02400000) + b"mntrGRAYXYZ "
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp"
    head = head.ljust(68, b"\0") + white
    return head.ljust(128, b"\0") + struct.pack(">L", len(tags)) + table + data


def in_srgb(gamma: float) -> np.ndarray:
    """What the ramp looks like, worked out from the two curves."""
    light = (np.arange(256) / 255) ** gamma
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return 255 * curve


def seen(path: Path) -> np.ndarray:
    pillow_heif.register_heif_opener()
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def profile_in(path: Path) -> bytes | None:
    pillow_heif.register_heif_opener()
    with Image.open(path) as picture:
        return picture.info.get("icc_profile")


@pytest.mark.parametrize("extension", ["png", "jpg", "tif"])
def test_grey_keeps_its_profile(tmp_path: Path, extension: str):
    profile = grey_profile(1.8)
    path = tmp_path / f"a.{extension}"
    write_picture(Picture(RAMP, profiled(profile)), path)
    assert profile_in(path) == profile
    assert note_on_colours(path, profiled(profile), bands=1) == ()


@pytest.mark.parametrize("extension", ["webp", "avif", "heic", "gif", "bmp", "ppm"])
def test_grey_becomes_srgb_where_its_profile_has_no_place(tmp_path: Path, extension: str):
    path = tmp_path / f"a.{extension}"
    metadata = profiled(grey_profile(1.8))
    write_picture(Picture(RAMP, metadata), path)
    assert profile_in(path) is None
    # Away from black, where sRGB's curve is a line and profiles' tables are coarse.
    assert np.abs(seen(path)[16, 16:] - in_srgb(1.8)[16:, None]).max() <= 4
    assert "become sRGB" in note_on_colours(path, metadata, bands=1)[0]


def test_a_coloured_background_takes_the_place_of_a_profile_of_grey(tmp_path: Path):
    metadata = profiled(grey_profile(1.8))
    half = np.full((16, 16, 2), 128, np.uint8)
    half[:8, :, 1] = 0
    half[8:, :, 1] = 255
    behind = partial(
        row_writer, width=16, height=16, bands=2, dtype=np.dtype(np.uint8), metadata=metadata
    )
    path = tmp_path / "a.png"
    with behind(path, background=(255, 0, 0)) as write:
        write(half)
    assert profile_in(path) is None
    assert (seen(path)[0] == (255, 0, 0)).all()
    assert np.abs(seen(path)[15] - in_srgb(1.8)[128]).max() <= 2
    assert note_on_colours(path, metadata, bands=2, is_coloured=True) != ()
    with behind(path, background=(255, 255, 255)) as write:
        write(half)  # grey over white is grey, and keeps it
    assert profile_in(path) is not None


@pytest.mark.parametrize("extension", ["gif", "bmp", "ppm"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_wide_colours_become_srgb_where_no_profile_is_kept(
    tmp_path: Path, extension: str, dtype: type
):
    path = tmp_path / f"a.{extension}"
    peak = np.iinfo(dtype).max
    pixels: np.ndarray = np.zeros((16, 16, 3), dtype)
    pixels[8:] = np.array([0.2, 0.6, 0.3]) * peak
    write_picture(Picture(pixels, profiled(P3)), path)
    # P3's green is greener than its numbers say in sRGB.
    red, green, _ = seen(path)[12, 8]
    assert red < 40 and green > 150
    assert "become sRGB" in note_on_colours(path, profiled(P3), bands=3)[0]


@pytest.mark.parametrize("extension", ["bmp", "ppm"])
def test_samples_of_srgb_stay_as_they_are(tmp_path: Path, photograph: np.ndarray, extension: str):
    path = tmp_path / f"a.{extension}"
    write_picture(Picture(photograph, profiled(SRGB)), path)
    assert (seen(path) == photograph).all()
    assert note_on_colours(path, profiled(SRGB), bands=3) == ()


def test_alpha_is_no_colour(tmp_path: Path):
    pixels = np.zeros((8, 64, 4), np.uint8)
    pixels[:, :, 3] = np.arange(64) * 4
    pixels[:, :, :3] = (51, 153, 76)
    metadata = profiled(P3)
    with row_writer(
        tmp_path / "a.bmp", width=64, height=8, bands=4, dtype=np.dtype(np.uint8),
        metadata=metadata, background=(0, 0, 0),
    ) as write:  # fmt: skip
        write(pixels)
    assert (np.diff(seen(tmp_path / "a.bmp")[0, :, 1]) >= 0).all()


def test_a_background_looks_as_it_is_named_in_every_profile(tmp_path: Path):
    pixels = np.zeros((8, 8, 4), np.uint8)
    for name, colour in (("red", (255, 0, 0)), ("grey", (119, 119, 119))):
        path = tmp_path / f"{name}.png"
        with row_writer(
            path, width=8, height=8, bands=4, dtype=np.dtype(np.uint8),
            metadata=profiled(P3), background=colour,
        ) as write:  # fmt: skip
            write(pixels)
        assert profile_in(path) == P3
        image = pyvips.Image.new_from_file(str(path)).icc_transform("srgb", embedded=True)
        assert np.abs(image.numpy()[4, 4].astype(int) - colour).max() <= 3
        if name == "red":
            assert seen(path)[4, 4, 1] > 20  # the purest red of P3 is another


def test_a_profile_that_is_none_is_left_out_and_said(tmp_path: Path, photograph: np.ndarray):
    metadata = profiled(b"x" * 200)
    path = tmp_path / "a.bmp"
    write_picture(Picture(photograph, metadata), path)
    assert (seen(path) == photograph).all()
    assert "nothing converts by it" in note_on_colours(path, metadata, bands=3)[0]
    assert note_on_colours(path, Metadata(), bands=3) == ()

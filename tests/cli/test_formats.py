"""`fourfold upscale` on pictures of every format, as a user has them."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
from click.testing import CliRunner, Result
from PIL import Image

from fourfold.cli.main import commands
from fourfold.imaging import (
    Pages,
    Picture,
    PictureRows,
    profiled,
    read_image,
    row_writer,
    write_image,
    write_picture,
)


def run(*arguments: object) -> Result:
    """Run the command in this process; its output, and what it raised."""
    return CliRunner().invoke(
        commands, ["upscale", "--model", "srresnet", *map(str, arguments)], catch_exceptions=True
    )


@pytest.fixture(autouse=True)
def all_loaders_again() -> Iterator[None]:
    """The command blocks loaders for its whole process, which is the tests' here."""
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)


@pytest.fixture
def folder(tmp_path: Path, photograph: np.ndarray) -> Path:
    write_image(photograph[:20, :24], tmp_path / "one.png")
    return tmp_path


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "extension", ["png", "jpg", "webp", "tif", "avif", "gif", "bmp", "ppm", "heic"]
)
def test_every_format_goes_in_and_comes_out(folder: Path, extension: str):
    write_image(read_image(folder / "one.png"), folder / f"a.{extension}")
    result = run(folder / f"a.{extension}")
    assert result.exit_code == 0, result.output
    sr = read_image(folder / f"a_x4.{extension}")
    assert sr.shape == (80, 96, 3)
    assert run(folder / "one.png").exit_code == 0
    expected = read_image(folder / "one_x4.png").astype(int)
    assert np.abs(sr - expected).mean() < 6


def test_a_format_can_be_chosen_by_name_or_extension(folder: Path):
    for name, extension in (("webp", "webp"), ("jpeg", "jpg"), (".tif", "tif"), ("PNG", "png")):
        assert run(folder / "one.png", "--format", name, "--overwrite").exit_code == 0
        assert PictureRows(folder / f"one_x4.{extension}").height == 80
    result = run(folder / "one.png", "--format", "psd")
    assert result.exit_code == 2 and "'psd' is no format. Known are: png, jpeg" in result.stderr
    result = run(folder / "one.png", "-o", folder / "x.png", "--format", "jpeg")
    assert result.exit_code == 1 and "x.png ends in .png; the format" in str(result.exception)


def test_a_folder_can_be_turned_into_another_format_again_and_again(folder: Path):
    for _ in range(2):
        assert run(folder, "--format", "webp", "--overwrite").exit_code == 0
        assert contents(folder) == ["one.png", "one_x4.webp"]


def test_an_animation_is_enlarged_frame_by_frame(folder: Path, photograph: np.ndarray):
    still = np.ascontiguousarray(photograph[:16, :16])
    with row_writer(
        folder / "a.webp",
        width=16,
        height=16,
        bands=3,
        dtype=still.dtype,
        pages=Pages(3, (70, 100, 30), 2),
        quality=100,
    ) as write:
        write(np.concatenate([still, still[::-1], still]))
    result = run(folder / "a.webp", "--quality", "100")
    assert result.exit_code == 0 and "64x64 from 16x16" in result.stdout
    assert "(3 frames)" in result.stdout
    rows = PictureRows(folder / "a_x4.webp")
    assert rows.pages == Pages(3, (70, 100, 30), 2)
    frames = list(rows.read(64))
    np.testing.assert_array_equal(frames[0], frames[2])
    write_image(still, folder / "still.png")  # as if it stood alone
    assert run(folder / "still.png").exit_code == 0
    np.testing.assert_array_equal(frames[0], read_image(folder / "still_x4.png"))
    result = run(folder / "a.webp", "--format", "png")
    assert result.exit_code == 1 and "holds one picture, and there are 3" in result.stderr


def test_pages_of_sixteen_bits_stay_pages_of_sixteen_bits(folder: Path, photograph: np.ndarray):
    deep = photograph[:32, :16].astype(np.uint16) * 257
    with row_writer(
        folder / "a.tif", width=16, height=16, bands=3, dtype=deep.dtype, pages=Pages(2)
    ) as write:
        write(deep)
    assert run(folder / "a.tif").exit_code == 0
    rows = PictureRows(folder / "a_x4.tif")
    assert rows.pages == Pages(2) and rows.dtype == np.uint16 and rows.height == 64


def test_transparency_gets_a_background_if_told(folder: Path, photograph: np.ndarray):
    alpha = np.zeros((20, 24, 1), np.uint8)
    write_image(np.dstack([photograph[:20, :24], alpha]), folder / "clear.png")
    result = run(folder / "clear.png", "--format", "jpeg")
    assert result.exit_code == 1
    assert "cannot be transparent. Write a .png instead, or choose a --background" in result.stderr
    result = run(folder / "clear.png", "--format", "jpeg", "--background", "#ff8000")
    assert result.exit_code == 0, result.output
    sr = read_image(folder / "clear_x4.jpg")
    assert np.abs(sr.astype(int) - [255, 128, 0]).max() < 12
    result = run(folder / "clear.png", "--background", "whit")
    assert result.exit_code == 2 and "Did you mean 'white'?" in result.stderr


def test_a_ramp_of_sixteen_bits_stays_smooth(folder: Path):
    """Of 4,096 levels: monotone, no step twice the ideal, four times as fine as in 8 bits.

    An input pixel becomes four, which a network makes of other weights: so each of the four is
    followed from pixel to pixel. Near the edges the network sees that the picture ends.
    """
    ramp = np.linspace(0, 65_535, 4_096).round().astype(np.uint16)
    write_image(np.tile(ramp, (16, 1)), folder / "deep.png")
    write_image(np.tile((ramp / 257).round().astype(np.uint8), (16, 1)), folder / "shallow.png")
    for name in ("deep", "shallow"):
        assert run(folder / f"{name}.png").exit_code == 0
    deep = read_image(folder / "deep_x4.png")[32]
    shallow = read_image(folder / "shallow_x4.png")[32]
    assert deep.dtype == np.uint16 and len(np.unique(deep)) >= 4 * len(np.unique(shallow))
    steps = np.diff(deep.reshape(-1, 4).astype(int), axis=0)[16:-16]
    assert steps.min() >= 0 and steps.max() <= 2 * 65_535 / 4_095


def test_a_phones_gain_map_is_said_to_be_dropped(folder: Path, photograph: np.ndarray):
    linear = ((photograph[:16, :16] / 255) ** 2.2 * 4).astype(np.float32)
    pyvips.Image.new_from_array(linear, interpretation="scrgb").uhdrsave(str(folder / "p.jpg"))
    result = run(folder / "p.jpg")
    assert result.exit_code == 0 and "p.jpg: its HDR gain map is left out" in result.stderr
    result = run(folder / "p.jpg", "--overwrite", "--quiet")
    assert result.exit_code == 0 and result.output == ""


def test_colours_that_are_converted_are_said_to_be(folder: Path, photograph: np.ndarray):
    profile = profiled(bytes(pyvips.Image.profile_load("p3")))
    write_picture(Picture(photograph[:16, :16], profile), folder / "wide.png")
    result = run(folder / "wide.png", "-o", folder / "wide.ppm")
    assert result.exit_code == 0 and result.stderr.count("\n") == 1
    assert "wide.ppm cannot keep the picture's colour profile" in result.stderr
    assert run(folder / "wide.png", "-o", folder / "b.ppm", "--quiet").output == ""
    assert run(folder / "wide.png", "-o", folder / "b.webp").stderr == ""


def test_quiet_says_nothing_but_errors(folder: Path):
    result = run(folder / "one.png", "--quiet")
    assert result.exit_code == 0 and result.output == ""
    result = run(folder / "one.png", "--quiet", "--json", "--overwrite")
    assert json.loads(result.stdout)["to"] == "96x80"
    (folder / "bad.png").write_text("no picture")
    result = run(folder / "one.png", folder / "bad.png", "-o", folder / "out", "--quiet")
    assert result.exit_code == 1 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 2 and "1 of 2 failed." in result.stderr


def test_what_must_be_held_whole_stays_within_the_memory(folder: Path, photograph: np.ndarray):
    Image.fromarray(photograph).save(folder / "side.tif", tiffinfo={274: 6})
    result = run(folder / "side.tif", "--memory", "9000")
    assert result.exit_code == 1
    assert (
        "must be held whole, for it must be turned upright"
        in str(result.exception or "") + result.stderr
    )
    result = run(folder / "one.png", "--memory", "9000", "--format", "avif")
    assert "an AVIF is encoded whole, which takes 122.9 kB, and 9.0 kB are allowed" in result.stderr
    assert "Write a .png instead" in result.stderr


def test_a_folder_as_people_have_them(folder: Path, photograph: np.ndarray):
    """Sideways, 16 bits, grey, transparent, animated, and one file that is broken."""
    small = np.ascontiguousarray(photograph[:16, :24])
    Image.fromarray(np.rot90(small)).save(folder / "sideways.jpg", exif=b"Exif\0\0" + tagged(6))
    write_image(small.astype(np.uint16) * 257, folder / "deep.png")
    write_image(small[:, :, 0], folder / "grey.jpg")
    write_image(np.dstack([small, small[:, :, :1]]), folder / "clear.webp")
    write_image(small, folder / "cut.png")
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:300])
    result = run(folder, "-o", folder / "out")
    assert result.exit_code == 1
    assert result.stderr.count("Error:") == 1 and "cut.png is not a whole picture" in result.stderr
    assert "1 of 6 failed." in result.stderr
    shapes = {path.name: read_image(path).shape for path in (folder / "out").iterdir()}
    assert shapes == {
        "clear.webp": (64, 96, 4),
        "deep.png": (64, 96, 3),
        "grey.jpg": (64, 96),
        "one.png": (80, 96, 3),
        "sideways.jpg": (64, 96, 3),
    }
    assert read_image(folder / "out" / "deep.png").dtype == np.uint16


def tagged(orientation: int) -> bytes:
    """EXIF that says nothing but how a picture is held."""
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.skipif(os.name == "nt", reason="needs SIGINT")
def test_an_interrupt_tells_how_many_are_done_and_leaves_whole_results(
    folder: Path, photograph: np.ndarray
):
    for index in range(40):
        write_image(np.roll(photograph, index, axis=1), folder / f"{index:02}.png")
    command = [sys.executable, "-m", "fourfold", "upscale", str(folder), "-o", str(folder / "out")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    told = re.fullmatch(r"Stopped: (\d+) of 41 done\.\n", stderr)
    assert told is not None, stderr
    names = contents(folder / "out")
    assert 3 <= int(told[1]) <= len(names) < 41
    assert all(name.endswith(".png") for name in names)
    for name in names:
        assert read_image(folder / "out" / name).shape[2] == 3

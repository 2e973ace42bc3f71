"""Each format in and out: what it holds comes back, at the depth that it has."""

from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image

from fourfold.errors import ImageTooLarge, UnreadableImage, UnwritableImage
from fourfold.imaging import (
    Pages,
    PictureRows,
    check_format,
    read_image,
    row_writer,
    write_image,
)
from fourfold.imaging.formats import FORMATS, format_of_content


def like(image: np.ndarray, other: np.ndarray) -> float:
    """The mean difference, of samples from 0 to 1."""

    def scaled(pixels: np.ndarray) -> np.ndarray:
        return pixels / (np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1.0)

    return float(np.abs(scaled(image) - scaled(other)).mean())


@pytest.mark.parametrize("extension", ["png", "tif", "bmp", "ppm"])
@pytest.mark.parametrize("kind", ["grey", "colour"])
def test_a_lossless_format_gives_back_every_sample(
    tmp_path: Path, photograph: np.ndarray, extension: str, kind: str
):
    image = photograph[:, :, 0] if kind == "grey" else photograph
    write_image(image, tmp_path / f"a.{extension}")
    np.testing.assert_array_equal(read_image(tmp_path / f"a.{extension}"), image)


@pytest.mark.parametrize("extension", ["jpg", "webp", "avif", "heic", "gif"])
def test_a_lossy_format_comes_close(tmp_path: Path, photograph: np.ndarray, extension: str):
    write_image(photograph, tmp_path / f"a.{extension}")
    back = read_image(tmp_path / f"a.{extension}")
    assert back.shape == photograph.shape and back.dtype == np.uint8
    assert like(back, photograph) < (0.02 if extension == "gif" else 0.01)
    write_image(photograph[:, :, 0], tmp_path / f"grey.{extension}")
    grey = read_image(tmp_path / f"grey.{extension}")
    assert like(grey if grey.ndim == 2 else grey[:, :, 1], photograph[:, :, 0]) < 0.02


@pytest.mark.parametrize("extension", ["webp", "avif"])
def test_at_quality_100_nothing_is_lost(tmp_path: Path, photograph: np.ndarray, extension: str):
    with row_writer(
        tmp_path / f"a.{extension}",
        width=64,
        height=48,
        bands=3,
        dtype=photograph.dtype,
        quality=100,
    ) as write:
        write(photograph)
    np.testing.assert_array_equal(read_image(tmp_path / f"a.{extension}"), photograph)


@pytest.mark.parametrize("extension", ["png", "tif", "webp", "avif", "heic"])
def test_transparency_is_kept(tmp_path: Path, photograph: np.ndarray, extension: str):
    alpha = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    write_image(np.dstack([photograph, alpha]), tmp_path / f"a.{extension}")
    back = read_image(tmp_path / f"a.{extension}")
    assert like(back[:, :, 3], alpha) < 0.01
    assert like(back[:, 32:, :3], photograph[:, 32:]) < 0.02
    write_image(np.dstack([photograph[:, :, 0], alpha]), tmp_path / f"grey.{extension}")
    assert like(read_image(tmp_path / f"grey.{extension}")[:, :, -1], alpha) < 0.01


@pytest.mark.parametrize("extension", ["png", "tif", "ppm"])
@pytest.mark.parametrize("bands", [(), (3,)])
def test_sixteen_bits_stay_so(tmp_path: Path, extension: str, bands: tuple[int, ...]):
    deep = np.random.default_rng(1).integers(0, 65_536, (9, 11, *bands), dtype=np.uint16)
    write_image(deep, tmp_path / f"a.{extension}")
    back = read_image(tmp_path / f"a.{extension}")
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, deep)


@pytest.mark.parametrize("extension", ["avif", "heic"])
def test_twelve_bits_of_sixteen_stay(tmp_path: Path, extension: str):
    ramp = np.tile(np.linspace(0, 65_535, 512).astype(np.uint16)[None, :, None], (64, 1, 3))
    write_image(ramp, tmp_path / f"a.{extension}")
    back = read_image(tmp_path / f"a.{extension}")
    assert back.dtype == np.uint16
    assert back.min() < 200 and back.max() > 65_300
    assert len(np.unique(back)) > 400 and like(back, ramp) < 0.003


@pytest.mark.parametrize("bands", [(), (2,), (3,), (4,)])
def test_floats_stay_so_in_a_tiff(tmp_path: Path, bands: tuple[int, ...]):
    floats = np.random.default_rng(1).random((9, 11, *bands), dtype=np.float32)
    write_image(floats, tmp_path / "a.tif")
    back = read_image(tmp_path / "a.tif")
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, floats)


def test_what_a_format_cannot_keep_is_rounded_to_the_nearest(tmp_path: Path):
    deep = np.array([[0, 128, 129, 65_406, 65_407, 65_535]], np.uint16)
    write_image(deep, tmp_path / "a.bmp")
    assert read_image(tmp_path / "a.bmp").tolist() == [[0, 0, 1, 254, 255, 255]]
    floats = np.array([[0, 0.1, 0.5, 1]], np.float32)
    write_image(floats, tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").tolist() == [[0, 6_554, 32_768, 65_535]]


@pytest.mark.parametrize("value", [-0.5, 1.5, np.nan, np.inf])
def test_floats_outside_the_range_are_one_sentence(tmp_path: Path, value: float):
    wild = np.full((4, 4), 0.5, np.float32)
    wild[3, 3] = value
    pyvips.Image.new_from_array(wild).tiffsave(str(tmp_path / "a.tif"))
    with pytest.raises(UnreadableImage, match=r"a\.tif has pixels from .* floats in \[0, 1\]"):
        read_image(tmp_path / "a.tif")


def test_whole_numbers_that_are_no_samples_of_ours_are_one_sentence(tmp_path: Path):
    pyvips.Image.new_from_array(np.zeros((4, 4), np.int32)).tiffsave(str(tmp_path / "a.tif"))
    with pytest.raises(UnreadableImage, match=r"a\.tif has samples of type int"):
        read_image(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_the_content_tells_the_format(tmp_path: Path, photograph: np.ndarray, kind):
    path = tmp_path / f"a{kind.extensions[0]}"
    write_image(photograph, path)
    assert format_of_content(path.read_bytes()[:64]) is kind
    path.rename(tmp_path / "a.jpg")
    assert PictureRows(tmp_path / "a.jpg").format is kind


def animation(photograph: np.ndarray, count: int = 3) -> np.ndarray:
    return np.concatenate([np.roll(photograph, 8 * frame, axis=1) for frame in range(count)])


@pytest.mark.parametrize("extension", ["gif", "webp"])
def test_an_animation_keeps_frames_delays_and_loops(
    tmp_path: Path, photograph: np.ndarray, extension: str
):
    frames = animation(photograph)
    with row_writer(
        tmp_path / f"a.{extension}",
        width=64,
        height=48,
        bands=3,
        dtype=frames.dtype,
        pages=Pages(3, (70, 100, 30), 5),
    ) as write:
        write(frames)
    rows = PictureRows(tmp_path / f"a.{extension}")
    assert rows.pages == Pages(3, (70, 100, 30), 5)
    assert (rows.height, rows.width, rows.bands) == (48, 64, 3)
    parts = list(rows.read(40))
    assert [len(part) for part in parts] == [40, 8] * 3
    assert like(np.concatenate(parts), frames) < 0.02
    with Image.open(tmp_path / f"a.{extension}") as seen:  # as another program sees it
        assert getattr(seen, "n_frames") == 3  # noqa: B009 - its class has no such name


def test_the_pages_of_a_tiff_are_kept(tmp_path: Path, photograph: np.ndarray):
    deep = animation(photograph).astype(np.uint16) * 257
    with row_writer(
        tmp_path / "a.tif", width=64, height=48, bands=3, dtype=deep.dtype, pages=Pages(3)
    ) as write:
        write(deep)
    rows = PictureRows(tmp_path / "a.tif")
    assert rows.pages == Pages(3)
    np.testing.assert_array_equal(np.concatenate(list(rows.read(48))), deep)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), deep[:48])


def test_pages_of_different_sizes_are_one_sentence(tmp_path: Path):
    pages = [Image.new("L", (8, 8)), Image.new("L", (9, 8))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(UnreadableImage, match=r"a\.tif has pages that differ in size"):
        PictureRows(tmp_path / "a.tif")


def test_a_page_stored_on_its_side_is_turned_upright(tmp_path: Path, photograph: np.ndarray):
    pages = [Image.fromarray(np.rot90(photograph)), Image.fromarray(np.rot90(photograph[::-1]))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], tiffinfo={274: 6})
    rows = PictureRows(tmp_path / "a.tif")
    assert (rows.height, rows.width, rows.pages.count) == (48, 64, 2)
    np.testing.assert_array_equal(next(rows.read(48)), photograph)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("a.webp", {"width": 16_384}, r"a WebP holds 16383 pixels a side.*Write a \.png instead"),
        ("a.avif", {"height": 16_385}, r"an AVIF holds 16384 pixels a side.*Write a \.png instead"),
        ("a.jpg", {"width": 65_536}, r"a JPEG holds 65535 pixels a side.*Write a \.png instead"),
        ("a.gif", {"width": 65_536}, r"a GIF holds 65535 pixels a side.*Write a \.png instead"),
        ("a.bmp", {"width": 40_000, "height": 40_000}, r"a BMP holds 4\.3 GB.*Write a \.png"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_with_one_that_can(
    name: str, size: dict[str, int], message: str
):
    with pytest.raises(ImageTooLarge, match=message):
        check_format(
            Path(name), width=size.get("width", 1), height=size.get("height", 1), memory=1 << 60
        )


@pytest.mark.parametrize("extension", ["jpg", "bmp", "ppm"])
def test_transparency_is_refused_by_formats_without_it(extension: str):
    with pytest.raises(UnwritableImage, match=r"cannot be transparent. Write a \.png instead, or"):
        check_format(Path(f"a.{extension}"), width=1, height=1, has_alpha=True)


@pytest.mark.parametrize("extension", ["jpg", "png", "avif", "heic", "bmp", "ppm"])
def test_pages_are_refused_by_formats_that_hold_one_picture(extension: str):
    with pytest.raises(UnwritableImage, match=r"one picture, and there are 3. Write a \.webp"):
        check_format(Path(f"a.{extension}"), width=1, height=1, pages=3)
    with pytest.raises(UnwritableImage, match=r"one picture, and there are 3. Write a \.tif"):
        check_format(Path(f"a.{extension}"), width=17_000, height=70_000, pages=3)


@pytest.mark.parametrize("extension", ["webp", "avif", "gif", "bmp", "heic"])
def test_what_is_encoded_whole_stays_within_the_memory(extension: str):
    with pytest.raises(
        ImageTooLarge, match=r"takes \d+\.\d [MG]B, and 100\.0 MB are allowed. Write"
    ):
        check_format(Path(f"a.{extension}"), width=5_000, height=4_000, memory=100_000_000)
    check_format(Path(f"a.{extension}"), width=5_000, height=4_000)
    check_format(Path("a.png"), width=5_000, height=4_000, memory=1)


def test_what_must_be_turned_upright_stays_within_the_memory(
    tmp_path: Path, photograph: np.ndarray
):
    Image.fromarray(photograph).save(tmp_path / "a.tif", tiffinfo={274: 6})
    PictureRows(tmp_path / "a.tif", memory=photograph.nbytes)
    with pytest.raises(
        ImageTooLarge, match=r"held whole, for it must be turned upright: .* 9\.2 kB"
    ):
        PictureRows(tmp_path / "a.tif", memory=photograph.nbytes - 1)
    pyvips.Image.new_from_array(photograph).pngsave(str(tmp_path / "i.png"), interlace=True)
    with pytest.raises(ImageTooLarge, match="held whole, for it is interlaced"):
        PictureRows(tmp_path / "i.png", memory=photograph.nbytes - 1)

"""Rows into files and out of them, in any portions, in little memory."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourfold.errors import UnreadableImage, UnwritableImage
from fourfold.imaging import PictureRows, read_image, row_writer, write_image
from fourfold.imaging.rows_as_tiff import RowsAsTiff
from tests.pictures import pixels


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pixels, st.lists(st.integers(0, 9), max_size=5), st.integers(1, 9))
def test_rows_written_and_read_in_any_portions_are_the_picture(
    tmp_path: Path, image: np.ndarray, portions: list[int], count: int
):
    path = tmp_path / "rows.png"
    height, width, *bands = image.shape
    with row_writer(
        path, width=width, height=height, bands=(bands or [1])[0], dtype=image.dtype
    ) as write:
        cuts = np.minimum(np.cumsum([0, *portions]), height)
        for start, end in zip(cuts, [*cuts[1:], height], strict=True):
            write(image[start:end])
    rows = PictureRows(path)
    assert (rows.height, rows.width, rows.dtype) == (height, width, image.dtype)
    parts = list(rows.read(count))
    assert all(len(part) == count for part in parts[:-1])
    np.testing.assert_array_equal(np.concatenate(parts), image)


def test_too_few_rows_are_an_error_and_leave_nothing(tmp_path: Path):
    with (
        pytest.raises(UnwritableImage, match="cannot be written"),
        row_writer(tmp_path / "a.png", width=5, height=9, bands=3, dtype=np.dtype("u1")) as write,
    ):
        write(np.zeros((8, 5, 3), np.uint8))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("parts", [0, 1, 9])
def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path, parts: int):
    (tmp_path / "a.jpg").write_bytes(b"old")
    with (
        pytest.raises(KeyboardInterrupt),
        row_writer(
            tmp_path / "a.jpg", width=50, height=900, bands=3, dtype=np.dtype("u1")
        ) as write,
    ):
        for _ in range(parts):
            write(np.zeros((100, 50, 3), np.uint8))
        raise KeyboardInterrupt
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.jpg", b"old")]


def test_a_file_cut_short_gives_right_rows_until_its_error(tmp_path: Path, photograph: np.ndarray):
    tall = np.tile(photograph, (40, 1, 1))
    write_image(tall, tmp_path / "cut.png")
    content = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    seen = 0
    with pytest.raises(UnreadableImage, match=r"cut\.png is not a whole picture"):
        for part in PictureRows(tmp_path / "cut.png").read(16):
            np.testing.assert_array_equal(part, tall[seen : seen + 16])
            seen += 16
    assert seen < len(tall)


def test_more_than_four_gibibytes_of_samples_have_a_header(tmp_path: Path):
    rows = RowsAsTiff(width=60_000, height=40_000, bands=4, dtype=np.dtype("u2"), more=bytes)
    image = rows.image()
    assert (image.width, image.height, image.bands, image.format) == (60_000, 40_000, 4, "ushort")


def test_an_interlaced_png_is_read(tmp_path: Path, photograph: np.ndarray):
    import pyvips

    pyvips.Image.new_from_array(photograph).pngsave(str(tmp_path / "i.png"), interlace=True)
    np.testing.assert_array_equal(read_image(tmp_path / "i.png"), photograph)

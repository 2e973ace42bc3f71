"""A colour behind what is transparent."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fourfold.errors import InvalidImage
from fourfold.imaging import colour_of, read_image, row_writer
from fourfold.imaging.background import bands_over, over


@pytest.mark.parametrize("text", ["white", "WHITE", "#fff", "#ffffff", "rgb(255, 255, 255)"])
def test_a_colour_has_many_names(text: str):
    assert colour_of(text) == (255, 255, 255)


def test_what_is_no_colour_is_one_sentence():
    with pytest.raises(InvalidImage, match=r"'whit' is no colour\. Did you mean 'white'\?"):
        colour_of("whit")
    with pytest.raises(
        InvalidImage, match=r"'17' is no colour\. Take a name such as white, or #rr"
    ):
        colour_of("17")
    with pytest.raises(InvalidImage, match=r"'rgb\(300, 0, 0\)' is no colour\. Take a name"):
        colour_of("rgb(300, 0, 0)")


@pytest.mark.parametrize(("dtype", "peak"), [(np.uint8, 255), (np.uint16, 65_535)])
def test_what_is_half_transparent_is_the_mean(dtype: type, peak: int):
    rows: np.ndarray = np.array([[[peak, 0, 0, 0], [peak, 0, 0, peak]]], dtype)
    assert over(rows, (0, 255, 51)).tolist() == [[[0, peak, peak // 5], [peak, 0, 0]]]
    floats = np.array([[[1.0, 0.5, 0.0, 0.25]]], np.float32)
    np.testing.assert_allclose(over(floats, (0, 255, 0)), [[[0.25, 0.875, 0.0]]])


def test_grey_over_grey_stays_grey():
    rows = np.array([[[100, 0], [100, 255]]], np.uint8)
    assert over(rows, (7, 7, 7)).tolist() == [[7, 100]] and bands_over(2, (7, 7, 7)) == 1
    assert over(rows, (7, 7, 8)).tolist() == [[[7, 7, 8], [100, 100, 100]]]


def test_rows_are_written_over_it(tmp_path: Path):
    rows = np.zeros((8, 8, 4), np.uint8)
    with row_writer(
        tmp_path / "a.jpg", width=8, height=8, bands=4, dtype=rows.dtype, background=(0, 0, 255)
    ) as write:
        write(rows)
    assert np.abs(read_image(tmp_path / "a.jpg").astype(int) - [0, 0, 255]).max() < 4


@pytest.mark.parametrize("colour", ["white", (300, 0, 0), (-1, 0, 0), (0, 0), (0.5, 0, 0)])
def test_what_is_no_colour_is_not_laid_behind(tmp_path: Path, colour: Any):
    writer = row_writer(
        tmp_path / "a.png", width=8, height=8, bands=4, dtype=np.dtype("u1"), background=colour
    )
    with pytest.raises(InvalidImage, match="is no colour: three whole numbers from 0 to 255 are"):
        writer.__enter__()
    assert list(tmp_path.iterdir()) == []
